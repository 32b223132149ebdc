/** The one way TypeScript reads time; tests pass one that they move. */
export interface Clock {
  /** Wall-clock time in ms since the epoch. It may step back or forward. */
  now(): number;
  /** Milliseconds that only ever grow; never comparable between processes. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
