import { z } from 'zod';
import { asFields, numberField, sidField, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { parseTime } from './times.ts';

export interface CallLeg {
  /** As Exotel gave it, in lower case: null (not dialled), in-progress, completed, no-answer, busy, failed, canceled. */
  status: string | null;
  contactUri: string | null;
  /** Exotel's user id; only the agent's leg has one. */
  userId: string | null;
  /** Seconds this leg was on the call; v1 alone tells. */
  onCallSeconds: number | null;
}

/** What Exotel tells of a call, in one shape for answers and callbacks of v1, v2 and v3. Absent is null. */
export interface CallDetails {
  /** Whose words `status` is in: Voice v1's own, or those of v2 (`ccm`, v3 included). */
  api: 'v1' | 'ccm';
  callSid: string;
  /** `active` covers ringing, talking and post-processing. `unlisted` is a word (or no word) that we do not know. */
  state: 'active' | 'terminal' | 'unlisted';
  givenState: string | null;
  /**
   * `ccm`: the final status in v2's words (completed, agent_unanswered, customer_unanswered, …). `v1`: v1's own word
   * (completed, busy, no-answer, failed, canceled, in-progress, …). An unlisted one as given.
   */
  status: string | null;
  givenStatus: string | null;
  /** v1: the first leg, whoever that is; in a call to a flow it is the customer. */
  agentLeg: CallLeg;
  /** v1: the second leg; a call to a flow has none. */
  customerLeg: CallLeg;
  /**
   * How often the first leg was dialled, where the source lists the tries; null where it does not. Exotel is taken to
   * dial it once: more is worth a look, since each try rings an agent (in a flow the customer) again.
   */
  firstLegTries: number | null;
  /** Whether this source spoke of legs at all; where it did not, a leg without a status says nothing. */
  legsTold: boolean;
  /** The number that was called first, as Exotel wrote it (v1: often in national form); compare with `isSameNumber`. */
  from: string | null;
  /** The number that was called second, likewise. */
  to: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  /** Seconds both sides talked; null while unknown. */
  talkSeconds: number | null;
  /** Seconds of the whole call: Exotel's total, which is usually null, else from start to end. */
  durationSeconds: number | null;
  recordingUrl: string | null;
  customField: string | null;
  raw: Fields;
}

// v3 speaks of legs where v2 speaks of people, and spells "cancelled" both ways. v2 has no word for a customer's leg
// that was given up while it rang, so that one is ours.
const v2StatusByOther: Readonly<Record<string, string>> = {
  from_leg_unanswered: 'agent_unanswered',
  from_leg_canceled: 'agent_canceled',
  from_leg_cancelled: 'agent_canceled',
  from_leg_no_dial: 'agent_no_dial',
  to_leg_unanswered: 'customer_unanswered',
  to_leg_no_dial: 'customer_no_dial',
  to_leg_canceled: 'customer_canceled',
  to_leg_cancelled: 'customer_canceled',
  agent_cancelled: 'agent_canceled',
};

const finalStatuses: ReadonlySet<string> = new Set([
  'completed',
  'agent_unanswered',
  'agent_canceled',
  'agent_no_dial',
  'customer_unanswered',
  'customer_no_dial',
  'customer_canceled',
]);

const timeField = z
  .unknown()
  .optional()
  .transform((value) => parseTime(value));
/** Seconds as a number or numeric text; null for anything else and for less than none. */
export const secondsField = numberField.transform((value) => (value !== null && value >= 0 ? value : null));
const legShape = z.looseObject({
  status: textField,
  contact_uri: textField,
  number: textField,
  user_id: textField,
});
const callShape = z.looseObject({
  call_sid: sidField,
  sid: sidField,
  call_state: textField,
  state: textField,
  call_status: textField,
  status: textField,
  start_time: timeField,
  end_time: timeField,
  total_duration: secondsField,
  total_talk_time: secondsField,
  custom_field: textField,
});

type CallFields = z.output<typeof callShape>;

/** Reads the data object of a call in v2's or v3's names; null when it names no call SID. */
export function parseCallDetails(raw: Fields): CallDetails | null {
  const fields = callShape.parse(raw);
  const callSid = fields.call_sid ?? fields.sid;
  if (callSid === null) return null;
  const givenStatus = statusOf(fields, raw);
  const status = givenStatus === null ? null : inV2Words(givenStatus);
  const givenState = fields.call_state ?? fields.state;
  const agent = raw['assigned_agent_details'] ?? lastLeg(raw, 'from');
  const customer = raw['customer_details'] ?? lastLeg(raw, 'to');
  const agentLeg = parseLeg(agent);
  const customerLeg = customerLegOf(customer, status);
  return {
    api: 'ccm',
    callSid,
    state: stateOf(givenState, status),
    givenState,
    status,
    givenStatus,
    agentLeg,
    customerLeg,
    firstLegTries: triesOf(raw, 'from')?.length ?? null,
    legsTold: asFields(agent) !== null || asFields(customer) !== null,
    from: agentLeg.contactUri,
    to: customerLeg.contactUri,
    startedAt: fields.start_time,
    endedAt: fields.end_time,
    talkSeconds: fields.total_talk_time,
    durationSeconds: fields.total_duration ?? secondsBetween(fields.start_time, fields.end_time),
    recordingUrl: recordingUrlOf(raw),
    customField: fields.custom_field,
    raw,
  };
}

function statusOf(fields: CallFields, raw: Fields): string | null {
  if ('call_status' in raw) return fields.call_status;
  // Where the call lies directly in `response`, `status` may be the envelope's own word.
  return fields.status === 'success' ? null : fields.status;
}

function inV2Words(given: string): string {
  const word = given.toLowerCase();
  return v2StatusByOther[word] ?? word;
}

function stateOf(given: string | null, status: string | null): CallDetails['state'] {
  const word = given?.toLowerCase();
  if (word === 'active' || word === 'terminal') return word;
  return word === undefined && status !== null && finalStatuses.has(status) ? 'terminal' : 'unlisted';
}

function parseLeg(value: unknown): CallLeg {
  const leg = legShape.parse(asFields(value) ?? {});
  return {
    status: leg.status?.toLowerCase() ?? null,
    contactUri: leg.contact_uri ?? leg.number,
    userId: leg.user_id,
    onCallSeconds: null,
  };
}

/** The status of the call tells that this leg rang where v3 tells of no legs, and a phone that rang is left in peace. */
function customerLegOf(value: unknown, status: string | null): CallLeg {
  const leg = parseLeg(value);
  return status === 'customer_canceled' ? { ...leg, status: leg.status ?? 'canceled' } : leg;
}

/** v3 lists the tries of a leg (`legs.from`, `legs.to`); the last one is what the leg came to. */
function lastLeg(raw: Fields, side: 'from' | 'to'): unknown {
  return triesOf(raw, side)?.at(-1) ?? null;
}

function triesOf(raw: Fields, side: 'from' | 'to'): unknown[] | null {
  const tries: unknown = asFields(raw['legs'])?.[side];
  return Array.isArray(tries) ? tries : null;
}

/** Whole seconds from one instant to another; null where one is missing or they are the wrong way round. */
export function secondsBetween(start: Date | null, end: Date | null): number | null {
  if (start === null || end === null || end < start) return null;
  return Math.round((end.getTime() - start.getTime()) / 1000);
}

function recordingUrlOf(raw: Fields): string | null {
  const recordings: unknown = raw['recordings'];
  for (const recording of Array.isArray(recordings) ? (recordings as unknown[]) : [recordings]) {
    const url = textField.parse(asFields(recording)?.['url'] ?? recording);
    if (url !== null && URL.canParse(url)) return url;
  }
  return null;
}
