import type { Pace } from './pace.ts';
import { createRateWindow, type WindowSize } from './rate-window.ts';
import type { Scenario } from './scenario.ts';
import type { Settings } from './settings.ts';

/** Decides which requests the account's limit lets in. */
export interface Admission {
  /** Judges a request that arrives at `now` (the pace's monotonic ms). */
  admit(now: number): boolean;
  /** How long from now until a request has a chance. */
  waitMs(): number;
  /** Refuses everything for so many ms from now on. */
  storm(lastingMs: number): void;
}

/**
 * Creates the gate: the strict window, and storms of 429s. All of it runs on the monotonic clock,
 * whatever the scenario's speed.
 */
export function createAdmission({ settings, pace }: { settings: Settings; pace: Pace }): Admission {
  const startedAt = pace.now();
  let limit = settings.current.limit;
  const window = createRateWindow(sizeOf(limit));
  let stormEndsAt = -Infinity;

  const stormWait = (now: number): number => {
    const { storms } = settings.current.limit;
    const sinceStart = (now - startedAt) % (storms?.every ?? Infinity);
    // The first storm comes after one interval: a run begins with fair weather.
    const inStorm = storms !== undefined && now - startedAt >= storms.every && sinceStart < storms.lasting;
    return Math.max(stormEndsAt - now, inStorm ? storms.lasting - sinceStart : 0);
  };

  const resizeIfChanged = (): void => {
    if (limit === settings.current.limit) return;
    limit = settings.current.limit;
    window.resize(sizeOf(limit));
  };

  return {
    admit(now) {
      resizeIfChanged();
      return stormWait(now) <= 0 && window.admit(now);
    },
    waitMs() {
      const now = pace.now();
      return Math.max(stormWait(now), window.waitAt(now));
    },
    storm(lastingMs) {
      stormEndsAt = pace.now() + lastingMs;
    },
  };
}

function sizeOf(limit: Scenario['limit']): WindowSize {
  return { limit: limit.requests, windowMs: limit.window, countRefused: limit.countRefused };
}
