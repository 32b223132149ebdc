import type { CallDetails } from './call-details.ts';
import { parseEnvelope } from './envelope.ts';
import type { ApiError, Envelope } from './envelope.ts';
import { textOf, unlistedVerdict } from './error-codes.ts';
import type { Decision, Verdict } from './error-codes.ts';
import type { Answered, Unsent } from './exchange.ts';

/** Decisions that say for certain: no call was placed, and the answer names whose fault it was. */
export type Refusal = Exclude<Decision, 'throttled' | 'call_not_found' | 'internal'>;

/** What became of a placing request. Only `unknown` may have placed a call without our knowing its SID. */
export type PlaceAnswer =
  | {
      kind: 'placed';
      callSid: string;
      details: CallDetails;
      date: Date | null;
      /** How many ms the call's naive times are ahead of Exotel's clock; null where it tells none, as in v2. */
      zoneShiftMs: number | null;
    }
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

/** Where one API's answers differ from another's. */
interface Reading {
  decide: (error: ApiError) => Verdict;
  /** The call that an answer tells of, in whichever form; null for none. */
  callIn: (body: string, envelope: Envelope) => CallDetails | null;
  /** `zoneShiftMs` of a placed call, where its times are naive. */
  zoneShift?: (call: CallDetails, date: Date | null) => number | null;
}

/** What an answer to a placing request says, of any API. */
export function readPlaceAnswer(answer: Answered, reading: Reading): PlaceAnswer {
  if (answer.status < 200 || (answer.status >= 300 && answer.status < 400)) {
    // A redirect may follow a call that was placed (303) or say that nothing was done (307). Nobody promises which.
    return unknown(
      answer,
      `HTTP ${answer.status} instead of an answer; check the Exotel URL of this account`,
    );
  }
  const envelope = parseEnvelope(answer);
  const placed = placedBy(answer, reading, reading.callIn(answer.body, envelope));
  if (envelope.kind === 'failure') return readFailure(answer, envelope.error, reading, placed);
  return placed ?? unknown(answer, `HTTP ${answer.status} without a call SID`);
}

function readFailure(
  answer: Answered,
  error: ApiError,
  reading: Reading,
  placed: PlaceAnswer | null,
): PlaceAnswer {
  const verdict = reading.decide(error);
  const { decision, listed } = verdict;
  if (decision === 'throttled') return { kind: 'throttled', retryAfterMs: answer.retryAfterMs };
  // Beside an error that says nothing certain, a SID is the stronger word: there is something to ask Exotel about.
  if (placed !== null && (!listed || decision === 'internal')) return placed;
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

function placedBy(
  { date }: Answered,
  { zoneShift }: Reading,
  details: CallDetails | null,
): PlaceAnswer | null {
  if (details === null) return null;
  const zoneShiftMs = zoneShift?.(details, date) ?? null;
  return { kind: 'placed', callSid: details.callSid, details, date, zoneShiftMs };
}

function wordsOf(error: ApiError): { code: number | null; httpStatus: number; text: string } {
  return { code: error.code, httpStatus: error.httpStatus, text: textOf(error) };
}

function unknown(answer: Answered, why: string): PlaceAnswer {
  return { kind: 'unknown', why, httpStatus: answer.status };
}
