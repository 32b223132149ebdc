import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallbackRecord } from './callback-record.ts';
import { createPollSchedule, gapAfter, listGapFor, overdueAfter, trustedFor } from './poll-schedule.ts';

const second = 1000;
const none: CallbackRecord = { come: false, calls: 0, ended: 0, missed: 0 };
const allTold: CallbackRecord = { come: true, calls: 40, ended: 40, missed: 0 };
const unheard = { elapsed: 20 * second, looks: 0, heard: false };

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
    const waits = Array.from({ length: 8 }, () => schedule.putOff(unheard));
    expect(waits.map((ms) => ms > 0)).toEqual([false, false, false, false, false, true, true, true]);
    expect(schedule.putOff({ ...unheard, elapsed: 40 * second, looks: 1 })).toBe(0);
  });

  test('while they come, a call is trusted for as long as a talk may last, and for one and a half times the 95th percentile once fifty lengths are seen', () => {
    const seen = (count: number): number[] => Array.from({ length: count }, () => 15 * second);
    expect(trustedFor([])).toBe(60 * second);
    expect(trustedFor(seen(5))).toBe(120 * second);
    expect(trustedFor(seen(49))).toBe(120 * second);
    expect(trustedFor(seen(50))).toBe(22.5 * second);
    const schedule = createPollSchedule(true);
    schedule.learn(seen(10), allTold);
    expect(schedule.putOff({ ...unheard, elapsed: 119 * second })).toBe(second);
    expect(schedule.putOff({ ...unheard, elapsed: 120 * second })).toBe(0);
    expect(schedule.putOff(unheard)).toBe(15 * second);
    schedule.learn(seen(10), none);
    expect(schedule.putOff(unheard)).toBe(0);
  });

  test('while few calls are known five of which no event has come show what becomes of events, and two more for each that was missed', () => {
    const schedule = createPollSchedule(true);
    const looked = (): number =>
      Array.from({ length: 20 }, () => schedule.putOff(unheard)).filter((ms) => ms === 0).length;
    schedule.learn([], { come: true, calls: 10, ended: 10, missed: 0 });
    expect(schedule.putOff({ ...unheard, heard: true })).toBe(15 * second);
    expect(looked()).toBe(5);
    schedule.learn([], { come: true, calls: 19, ended: 19, missed: 1 });
    expect(looked()).toBe(2);
  });

  test('where a tenth of the calls is missed looks come as if there were none, until they are told in time again', () => {
    const schedule = createPollSchedule(true);
    const without = createPollSchedule(false);
    const lengths = Array.from({ length: 100 }, (_, index) => index * second);
    without.learn(lengths, none);
    schedule.learn(lengths, { come: true, calls: 40, ended: 40, missed: 4 });
    expect(schedule.expectsCallbacks()).toBe(false);
    expect(schedule.putOff(unheard)).toBe(0);
    expect(schedule.firstLookAfter()).toBe(without.firstLookAfter());
    expect(schedule.nextLookAfter(30 * second, 1)).toBe(without.nextLookAfter(30 * second, 1));
    schedule.learn(lengths, { come: true, calls: 40, ended: 40, missed: 3 });
    expect(schedule.expectsCallbacks()).toBe(true);
    expect(schedule.nextLookAfter(30 * second, 1)).toBe(40 * second);
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
    schedule.learn(sorted, none);
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
