import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../load/until.ts';
import type { Profile } from './profile.ts';
import type { Stage } from './stage.ts';

interface Standing {
  campaigns: number;
  live: number;
  placing: number;
  callbacks: number;
  looks: number;
  sweeps: number;
  dialable: boolean;
  next_ms: number | null;
}

/** Callbacks and their settling take some time after a call's end; no step is made before. */
const settledForMs = 400;
const stepMarginMs = 20;

/**
 * Lets everything come to its end with nothing in the way: provider, devices and database behave. Where only waiting is
 * left, and no call is going on, the dialer's day is moved on to the next moment at which something falls due.
 * @returns why it did not come to its end, or null
 */
export async function drain(stage: Stage, profile: Profile): Promise<string | null> {
  const { signal, sandbox } = stage;
  sandbox.control({
    answers: { placing: {}, reading: {} },
    callbacks: { faults: {} },
    limit: { retryAfter: 'none' },
    agentStates: Object.fromEntries(sandbox.agents.map(({ id }) => [id, 'available'])),
  });
  const deadline = performance.now() + profile.drainLimitMs;
  for (;;) {
    const [now] = await stage.ask<Standing & Record<string, unknown>>(standingSql);
    if (now === undefined) return 'the database says nothing';
    if (now.campaigns === 0 && now.live === 0) break;
    if (performance.now() > deadline) return `no end within ${profile.drainLimitMs / 1000} s: ${shown(now)}`;
    const atWork = now.placing + now.callbacks + now.looks + now.sweeps > 0 || now.dialable;
    if (!atWork && now.next_ms !== null && callsAreOver(stage)) {
      await stage.clock.moveBy(now.next_ms + stepMarginMs);
    }
    await delay(100, undefined, { signal });
  }
  await lateCallbacksAreOver(stage);
  return null;
}

function callsAreOver({ sandbox, lastSettledAt }: Stage): boolean {
  return sandbox.agents.every(({ onCall }) => onCall === null) && Date.now() - lastSettledAt() > settledForMs;
}

/** The last callbacks come after the campaigns' end and may correct what they find. */
async function lateCallbacksAreOver(stage: Stage): Promise<void> {
  const { callbacks } = stage.sandbox.settings.current;
  const last = stage.lastSettledAt() + callbacks.lateBy / stage.sandbox.settings.current.speed;
  const limit = { timeoutMs: 120_000, signal: stage.signal };
  await until(() => Date.now() > last + settledForMs + 600, { what: 'the last late callback', ...limit });
  await until(
    async () => {
      const [waiting] = await stage.ask<{ callbacks: number }>(
        `select count(*)::int as callbacks from callbacks where state = 'received'`,
      );
      return waiting?.callbacks === 0;
    },
    { what: 'the settling of the last callback', ...limit },
  );
}

function shown(standing: Standing): string {
  return JSON.stringify(standing);
}

const standingSql = `
  select
    (select count(*)::int from campaigns where status not in ('completed', 'canceled')) as campaigns,
    (select count(*)::int from attempts where state <> 'settled') as live,
    (select count(*)::int from attempts where state = 'placing') as placing,
    (select count(*)::int from callbacks where state = 'received') as callbacks,
    (select count(*)::int from attempts where state = 'placed' and next_poll_at <= dialer_now()) as looks,
    (select count(*)::int from attempts where state = 'unknown'
       and (deadline_at <= dialer_now() or agent_held and agent_free_at <= dialer_now())) as sweeps,
    not exists (select 1 from accounts where breaker_until > dialer_now()) and exists (
      select 1 from contacts c join campaigns k on k.id = c.campaign_id
      where k.status = 'running' and c.state = 'pending' and c.due_at <= dialer_now()
        and not exists (select 1 from attempts t where t.number = c.number and t.state <> 'settled')
    ) and exists (
      select 1 from agents g
      where g.disabled_at is null
        and (g.paused_at is null or g.paused_until <= dialer_now())
        and (g.cooling_until is null or g.cooling_until <= dialer_now())
        and (g.wrap_up_until is null or g.wrap_up_until <= dialer_now())
        and not exists (select 1 from attempts t where t.agent_id = g.id and t.agent_held)
    ) as dialable,
    (select extract(epoch from min(at) - dialer_now())::float8 * 1000 from (
      select due_at as at from contacts where state = 'pending'
      union all select unnest(array[cooling_until, paused_until, wrap_up_until]) from agents
        where disabled_at is null and exists (select 1 from contacts where state = 'pending')
      union all select next_poll_at from attempts where state = 'placed'
      union all select deadline_at from attempts where state <> 'settled'
      union all select agent_free_at from attempts where agent_held and state = 'unknown'
      union all select breaker_until from accounts
    ) moments where at > dialer_now()) as next_ms`;
