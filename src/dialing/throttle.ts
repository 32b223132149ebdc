import type { Clock } from '../clock.ts';
import type { Limiter } from './limiter.ts';

const second = 1000;
const firstWaitMs = 2 * second;
const longestWaitMs = 60 * second;
/** A Retry-After is obeyed up to here: a wrong header must not stop an account for a day. */
export const longestObeyedMs = 120 * second;

/** Closes the account's gate after a 429: nothing happened to anybody, and nothing is sent for a while. */
export interface Throttle {
  /** @param retryAfterMs what the answer asked for, in ms, or null; @returns how long the gate is closed, in ms */
  closed(retryAfterMs: number | null): number;
  /** An answer other than 429: the next one starts small again. */
  passed(): void;
}

export function createThrottle(limiter: Limiter, clock: Clock, random: () => number = Math.random): Throttle {
  let inARow = 0;
  return {
    closed(retryAfterMs) {
      const backOff =
        Math.min(firstWaitMs * 2 ** Math.min(inARow, 10), longestWaitMs) * (0.75 + random() / 2);
      const wait = retryAfterMs === null ? backOff : Math.min(retryAfterMs, longestObeyedMs);
      inARow += 1;
      limiter.closeUntil(clock.monotonic() + wait);
      return wait;
    },
    passed() {
      inARow = 0;
    },
  };
}
