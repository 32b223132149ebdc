/** A strict sliding window: at most `limit` admissions in any `windowMs`. */
export interface RateWindow {
  /** Admits a request that arrives at `now` (monotonic ms), or refuses it. */
  admit(now: number): boolean;
  /** How long from `now` until a request would be admitted; 0 when one would be now. */
  waitAt(now: number): number;
  /** Changes the size; what was admitted in the last window still counts. */
  resize(size: WindowSize): void;
}

export interface WindowSize {
  limit: number;
  windowMs: number;
  /** Whether a refused request takes a place too. No source says that Exotel's does. */
  countRefused: boolean;
}

/**
 * Creates the window. It remembers the last `limit` counted requests in a ring: a request is admitted
 * when the one `limit` places ago has left the window, so the cost does not grow with the traffic.
 */
export function createRateWindow(initial: WindowSize): RateWindow {
  let size = initial;
  let ring = new Float64Array(size.limit).fill(-Infinity);
  let oldest = 0;

  const waitAt = (now: number): number => Math.max(0, (ring[oldest] ?? Infinity) + size.windowMs - now);

  return {
    waitAt,
    admit(now) {
      const admitted = waitAt(now) === 0;
      if (admitted || size.countRefused) {
        ring[oldest] = now;
        oldest = (oldest + 1) % ring.length;
      }
      return admitted;
    },
    resize(next) {
      const inOrder = [...ring.subarray(oldest), ...ring.subarray(0, oldest)];
      const kept = inOrder.slice(-next.limit);
      ring = new Float64Array(next.limit).fill(-Infinity);
      ring.set(kept, next.limit - kept.length);
      oldest = 0;
      size = next;
    },
  };
}

/** The most moments that fall into any half-open window of `windowMs`; `moments` ascend. */
export function mostInAnyWindow(moments: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, moment] of moments.entries()) {
    while (moment - (moments[first] ?? moment) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
