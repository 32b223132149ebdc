import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPollSchedule, gapAfter, listGapFor, overdueAfter, trustedFor } from './poll-schedule.ts';

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

  test('while none has come, five calls show it: the others wait for what those tell', () => {
    const schedule = createPollSchedule(true);
    const waits = Array.from({ length: 8 }, () => schedule.putOff({ elapsed: 20 * second, looks: 0 }));
    expect(waits.map((ms) => ms > 0)).toEqual([false, false, false, false, false, true, true, true]);
    expect(schedule.putOff({ elapsed: 40 * second, looks: 1 })).toBe(0);
  });

  test('while they come, a call is trusted for as long as a talk may last, and for one and a half times the 95th percentile once fifty lengths are seen', () => {
    const seen = (count: number): number[] => Array.from({ length: count }, () => 15 * second);
    expect(trustedFor([])).toBe(60 * second);
    expect(trustedFor(seen(5))).toBe(120 * second);
    expect(trustedFor(seen(49))).toBe(120 * second);
    expect(trustedFor(seen(50))).toBe(22.5 * second);
    const schedule = createPollSchedule(true);
    schedule.learn(seen(10), true);
    expect(schedule.putOff({ elapsed: 119 * second, looks: 0 })).toBe(second);
    expect(schedule.putOff({ elapsed: 120 * second, looks: 0 })).toBe(0);
    expect(schedule.putOff({ elapsed: 20 * second, looks: 0 })).toBe(15 * second);
    schedule.learn(seen(10), false);
    expect(schedule.putOff({ elapsed: 20 * second, looks: 0 })).toBe(0);
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
    schedule.learn(sorted, false);
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

describe('requests for the list of calls', () => {
  const minutes = Array.from({ length: 20 }, () => 60 * second);

  test('cost each call a twentieth of a request wherever calls are many, and come at most 26 s apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 300 }), (live, length) => {
        const lengths = minutes.map(() => length * second);
        const gap = listGapFor(live, lengths);
        expect(gap).toBeGreaterThanOrEqual(10 * second);
        expect(gap).toBeLessThanOrEqual(26 * second);
        const ended = (live * gap) / (length * second);
        if (gap < 26 * second) expect(Math.ceil(live / 100)).toBeLessThanOrEqual(0.0501 * ended);
      }),
    );
  });

  test('come sooner the more calls end in the meantime, and as for calls of a minute before any was seen', () => {
    const gaps = [10, 60, 100, 2000].map((live) => listGapFor(live, minutes));
    expect(gaps).toEqual([26 * second, 20 * second, 12 * second, 12 * second]);
    expect(listGapFor(60, [])).toBe(20 * second);
    expect(createPollSchedule(false).listGap(60)).toBe(20 * second);
  });
});
