import { setTimeout as delay } from 'node:timers/promises';
import { calleeIsFree, contactIsDue } from './due-work.ts';
import type { Stage } from './stage.ts';

/** Whether anything could have been dialled at a moment of the wall clock. */
export interface WorkSample {
  at: number;
  due: boolean;
}

interface WorkRow {
  contact: boolean;
  callee: boolean;
  breaker_ms: number | null;
}

const everyMs = 200;
/**
 * A breaker that is open for half a minute would only be waited for: the day is moved on to its end. Never by more than
 * this, nor more often: no call may come near its attempt's deadline while it is going on.
 */
const longestMoveMs = 90_000;
const betweenMovesMs = 10_000;

/** Watches until it is stopped whether work is due: a contact, an agent for it, and nothing that forbids to call. */
export function watchWork(stage: Stage): { samples: readonly WorkSample[]; stop(): Promise<void> } {
  const samples: WorkSample[] = [];
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, stage.signal]);
  const watching = watch();

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const asked = Date.now();
      const row = await look();
      samples.push({ at: asked, due: row !== null && row.contact && row.callee && row.breaker_ms === null });
      const wait = row?.breaker_ms ?? 0;
      if (wait > 5000 && stage.clock.sinceMoved() > betweenMovesMs) {
        await stage.clock.moveBy(Math.min(wait, longestMoveMs)).catch(() => undefined);
      }
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
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
  select ${contactIsDue} as contact, ${calleeIsFree} as callee,
    (select extract(epoch from breaker_until - dialer_now())::float8 * 1000 from accounts
     where breaker_until > dialer_now()) as breaker_ms`;
