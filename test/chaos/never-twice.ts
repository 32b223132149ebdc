import { attemptsSentTwice, outcomeOf, overlappingCalls } from '../load/compare-with-truth.ts';
import { maxAttempts } from './campaigns.ts';
import type { Finding } from './finding.ts';
import { groupedBy } from './records.ts';
import type { AttemptRecord, Records } from './records.ts';

/** Outcomes after which the retry policy may call a contact again. */
const retryable = new Set([
  'no_answer',
  'busy',
  'unreachable',
  'agent_no_answer',
  'agent_canceled',
  'agent_unreachable',
  'agent_busy',
  'agent_unavailable',
  'throttled',
  'unsent',
]);

/** Numbers that were called again although they must not be. */
export function calledAgain(records: Records, onUnknown: 'hold' | 'retry'): Finding[] {
  return [
    ...overlappingCalls(records.truth).map((what) => ({ what, contactId: contactOfText(records, what) })),
    ...attemptsSentTwice(records.truth).map((what) => ({ what, contactId: contactOfText(records, what) })),
    ...severalCallsOfAnAttempt(records),
    ...strangers(records),
    ...unjustified(records, onUnknown),
  ];
}

function contactOfText({ attempts }: Records, text: string): number | null {
  return attempts.find(({ id, number }) => text.includes(id) || text.includes(number))?.contact_id ?? null;
}

function severalCallsOfAnAttempt({ truth, attempts }: Records): Finding[] {
  return [...groupedBy(truth.calls, ({ customField }) => customField)].flatMap(([id, calls]) =>
    calls.length === 1
      ? []
      : [
          {
            what: `${calls.length} calls carry the attempt ${id}`,
            contactId: attempts.find((attempt) => attempt.id === id)?.contact_id ?? null,
          },
        ],
  );
}

function strangers({ truth, attempts }: Records): Finding[] {
  const known = new Set(attempts.map(({ id }) => id));
  return truth.placings
    .filter(({ customField, admitted }) => admitted && !known.has(customField ?? ''))
    .map(({ customField, customer, at }) => ({
      what: `a request at ${at} to call ${customer} carries ${customField}, which is no attempt of the database`,
      contactId: null,
    }));
}

/** Attempts that reached the provider although an earlier one of their contact forbade it or was not over. */
function unjustified(records: Records, onUnknown: 'hold' | 'retry'): Finding[] {
  return records.attempts.flatMap((attempt) => {
    if (records.placingsOf(attempt.id).length === 0) return [];
    const earlier = records
      .attemptsOf(attempt.contact_id)
      .filter((one) => one.attempt_number < attempt.attempt_number);
    const why =
      earlier
        .map((one) => whyNotAfterCall(one, records) ?? whyNotAfter(one, attempt, onUnknown))
        .find((reason) => reason !== null) ??
      (earlier.filter((one) => one.counts && settledBefore(one, attempt)).length >= maxAttempts
        ? `after ${maxAttempts} attempts that counted`
        : null);
    if (why === null) return [];
    return [{ what: `${attempt.number} was called ${why}: ${attempt.id}`, contactId: attempt.contact_id }];
  });
}

/** Outcomes that say that the customer's phone cannot have rung. */
const neverPlaced = new Set([
  'throttled',
  'unsent',
  'agent_busy',
  'agent_unavailable',
  'do_not_disturb',
  'rejected',
]);

function whyNotAfterCall(earlier: AttemptRecord, { callOf }: Records): string | null {
  const call = neverPlaced.has(earlier.outcome ?? '') ? callOf(earlier.id) : undefined;
  // only v1 learns by dialling that an agent's phone is busy
  return call === undefined || outcomeOf(call) === earlier.outcome
    ? null
    : `after ${call.sid}, of which the dialer says ${earlier.outcome}`;
}

function whyNotAfter(
  earlier: AttemptRecord,
  later: AttemptRecord,
  onUnknown: 'hold' | 'retry',
): string | null {
  if (settledBefore(earlier, later)) {
    if (retryable.has(earlier.outcome ?? '')) return null;
    return earlier.outcome === 'unknown' && onUnknown === 'retry' ? null : `after ${earlier.outcome}`;
  }
  // closed as unknown at its deadline, called again as the campaign asks, and only then known
  const closedBefore = earlier.deadline_at <= later.claimed_at;
  return onUnknown === 'retry' && closedBefore ? null : 'while an earlier attempt was open';
}

function settledBefore(earlier: AttemptRecord, later: AttemptRecord): boolean {
  return earlier.settled_at !== null && earlier.settled_at <= later.claimed_at;
}
