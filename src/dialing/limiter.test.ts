import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as fc from 'fast-check';
import { createLimiter } from './limiter.ts';
import type { Limiter, SlotKind } from './limiter.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const windowMs = 6000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Sent {
  arrived: number;
}

/** Sends as fast as slots come; each request takes `answerMs`, and arrives at the provider `transitShare` of it in. */
function sendEndlessly(
  limiter: Limiter,
  answers: readonly number[],
  transitShare: number,
  sent: Sent[],
): AbortController {
  const stop = new AbortController();
  let next = 0;
  void (async () => {
    while (!stop.signal.aborted) {
      const slot = await limiter.slot('place', stop.signal).catch(() => null);
      if (slot === null) return;
      const answerMs = answers[next++ % answers.length] ?? 0;
      sent.push({ arrived: performance.now() + answerMs * transitShare });
      setTimeout(() => slot.finished(), answerMs);
    }
  })();
  return stop;
}

function mostInAnyWindow(sent: readonly Sent[]): number {
  const arrivals = sent.map(({ arrived }) => arrived).toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [last, arrived] of arrivals.entries()) {
    while (arrived - (arrivals[first] ?? 0) >= windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe('the limiter', () => {
  test('never lets more requests than the limit arrive in any sliding window, however long answers take', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: windowMs }), { maxLength: 30 }),
        fc.integer({ min: 0, max: 40 }),
        async (limit, answers, transitShare, busyFor, kept) => {
          const busy = busyFor.slice(0, limit);
          const began = performance.now();
          const sent: Sent[] = busy.map((ms) => ({ arrived: began - windowMs + ms }));
          const limiter = createLimiter({
            limit,
            windowMs,
            busyFor: busy,
            clock,
            keptForLooks: () => kept,
          });
          const stop = sendEndlessly(limiter, answers, transitShare, sent);
          await vi.advanceTimersByTimeAsync(3 * windowMs);
          stop.abort();
          limiter.stop();
          expect(mostInAnyWindow(sent)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('uses the limit: with quick answers nothing but the margin is given away', async () => {
    const sent: Sent[] = [];
    const limiter = createLimiter({ limit: 20, windowMs, busyFor: [], clock });
    const stop = sendEndlessly(limiter, [20], 0.5, sent);
    await vi.advanceTimersByTimeAsync(10 * windowMs);
    stop.abort();
    limiter.stop();
    expect(sent.length).toBeGreaterThanOrEqual(Math.floor((10 * 20 * windowMs) / (windowMs + 300)));
  });

  test('gives a slot that was not used back at once', async () => {
    const limiter = createLimiter({ limit: 1, windowMs, busyFor: [], clock });
    const given: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const asked = limiter.slot('place');
      await vi.advanceTimersByTimeAsync(150);
      (await asked).unused();
      given.push(performance.now());
    }
    limiter.stop();
    expect(given).toHaveLength(3);
  });

  test('spaces requests, so that a full window is no burst', async () => {
    const sent: Sent[] = [];
    const limiter = createLimiter({ limit: 20, windowMs, busyFor: [], clock });
    const stop = sendEndlessly(limiter, [0], 0, sent);
    await vi.advanceTimersByTimeAsync(1000);
    stop.abort();
    limiter.stop();
    expect(sent.length).toBeGreaterThanOrEqual(9);
    expect(sent.length).toBeLessThanOrEqual(11);
  });

  test('serves an overdue look before placing, and placing before an ordinary look', async () => {
    const limiter = createLimiter({ limit: 1, windowMs: 100, busyFor: [], clock });
    const served: SlotKind[] = [];
    for (const kind of ['look', 'place', 'overdue'] as const) {
      void limiter.slot(kind).then((slot) => {
        served.push(kind);
        slot.finished();
      });
    }
    await vi.advanceTimersByTimeAsync(3000);
    limiter.stop();
    expect(served).toEqual(['overdue', 'place', 'look']);
  });

  test('keeps one slot in fifty for looks, however many calls wait to be placed', async () => {
    const limiter = createLimiter({ limit: 200, windowMs, busyFor: [], clock, spacingMs: 10 });
    const sent: Sent[] = [];
    const stop = sendEndlessly(limiter, [10], 0.5, sent);
    const more = Array.from({ length: 5 }, () => sendEndlessly(limiter, [10], 0.5, sent));
    let looked = false;
    void limiter.slot('look').then((slot) => {
      looked = true;
      slot.finished();
    });
    await vi.advanceTimersByTimeAsync(1500);
    for (const one of [stop, ...more]) one.abort();
    limiter.stop();
    expect(looked).toBe(true);
  });

  test('a burst of calls leaves what is kept for looks, and takes it once it is kept no more', async () => {
    let kept = 3;
    const limiter = createLimiter({ limit: 20, windowMs, busyFor: [], clock, keptForLooks: () => kept });
    const sent: Sent[] = [];
    const stop = sendEndlessly(limiter, [10], 0.5, sent);
    await vi.advanceTimersByTimeAsync(windowMs / 2);
    expect(sent).toHaveLength(17);
    const served: SlotKind[] = [];
    const late = limiter.slot('late').then(() => served.push('late'));
    for (const kind of ['look', 'overdue'] as const) {
      const asked = limiter.slot(kind);
      await vi.advanceTimersByTimeAsync(500);
      (await asked).finished();
      served.push(kind);
    }
    expect(served).toEqual(['look', 'overdue']);
    kept = 0;
    await vi.advanceTimersByTimeAsync(1500);
    expect(sent).toHaveLength(18);
    stop.abort();
    await vi.advanceTimersByTimeAsync(2 * windowMs);
    await late;
    limiter.stop();
  });

  test('gives nothing while the gate is closed, and goes on when it opens', async () => {
    const limiter = createLimiter({ limit: 5, windowMs, busyFor: [], clock });
    limiter.closeUntil(performance.now() + 3000);
    let given = false;
    void limiter.slot('place').then((slot) => {
      given = true;
      slot.finished();
    });
    await vi.advanceTimersByTimeAsync(2900);
    expect(given).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    expect(given).toBe(true);
    limiter.stop();
  });

  test('goes on after the wall clock was set back by an hour, without going over', async () => {
    const sent: Sent[] = [];
    let replaced = 0;
    const limiter = createLimiter({
      limit: 10,
      windowMs,
      busyFor: [],
      clock,
      onReplaced: () => (replaced += 1),
    });
    const stop = sendEndlessly(limiter, [20], 0.5, sent);
    await vi.advanceTimersByTimeAsync(2 * windowMs);
    const before = sent.length;
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(4 * windowMs);
    stop.abort();
    limiter.stop();
    expect(replaced).toBeGreaterThan(0);
    expect(sent.length).toBeGreaterThan(before + 20);
    expect(mostInAnyWindow(sent)).toBeLessThanOrEqual(10);
  });

  test('lets a waiter go whose wait is given up, without losing the slot', async () => {
    const limiter = createLimiter({ limit: 1, windowMs: 500, busyFor: [400], clock });
    const waiting = new AbortController();
    const tired = limiter.slot('place', waiting.signal);
    const patient = limiter.slot('place');
    await vi.advanceTimersByTimeAsync(200);
    waiting.abort(new Error('enough'));
    await expect(tired).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(1000);
    (await patient).unused();
    expect(limiter.free()).toBe(1);
    await expect(limiter.slot('place', waiting.signal)).rejects.toThrow('enough');
    limiter.stop();
  });
});
