import { talkSeconds, totalSeconds, type Call, type CallStatus } from './calls.ts';
import type { Scenario } from './scenario.ts';

type Variants = Scenario['variants'];

/** A call in the words of v3: legs instead of agent and customer, times with a space. */
export function callDetailsV3(call: Call, variants: Variants, accountSid: string) {
  const terminal = call.state === 'terminal';
  return {
    sid: call.sid,
    direction: variants.v3Direction,
    virtual_number: call.virtualNumber,
    state: call.state,
    status: call.status === null ? null : statusV3(call, call.status, variants),
    legs: `/v3/accounts/${accountSid}/calls/${call.sid}/legs`,
    created_time: v3Time(call.placedAt),
    updated_time: v3Time(call.updatedAt),
    start_time: v3Time(call.placedAt),
    end_time: endTime(call, variants),
    total_duration: terminal ? totalSeconds(call) : null,
    total_talk_time: terminal ? talkSeconds(call) : null,
    custom_field: call.customField,
    app_id: null,
    app_name: null,
    digits: call.digits,
    recordings:
      variants.v3Recordings && terminal && call.recordingUrl !== null ? [{ url: call.recordingUrl }] : null,
  };
}

/** A call that is under way, as the list of active calls shows it. */
export function activeCallV3(call: Call, now: Date) {
  return {
    call_sid: call.sid,
    status: call.customerAnsweredAt === null ? 'ringing' : 'in-progress',
    from: call.agentLeg?.contactUri ?? call.customer,
    to: call.mode === 'flow' ? call.virtualNumber : call.customer,
    start_time: v3Time(call.placedAt),
    duration: Math.round((now.getTime() - call.placedAt.getTime()) / 1000),
    recording_enabled: call.record,
  };
}

/** The recording of a call as its voice log tells it. */
export function voiceLogV3(
  call: Call,
  { format, channel }: { format: string; channel: string },
  { voiceLogs }: Variants,
) {
  const validMs = voiceLogs === 'short_lived' ? signedMs : retentionMs;
  const ready = call.recordingUrl !== null;
  const underWay = call.recordingDue || (call.state === 'active' && call.record);
  const seconds = ready ? talkSeconds(call) : null;
  const createdAt = ready ? call.settledAt : null;
  return {
    call_sid: call.sid,
    status: ready ? 'available' : underWay ? 'processing' : 'not_available',
    recording_url: ready ? call.recordingUrl : null,
    recording_duration: seconds,
    recording_size_bytes: seconds === null ? null : seconds * 4_000,
    format,
    channel,
    created_at: createdAt && v3Time(createdAt),
    expires_at: createdAt && v3Time(new Date(createdAt.getTime() + validMs)),
  };
}

/** What the newer documents promise; other sources say six months. */
const retentionMs = 90 * 24 * 60 * 60 * 1000;

const signedMs = 5 * 60 * 1000;

/** In a flow the customer is the first leg, and there is no second. */
function statusV3({ mode }: Call, status: CallStatus, { v3Canceled }: Variants): string {
  if (mode === 'flow' && status === 'customer_unanswered') return 'from_leg_unanswered';
  if (mode === 'flow' && status === 'customer_no_dial') return 'from_leg_no_dial';
  const words: Readonly<Record<CallStatus, string>> = {
    completed: 'completed',
    agent_unanswered: 'from_leg_unanswered',
    agent_canceled: `from_leg_${v3Canceled}`,
    agent_no_dial: 'from_leg_no_dial',
    customer_unanswered: 'to_leg_unanswered',
    customer_no_dial: 'to_leg_no_dial',
  };
  return words[status];
}

/** While a call is active v3 shows Unix zero in Indian time. */
function endTime(call: Call, variants: Variants): string | null {
  if (call.state === 'terminal' && call.endedAt !== null) return v3Time(call.endedAt);
  return variants.v3EndTime === 'epoch' ? v3Time(new Date(0)) : null;
}

/** `2022-11-03 22:54:40+05:30`. */
function v3Time(date: Date): string {
  const inIndia = new Date(date.getTime() + 5.5 * 60 * 60 * 1000);
  return `${inIndia.toISOString().slice(0, 19).replace('T', ' ')}+05:30`;
}
