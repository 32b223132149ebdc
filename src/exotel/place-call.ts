import { parseEnvelope } from './envelope.ts';
import type { ApiError, Envelope } from './envelope.ts';
import { decide, textOf, unlistedVerdict } from './error-codes.ts';
import type { Decision, Verdict } from './error-codes.ts';
import type { Answered, Unsent } from './exchange.ts';
import { parseCallDetails } from './call-details.ts';
import type { CallDetails } from './call-details.ts';
import type { Transport } from './transport.ts';

export interface PlaceCallRequest {
  accountSid: string;
  /** The agent; the user id is sent where both are given. */
  from: { userId: string | null; contactUri: string | null };
  /** The customer's number in E.164. */
  to: string;
  /** An ExoPhone of the account. */
  callerId: string;
  recording: boolean;
  recordingChannels: 'single' | 'dual';
  /** Seconds each leg may ring. */
  ringSeconds: number;
  /** Seconds the whole call may last. */
  maxSeconds: number;
  /** Comes back in callbacks and details. */
  customField: string;
  /** Where Exotel reports `answered` and `terminal`; null for no callbacks. */
  callbackUrl: string | null;
}

/** Decisions that say for certain: no call was placed, and the answer names whose fault it was. */
export type Refusal = Exclude<Decision, 'throttled' | 'call_not_found' | 'internal'>;

/** What became of a placing request. Only `unknown` may have placed a call without our knowing its SID. */
export type PlaceAnswer =
  | { kind: 'placed'; callSid: string; details: CallDetails; date: Date | null }
  | {
      kind: 'refused';
      decision: Refusal;
      code: number | null;
      httpStatus: number;
      /** Exotel's own words; they may contain the customer's number. */
      text: string;
      /** What the code means. */
      meaning: string;
      /** What a person should do; null where nobody must. */
      advice: string | null;
      /** Whether the code or status is a known one. */
      listed: boolean;
    }
  | { kind: 'throttled'; retryAfterMs: number | null }
  | Unsent
  | { kind: 'unknown'; why: string; httpStatus: number | null };

/** Asks Exotel (Voice v2) to connect an agent with a customer, once; never throws. */
export async function placeCall(transport: Transport, request: PlaceCallRequest): Promise<PlaceAnswer> {
  const from = agentOf(request);
  if (from === null)
    return { kind: 'unsent', why: 'the agent has neither a user id nor a contact URI', fenced: false };
  const result = await transport.send({
    method: 'POST',
    path: `/v2/accounts/${encodeURIComponent(request.accountSid)}/calls`,
    body: { contentType: 'application/json', text: JSON.stringify(bodyOf(request, from)) },
  });
  if (result.kind === 'unsent') return result;
  if (result.kind === 'unknown') return { ...result, httpStatus: null };
  return readPlaceAnswer(result);
}

function agentOf({ from }: PlaceCallRequest): object | null {
  if (from.userId !== null) return { user_id: from.userId };
  return from.contactUri === null ? null : { user_contact_uri: from.contactUri };
}

function bodyOf(request: PlaceCallRequest, from: object): object {
  return {
    from,
    // The newest page says `number`; the support page and every known client send this.
    to: { customer_contact_uri: request.to },
    virtual_number: request.callerId,
    // Always sent: the pages disagree about the default.
    recording: request.recording,
    ...(request.recording ? { recording_channels: request.recordingChannels } : {}),
    attempt_time_out: request.ringSeconds,
    max_time_limit: request.maxSeconds,
    custom_field: request.customField,
    ...(request.callbackUrl === null ? {} : { status_callback: callbacksTo(request.callbackUrl) }),
  };
}

function callbacksTo(url: string): object[] {
  return [
    { event: 'answered', url },
    { event: 'terminal', url },
  ];
}

function readPlaceAnswer(answer: Answered): PlaceAnswer {
  if (answer.status < 200 || (answer.status >= 300 && answer.status < 400)) {
    // A redirect may follow a call that was placed (303) or say that nothing was done (307). Nobody promises which.
    return unknown(
      answer,
      `HTTP ${answer.status} instead of an answer; check the Exotel URL of this account`,
    );
  }
  const envelope = parseEnvelope(answer);
  if (envelope.kind === 'failure') return readFailure(answer, envelope.error, envelope);
  return placedIn(answer, envelope) ?? unknown(answer, `HTTP ${answer.status} without a call SID`);
}

function readFailure(answer: Answered, error: ApiError, envelope: Envelope): PlaceAnswer {
  const verdict = decide(error);
  if (verdict.decision === 'throttled') return { kind: 'throttled', retryAfterMs: answer.retryAfterMs };
  // Beside an error that says nothing certain, a SID is the stronger word: there is something to ask Exotel about.
  const placed = verdict.listed && verdict.decision !== 'internal' ? null : placedIn(answer, envelope);
  if (placed !== null) return placed;
  const { decision } = verdict;
  if (decision === 'internal' || !isRefused(error, verdict)) return unknown(answer, textOf(error));
  // "No such call" is an answer to a question that was not asked.
  if (decision === 'call_not_found') return { kind: 'refused', ...wordsOf(error), ...unlistedVerdict };
  return { kind: 'refused', ...wordsOf(error), ...verdict, decision };
}

/**
 * An unlisted error is a refusal only by a 4xx; HTTP 200 around a failure of an unknown kind proves nothing. Nor does
 * a bare 408: gateways say it when they gave up waiting for whoever places the call.
 */
function isRefused({ httpStatus, statedStatus }: ApiError, { listed }: Verdict): boolean {
  if (listed) return true;
  return [httpStatus, statedStatus ?? 0].some((status) => status >= 400 && status < 500 && status !== 408);
}

function placedIn(answer: Answered, envelope: Envelope): PlaceAnswer | null {
  if (envelope.kind === 'unreadable') return null;
  const items = envelope.kind === 'success' ? envelope.items : [...envelope.items, ...envelope.failedItems];
  const details = items.map(parseCallDetails).find((call) => call !== null);
  return details === undefined
    ? null
    : { kind: 'placed', callSid: details.callSid, details, date: answer.date };
}

function wordsOf(error: ApiError): { code: number | null; httpStatus: number; text: string } {
  return { code: error.code, httpStatus: error.httpStatus, text: textOf(error) };
}

function unknown(answer: Answered, why: string): PlaceAnswer {
  return { kind: 'unknown', why, httpStatus: answer.status };
}
