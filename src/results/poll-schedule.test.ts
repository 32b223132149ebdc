import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPollSchedule, gapAfter, overdueAfter } from './poll-schedule.ts';

const second = 1000;

describe('with callbacks', () => {
  test('a call is overdue at one and a half times the 95th percentile of the lengths seen', () => {
    const lengths = Array.from({ length: 101 }, (_, index) => index * second);
    expect(overdueAfter(lengths)).toBe(1.5 * 95 * second);
  });

  test('with fewer than five lengths seen it is overdue after 20 s', () => {
    expect(overdueAfter([])).toBe(20 * second);
    expect(overdueAfter([second, second, second, second])).toBe(20 * second);
  });

  test('looks that find the call still going on come at doubling gaps', () => {
    const schedule = createPollSchedule(true);
    expect([0, 1, 2, 3].map((looks) => schedule.nextLookAfter(0, looks))).toEqual([
      20 * second,
      40 * second,
      80 * second,
      120 * second,
    ]);
  });
});

describe('without callbacks', () => {
  /** Follows one call by the schedule: how many looks it took, and how late its end was learned. */
  function follow(sorted: number[], length: number): { looks: number; late: number } {
    const schedule = createPollSchedule(false);
    schedule.learn(sorted);
    let at = schedule.firstLookAfter();
    let looks = 1;
    while (at < length) {
      at += schedule.nextLookAfter(at, looks);
      looks += 1;
    }
    return { looks, late: at - length };
  }

  const quantile = (values: number[], q: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN;

  test.each([
    ['all about a minute long', (u: number) => 50 + 20 * u],
    ['half a minute on average, exponentially', (u: number) => -30 * Math.log(1 - 0.999 * u)],
    ['two minutes on average, exponentially', (u: number) => -120 * Math.log(1 - 0.999 * u)],
    ['unanswered ones and talks', (u: number) => (u < 0.4 ? 30 + 10 * u : 40 + 200 * (u - 0.4))],
  ])('half of the calls are known 15 s after their end and nine tenths after 45 s: %s', (_name, draw) => {
    const lengths = Array.from({ length: 200 }, (_, index) => draw((index + 0.5) / 200) * second);
    const sorted = lengths.toSorted((a, b) => a - b);
    const late = lengths.map((length) => follow(sorted, length).late);
    expect(quantile(late, 0.5)).toBeLessThanOrEqual(15 * second);
    expect(quantile(late, 0.9)).toBeLessThanOrEqual(45 * second);
  });

  test('no look is ever less than 5 s or more than 27 s away', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3_600_000 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 3_600_000 }),
        (lengths, elapsed) => {
          const gap = gapAfter(
            lengths.toSorted((a, b) => a - b),
            elapsed,
          );
          expect(gap).toBeGreaterThanOrEqual(5 * second);
          expect(gap).toBeLessThanOrEqual(27 * second);
        },
      ),
    );
  });
});
