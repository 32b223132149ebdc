import { nothingHeard, standingOf } from './callback-record.ts';
import type { CallbackRecord, CallbackStanding } from './callback-record.ts';

const second = 1000;

/** Looks at calls whose callbacks should have come and did not: how long after placing the first one is, in ms. */
const firstOverdueMs = 20 * second;
const lengthsNeeded = 5;
/** Until so many are seen, the calls that ended are the short ones: talks of the same age go on. */
const lengthsThatTell = 50;
/** Calls without a callback that are looked at so early: they show whether any come, and whether some are missed. */
const canaries = 5;
/** Each of them that turns out to have been missed has so many more looked at. */
const canariesForMissed = 2;
/** How long callbacks that do come are waited for while little is known of how long calls last. */
const trustBlindMs = 60 * second;
const longestTrustMs = 120 * second;
const shortTermFactor = 8;
const reconsiderMs = 15 * second;
const longestGapMs = 120 * second;

/**
 * When to look at a call. All lengths are from placing to the end of the call, in ms.
 *
 * With callbacks a look is only for what they missed. Without them, and where they miss many, each look is placed where
 * the calls seen so far say that waiting any longer would make the result late, and never so far off that nine tenths
 * would not be known within 45 s.
 */
export interface PollSchedule {
  /** From placing to the first look. */
  firstLookAfter(): number;
  /** From a look that found the call still going on to the next. */
  nextLookAfter(elapsed: number, looks: number): number;
  /** Between two requests for v1's list, which tells of a hundred calls at once. */
  listGap(liveCalls: number): number;
  /**
   * How long a look that has fallen due is still put off, since a callback is the likelier way to hear of the end; 0
   * when it is made. Asked once for each look.
   */
  putOff(call: { elapsed: number; looks: number; heard: boolean }): number;
  /** Learns how long calls last, and what callbacks told of the latest ones. */
  learn(lengths: readonly number[], callbacks: CallbackRecord): void;
  /** What callbacks are worth; `off` while none are expected. */
  callbacks(): CallbackStanding | 'off';
  /** Whether callbacks are expected to tell of ends sooner than looks do. */
  expectsCallbacks(): boolean;
  /** Whether ends are told by looks alone, as far as is known. */
  looksTell(): boolean;
  /** Switches between the two ways. */
  expectCallbacks(on: boolean): void;
}

/** Mean lateness that one look is worth, in ms. */
const worthOfLook = 6 * second;
const shortestGapMs = 5 * second;
const longestBlindGapMs = 27 * second;
/** Between later looks while nothing is known: 15 s took 1.8 looks a call in the first minute, measured. */
const laterBlindGapMs = 22 * second;

export function createPollSchedule(withCallbacks: boolean): PollSchedule {
  let expected = withCallbacks;
  let sorted: number[] = [];
  let record = nothingHeard;
  let early = 0;
  const callbacks = (): CallbackStanding | 'off' => (expected ? standingOf(record) : 'off');
  const expectsCallbacks = (): boolean => callbacks() !== 'off' && callbacks() !== 'poor';

  /** Whether this call is one of the few that show what becomes of callbacks. */
  function isCanary(): boolean {
    if (early >= canaries + canariesForMissed * record.missed) return false;
    early += 1;
    return true;
  }

  return {
    firstLookAfter: () => (expectsCallbacks() ? overdueAfter(sorted) : gapAfter(sorted, 0)),
    putOff({ elapsed, looks, heard }) {
      if (!expectsCallbacks()) return 0;
      // what came of this very call is known before what came of all is learned
      if (callbacks() === 'none' && !heard) {
        if (sorted.length >= lengthsNeeded || looks > 0) return 0;
        return isCanary() ? 0 : shortestGapMs;
      }
      const trustedMs = Math.min(Math.max(trustedFor(sorted) - elapsed, 0), reconsiderMs);
      if (callbacks() === 'tried' && !heard && looks === 0 && trustedMs > 0 && isCanary()) return 0;
      return trustedMs;
    },
    nextLookAfter(elapsed, looks) {
      if (!expectsCallbacks()) return gapAfter(sorted, elapsed);
      return Math.min(firstOverdueMs * 2 ** Math.min(looks, 10), longestGapMs);
    },
    listGap: (liveCalls) => listGapFor(liveCalls, sorted),
    learn(lengths, latest) {
      sorted = lengths.toSorted((a, b) => a - b);
      record = latest;
    },
    callbacks,
    expectsCallbacks,
    looksTell: () => !expectsCallbacks() || callbacks() === 'none',
    expectCallbacks(on) {
      expected = on;
    },
  };
}

/** Calls that one request for the list tells of. */
export const callsInList = 100;
/** Requests for the list that each finished call may cost. */
const listsPerCall = 0.05;
const shortestListGapMs = 10 * second;
/** Half of the calls are then known within 14 s of their end, nine tenths within 25 s. */
const longestListGapMs = 26 * second;
const guessedLengthMs = 60 * second;

/**
 * The gap at which the list costs each call its share of a request: with so many calls under way, as many end in a gap
 * as their length says.
 * @param lengths of calls seen; with few of them a minute is taken for the mean
 */
export function listGapFor(liveCalls: number, lengths: readonly number[]): number {
  const known = lengths.length >= lengthsNeeded;
  const meanMs = known ? lengths.reduce((sum, one) => sum + one, 0) / lengths.length : guessedLengthMs;
  const endedPerMs = Math.max(liveCalls, 1) / Math.max(meanMs, 1);
  const gap = Math.ceil(Math.max(liveCalls, 1) / callsInList) / (listsPerCall * endedPerMs);
  return Math.round(Math.min(Math.max(gap, shortestListGapMs), longestListGapMs));
}

/** A callback is overdue at 1.5 times the 95th percentile of the lengths seen; with fewer than five, after 20 s. */
export function overdueAfter(sorted: readonly number[]): number {
  const p95 = sorted[Math.floor(0.95 * (sorted.length - 1))];
  if (sorted.length < lengthsNeeded || p95 === undefined) return firstOverdueMs;
  return Math.max(1.5 * p95, shortestGapMs);
}

/**
 * How old a call is when it is overdue although callbacks do come: by the rule above once enough lengths are seen, and
 * before that by more, since the first lengths are those of calls that nobody took. Measured with talks of 40 s: the
 * rule alone made 110 looks at the first 249 calls, whose callbacks all came.
 */
export function trustedFor(sorted: readonly number[]): number {
  if (sorted.length < lengthsNeeded) return trustBlindMs;
  const overdue = overdueAfter(sorted);
  if (sorted.length >= lengthsThatTell) return overdue;
  return Math.max(overdue, Math.min((shortTermFactor / 1.5) * overdue, longestTrustMs));
}

/**
 * The gap after which the expected lateness of calls that end meanwhile reaches what a look is worth.
 * @param sorted lengths of calls seen, ascending
 * @param elapsed how long this call has been going on
 */
export function gapAfter(sorted: readonly number[], elapsed: number): number {
  const remaining = sorted.filter((length) => length > elapsed).map((length) => length - elapsed);
  if (remaining.length < lengthsNeeded) return elapsed === 0 ? longestBlindGapMs : laterBlindGapMs;
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
