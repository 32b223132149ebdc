import { agentSeconds, talkSeconds, totalSeconds, type Call, type LegStatus } from './calls.ts';
import type { Tree } from './envelope-v1.ts';
import { randomFor } from './random.ts';
import type { CallOutcome, Scenario } from './scenario.ts';

/** A call in the words of v1 as its single resource shows it at `now`. */
export function callV1(
  call: Call,
  scenario: Scenario,
  { now, details }: { now: Date; details: boolean },
): Tree {
  const { account } = scenario;
  const uri = `/v1/Accounts/${account.sid}/Calls/${call.sid}.json`;
  return {
    Sid: call.sid,
    ParentCallSid: null,
    ...momentsV1(call, scenario, now),
    SubResourceUris: { Legs: `${uri}/Legs` },
    ...customFieldV1(call, scenario),
    ...(details && { Details: detailsV1(call) }),
  };
}

/** A call as the bulk list shows it. */
export function listedCallV1(
  call: Call,
  scenario: Scenario,
  { now, details }: { now: Date; details: boolean },
): Tree {
  return {
    Sid: call.sid,
    ParentCallSid: null,
    ...momentsV1(call, scenario, now),
    PhoneNumber: numberV1(call.virtualNumber, scenario),
    ...customFieldV1(call, scenario),
    ...(details && { Details: detailsV1(call) }),
  };
}

function momentsV1(call: Call, scenario: Scenario, now: Date): Tree {
  const { account, v1 } = scenario;
  const filled = isFilledIn(call, scenario, now);
  const recordingUrl = filled ? call.recordingUrl : null;
  const from = call.mode === 'flow' ? call.customer : (call.agentLeg?.contactUri ?? null);
  return {
    DateCreated: timeV1(call.placedAt),
    DateUpdated: timeV1(call.updatedAt),
    AccountSid: account.sid,
    To: toV1(call, scenario),
    From: from === null ? null : numberV1(from, scenario),
    PhoneNumberSid: numberV1(call.virtualNumber, scenario),
    Status: statusV1(call, scenario),
    StartTime: timeV1(call.placedAt),
    EndTime: endTimeV1(call, scenario),
    Duration: filled ? amount(call, scenario, totalSeconds(call)) : null,
    Price: filled ? amount(call, scenario, priceOf(call), 3) : null,
    Direction: 'outbound-api',
    AnsweredBy: null,
    ForwardedFrom: null,
    CallerName: null,
    Uri: `/v1/Accounts/${account.sid}/Calls/${call.sid}.json`,
    RecordingUrl: recordingUrl,
    ...(v1.preSigned && {
      PreSignedRecordingUrl:
        recordingUrl === null ? null : `${recordingUrl}?X-Expires=300&X-Signature=sandbox`,
    }),
  };
}

/** v1 has ways to say that there is nothing to say. */
function customFieldV1({ customField }: Call, { v1 }: Scenario): Tree {
  if (v1.customField === 'absent') return {};
  return { CustomField: v1.customField === 'shown' ? customField : 'N/A' };
}

function detailsV1(call: Call): Tree {
  const [first, second] = legsV1(call);
  return {
    ConversationDuration: call.endedAt === null ? null : talkSeconds(call),
    Leg1Status: first?.status ?? null,
    Leg2Status: second?.status ?? null,
    Legs: legsV1(call).map(({ seconds }, index) => ({ Leg: { Id: index + 1, OnCallDuration: seconds } })),
  };
}

/** A phone of a call, in the order of dialling. */
export interface LegV1 {
  readonly status: LegStatus | null;
  /** For how long it was off the hook; 0 until the call has ended. */
  readonly seconds: number;
}

/** The agent's phone and the customer's, or only the customer's where a flow talks. */
export function legsV1(call: Call): LegV1[] {
  const over = call.endedAt !== null;
  const customer = { status: call.customerStatus, seconds: over ? talkSeconds(call) : 0 };
  if (call.mode === 'flow') return [customer];
  return [{ status: call.agentStatus, seconds: over ? agentSeconds(call) : 0 }, customer];
}

/**
 * v1 has one word for the whole call, which does not tell whose phone it speaks of. A phone that hung
 * up or refused is `failed` in its callbacks' list of words; its list of calls also knows `canceled`.
 */
export function statusV1(call: Call, { v1 }: Scenario): string {
  if (call.endedAt === null) {
    const untouched = call.agentAnsweredAt === null && call.customerDialedAt === null;
    return untouched ? v1.firstStatus : 'in-progress';
  }
  const words: Readonly<Record<CallOutcome, string>> = {
    connected: 'completed',
    no_answer: 'no-answer',
    busy: 'busy',
    unreachable: 'failed',
    agent_no_answer: 'no-answer',
    agent_busy: 'busy',
    agent_unreachable: 'failed',
    agent_canceled: v1.canceled,
    agent_hung_up: v1.canceled,
    agent_left: v1.canceled,
  };
  return words[call.plan.outcome];
}

/** Whom a call reaches; a flow has no number of its own. */
export function toV1(call: Call, scenario: Scenario): string | null {
  if (call.mode !== 'flow') return numberV1(call.customer, scenario);
  return scenario.v1.flowTo === 'null' ? null : numberV1(call.virtualNumber, scenario);
}

/** `EndTime` while a call is under way is null, or Unix zero in Indian time. */
function endTimeV1(call: Call, { v1 }: Scenario): string | null {
  if (call.endedAt !== null) return timeV1(call.endedAt);
  return v1.endTime === 'epoch' ? timeV1(new Date(0)) : null;
}

/** A number as v1 echoes it, whatever form it was sent in. */
export function numberV1(contact: string, { v1 }: Pick<Scenario, 'v1'>): string {
  return v1.numbers === 'national' ? contact.replace(/^\+91(?=\d{10}$)/, '0') : contact;
}

/** `2020-02-20 18:42:19`, which is Indian time though it does not say so. */
export function timeV1(date: Date): string {
  const inIndia = new Date(date.getTime() + indiaOffsetMs);
  return inIndia.toISOString().slice(0, 19).replace('T', ' ');
}

/** The moment of a time as v1 writes it; null when it is none. */
export function momentV1(text: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return null;
  const moment = Date.parse(`${text.replace(' ', 'T')}+05:30`);
  return Number.isNaN(moment) ? null : new Date(moment);
}

const indiaOffsetMs = 5.5 * 60 * 60 * 1000;

/** Length, price and recording are filled in some time after the end. */
function isFilledIn(call: Call, { v1, speed }: Scenario, now: Date): boolean {
  return call.endedAt !== null && (now.getTime() - call.endedAt.getTime()) * speed >= v1.detailsAfter;
}

/** Half a rupee for each minute begun. */
function priceOf(call: Call): number {
  return call.plan.outcome === 'connected' ? Math.ceil(totalSeconds(call) / 60) * 0.5 : 0;
}

/** v1 writes amounts now as numbers, now as text; a call keeps to one of them. */
function amount(call: Call, { seed, v1 }: Scenario, value: number, decimals = 0): number | string {
  const inText = randomFor(seed, 'v1 amounts', call.customer, call.nth).chance(0.5);
  const asText = v1.amounts === 'string' || (v1.amounts === 'mixed' && inText);
  return asText ? value.toFixed(decimals) : value;
}
