import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from './stage.ts';

/** Whether anything could have been dialled at a moment of the wall clock. */
export interface WorkSample {
  at: number;
  due: boolean;
}

interface WorkRow {
  contact: boolean;
  agent: boolean;
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
      samples.push({ at: asked, due: row !== null && row.contact && row.agent && row.breaker_ms === null });
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

/** By the tables alone, and not by the dialer's own queries: what those get wrong must show. */
const workSql = `
  select
    exists (
      select 1 from contacts c join campaigns k on k.id = c.campaign_id
      where k.status = 'running' and c.state = 'pending' and c.due_at <= dialer_now()
        and not exists (select 1 from attempts t where t.number = c.number and t.state <> 'settled')
    ) as contact,
    exists (
      select 1 from agents g
      where g.disabled_at is null
        and (g.paused_at is null or g.paused_until <= dialer_now())
        and (g.cooling_until is null or g.cooling_until <= dialer_now())
        and (g.wrap_up_until is null or g.wrap_up_until <= dialer_now())
        and not exists (select 1 from attempts t where t.agent_id = g.id and t.agent_held)
    ) as agent,
    (select extract(epoch from breaker_until - dialer_now())::float8 * 1000 from accounts
     where breaker_until > dialer_now()) as breaker_ms`;
