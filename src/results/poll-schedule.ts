const second = 1000;

/** Looks at calls whose callbacks should have come and did not: how long after placing the first one is, in ms. */
const firstOverdueMs = 20 * second;
const lengthsNeeded = 5;
const longestGapMs = 120 * second;

/**
 * When to look at a call. All lengths are from placing to the end of the call, in ms.
 *
 * With callbacks a look is only for what they missed. Without them each look is placed where the calls seen so far say
 * that waiting any longer would make the result late, and never so far off that nine tenths would not be known
 * within 45 s.
 */
export interface PollSchedule {
  /** From placing to the first look. */
  firstLookAfter(): number;
  /** From a look that found the call still going on to the next. */
  nextLookAfter(elapsed: number, looks: number): number;
  /** Learns how long calls last. */
  learn(lengths: readonly number[]): void;
  expectsCallbacks(): boolean;
  /** Switches between the two ways. */
  expectCallbacks(on: boolean): void;
}

/** Mean lateness that one look is worth, in ms. */
const worthOfLook = 5 * second;
const shortestGapMs = 5 * second;
const longestBlindGapMs = 27 * second;

export function createPollSchedule(callbacks: boolean): PollSchedule {
  let withCallbacks = callbacks;
  let sorted: number[] = [];

  return {
    firstLookAfter: () => (withCallbacks ? overdueAfter(sorted) : gapAfter(sorted, 0)),
    nextLookAfter(elapsed, looks) {
      if (!withCallbacks) return gapAfter(sorted, elapsed);
      return Math.min(firstOverdueMs * 2 ** Math.min(looks, 10), longestGapMs);
    },
    learn(lengths) {
      sorted = lengths.toSorted((a, b) => a - b);
    },
    expectsCallbacks: () => withCallbacks,
    expectCallbacks(on) {
      withCallbacks = on;
    },
  };
}

/** A callback is overdue at 1.5 times the 95th percentile of the lengths seen; with fewer than five, after 20 s. */
export function overdueAfter(sorted: readonly number[]): number {
  const p95 = sorted[Math.floor(0.95 * (sorted.length - 1))];
  if (sorted.length < lengthsNeeded || p95 === undefined) return firstOverdueMs;
  return Math.max(1.5 * p95, shortestGapMs);
}

/**
 * The gap after which the expected lateness of calls that end meanwhile reaches what a look is worth.
 * @param sorted lengths of calls seen, ascending
 * @param elapsed how long this call has been going on
 */
export function gapAfter(sorted: readonly number[], elapsed: number): number {
  const remaining = sorted.filter((length) => length > elapsed).map((length) => length - elapsed);
  if (remaining.length < lengthsNeeded) return elapsed === 0 ? firstOverdueMs : 15 * second;
  let sum = 0;
  for (const [index, rest] of remaining.entries()) {
    sum += rest;
    const ended = index + 1;
    // lateness at gap g of the first `ended` calls: ended * g - sum, spread over all that remain
    const gap = (worthOfLook * remaining.length + sum) / ended;
    const nextRest = remaining[index + 1] ?? Infinity;
    if (gap <= nextRest) return Math.min(Math.max(gap, shortestGapMs), longestBlindGapMs);
  }
  return longestBlindGapMs;
}
