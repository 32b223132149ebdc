import { isAgentFault, putBackAfter, waitAfterRingMs } from './fault-rows.ts';
import type { Finding } from './finding.ts';
import type { AttemptRecord, Records } from './records.ts';

export interface RetryRules {
  onUnknown: 'hold' | 'retry';
  /** of no_answer, busy and unreachable alike */
  retryDelayMs: number;
}

const delayed = new Set(['no_answer', 'busy', 'unreachable', 'unknown']);

/** Customers who were called again before the time that the outcome of an earlier attempt asks to wait. */
export function calledTooSoon(records: Records, rules: RetryRules): Finding[] {
  return records.attempts.flatMap((attempt) => {
    if (records.placingsOf(attempt.id).length === 0) return [];
    const before = records
      .attemptsOf(attempt.contact_id)
      .filter((one) => one.attempt_number < attempt.attempt_number);
    return before.flatMap((earlier, index) => {
      const { from, waitMs } = waitAfter(before.slice(0, index + 1), earlier, records, rules);
      const waitedMs = attempt.claimed_at.getTime() - from;
      if (waitedMs >= waitMs) return [];
      const what = `${attempt.number} was called ${waitedMs} ms after ${earlier.outcome} (${earlier.id}), which asks for ${waitMs} ms: ${attempt.id}`;
      return [{ what, contactId: attempt.contact_id }];
    });
  });
}

function waitAfter(
  upToThis: readonly AttemptRecord[],
  attempt: AttemptRecord,
  { callOf }: Records,
  { onUnknown, retryDelayMs }: RetryRules,
): { from: number; waitMs: number } {
  const settledAt = attempt.settled_at?.getTime() ?? Infinity;
  const deadline = attempt.deadline_at.getTime();
  // closed as unknown and known later: where a campaign calls on, the truth does not put off what waits by then
  if (onUnknown === 'retry' && wasUnknown(attempt)) {
    return { from: Math.min(settledAt, deadline), waitMs: retryDelayMs };
  }
  if (delayed.has(attempt.outcome ?? '')) return { from: settledAt, waitMs: retryDelayMs };
  if (!isAgentFault(attempt.outcome)) return { from: settledAt, waitMs: 0 };
  const customerRang = (callOf(attempt.id)?.customerRangAt ?? null) !== null;
  // a row in which one was known late was counted without it
  const putBack = upToThis.some(wasUnknown) ? 0 : putBackAfter(upToThis);
  return { from: settledAt, waitMs: Math.max(putBack, customerRang ? waitAfterRingMs : 0) };
}

function wasUnknown({ settled_at: settledAt, deadline_at: deadline, outcome }: AttemptRecord): boolean {
  return outcome === 'unknown' || settledAt === null || settledAt >= deadline;
}
