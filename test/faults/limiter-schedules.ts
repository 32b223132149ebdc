import { vi } from 'vitest';
import * as fc from 'fast-check';
import { createLimiter } from '../../src/dialing/limiter.ts';
import type { Limiter } from '../../src/dialing/limiter.ts';
import { createThrottle } from '../../src/dialing/throttle.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const windowMs = 6000;

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

export const schedules: fc.Arbitrary<Schedule> = fc.record({
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

function busyForNewOwner(sent: readonly Sent[]): number[] {
  const now = clock.monotonic();
  const busyFor = busyForAt(sent, now, windowMs);
  for (const request of sent) request.answeredAt ??= now;
  return busyFor;
}

/**
 * What a takeover reads of the requests: an answered one counts a window from its answer, any other one from now. That
 * the statement of a real takeover reads the same is shown in takeover-requests.test.ts.
 */
export function busyForAt(
  requests: readonly Pick<Sent, 'answeredAt'>[],
  now: number,
  window: number,
): number[] {
  return requests.map(({ answeredAt }) => (answeredAt ?? now) + window - now).filter((left) => left > 0);
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

/**
 * Plays a schedule in virtual time; needs fake timers.
 * @returns what it broke: the limit of a window, or the gate that a 429 closed; null when nothing
 */
export async function brokenBy(schedule: Schedule): Promise<string | null> {
  const { sent, gateBroken } = await run(schedule);
  const most = mostInAnyWindow(sent);
  if (most > schedule.limit) return `${most} requests in a window that allows ${schedule.limit}`;
  return gateBroken ? 'a request was sent while a 429 forbade it' : null;
}
