import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as fc from 'fast-check';
import { createLimiter } from '../../src/dialing/limiter.ts';
import type { Limiter } from '../../src/dialing/limiter.ts';
import { createThrottle } from '../../src/dialing/throttle.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const windowMs = 6000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A request as its row has it, and when it reached the provider. */
interface Sent {
  arrivedAt: number;
  answeredAt: number | null;
}

interface Schedule {
  limit: number;
  /** how long each owner lives, in ms */
  terms: number[];
  /** how long each answer takes, and at which part of it the request arrives */
  answers: { ms: number; arrival: number; throttled: number | null }[];
}

const schedules: fc.Arbitrary<Schedule> = fc.record({
  limit: fc.integer({ min: 1, max: 25 }),
  terms: fc.array(fc.integer({ min: 50, max: 9000 }), { minLength: 1, maxLength: 4 }),
  answers: fc.array(
    fc.record({
      ms: fc.integer({ min: 0, max: 7000 }),
      arrival: fc.double({ min: 0, max: 1, noNaN: true }),
      throttled: fc.option(fc.integer({ min: 0, max: 4000 }), { nil: null, freq: 10 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
});

/** Owners follow one another; each sends as fast as its limiter lets it and is gone from one moment to the next. */
async function run({ limit, terms, answers }: Schedule): Promise<{ sent: Sent[]; gateBroken: boolean }> {
  const sent: Sent[] = [];
  let gateBroken = false;
  let next = 0;
  for (const term of terms) {
    const limiter = createLimiter({ limit, windowMs, busyFor: busyForNewOwner(sent), clock });
    const throttle = createThrottle(limiter, clock, () => 0.5);
    const over = new AbortController();
    let closedUntil = 0;
    const send = async (): Promise<void> => {
      for (
        let slot = await slotOf(limiter, over.signal);
        slot !== null;
        slot = await slotOf(limiter, over.signal)
      ) {
        const granted = slot;
        const answer = answers[next++ % answers.length] ?? { ms: 0, arrival: 0, throttled: null };
        gateBroken ||= clock.monotonic() < closedUntil;
        const request: Sent = { arrivedAt: clock.monotonic() + answer.ms * answer.arrival, answeredAt: null };
        sent.push(request);
        setTimeout(() => {
          if (over.signal.aborted) return;
          request.answeredAt = clock.monotonic();
          granted.finished();
          if (answer.throttled === null) throttle.passed();
          else closedUntil = Math.max(closedUntil, clock.monotonic() + throttle.closed(answer.throttled));
        }, answer.ms);
      }
    };
    void send();
    await vi.advanceTimersByTimeAsync(term);
    over.abort();
    limiter.stop();
    // what the dead owner had written to its socket has arrived by now, or never will
    for (const request of sent) request.arrivedAt = Math.min(request.arrivedAt, clock.monotonic());
  }
  return { sent, gateBroken };
}

async function slotOf(limiter: Limiter, signal: AbortSignal) {
  return await limiter.slot('place', signal).catch(() => null);
}

/** What a takeover reads of the requests: an answered one counts a window from its answer, any other one from now. */
function busyForNewOwner(sent: readonly Sent[]): number[] {
  const now = clock.monotonic();
  for (const request of sent) request.answeredAt ??= now;
  return sent.map(({ answeredAt }) => (answeredAt ?? now) + windowMs - now).filter((left) => left > 0);
}

function mostInAnyWindow(sent: readonly Sent[]): number {
  const arrivals = sent.map(({ arrivedAt }) => arrivedAt).toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [last, arrived] of arrivals.entries()) {
    while (arrived - (arrivals[first] ?? 0) >= windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

test('whoever owns the account, and however often it changes hands, no window holds more than the limit, and a 429 stops its owner', async () => {
  await fc.assert(
    fc.asyncProperty(schedules, async (schedule) => {
      const { sent, gateBroken } = await run(schedule);
      expect(mostInAnyWindow(sent)).toBeLessThanOrEqual(schedule.limit);
      expect(gateBroken).toBe(false);
    }),
    { numRuns: 1000 },
  );
}, 60_000);
