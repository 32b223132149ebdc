import { setTimeout as delay } from 'node:timers/promises';
import { calleesFree, numbersDue, slowPlacings, slowPlacingsAllowed } from './due-work.ts';
import type { Stage } from './stage.ts';

/** Whether there was work for a sender who sends as fast as may be, at a moment of the wall clock. */
export interface WorkSample {
  at: number;
  due: boolean;
}

interface WorkRow {
  numbers: number;
  callees: number;
  slow: number;
  breaker_ms: number | null;
}

const everyMs = 200;
/** Work that is due lasts until the next look: so many calls may be placed by then. */
const callsUntilNextLook = 6;
/**
 * A breaker that is open for half a minute would only be waited for: the day is moved on to its end. Never by more than
 * this, nor more often: no call may come near its attempt's deadline while it is going on.
 */
const longestMoveMs = 90_000;
const betweenMovesMs = 10_000;

/** Watches until it is stopped whether work is due: contacts, agents for them, and nothing that forbids to call. */
export function watchWork(stage: Stage): { samples: readonly WorkSample[]; stop(): Promise<void> } {
  const samples: WorkSample[] = [];
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, stage.signal]);
  const watching = watch();

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const asked = Date.now();
      const row = await look();
      samples.push({ at: asked, due: row !== null && isDue(row) });
      const wait = row?.breaker_ms ?? 0;
      if (wait > 5000 && stage.clock.sinceMoved() > betweenMovesMs) {
        await stage.clock.moveBy(Math.min(wait, longestMoveMs)).catch(() => undefined);
      }
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  function isDue({ numbers, callees, slow, breaker_ms: breakerMs }: WorkRow): boolean {
    return (
      Math.min(numbers, callees) >= callsUntilNextLook && slow < slowPlacingsAllowed && breakerMs === null
    );
  }

  async function look(): Promise<WorkRow | null> {
    try {
      const { rows } = await stage.database.query<WorkRow>(workSql);
      return rows[0] ?? null;
    } catch {
      return null;
    }
  }

  return {
    samples,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

const workSql = `
  select ${numbersDue} as numbers, ${calleesFree} as callees, ${slowPlacings} as slow,
    (select extract(epoch from breaker_until - dialer_now())::float8 * 1000 from accounts
     where breaker_until > dialer_now()) as breaker_ms`;
