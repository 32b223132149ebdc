import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../load/until.ts';
import { calleesFree, numbersDue } from './due-work.ts';
import type { Profile } from './profile.ts';
import type { Stage } from './stage.ts';

interface Standing {
  campaigns: number;
  live: number;
  placing: number;
  callbacks: number;
  looks: number;
  searches: number;
  sweeps: number;
  late: number;
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
    if (now.campaigns === 0 && now.live === 0 && now.late === 0) break;
    if (performance.now() > deadline) return `no end within ${profile.drainLimitMs / 1000} s: ${shown(now)}`;
    const atWork = now.placing + now.callbacks + now.looks + now.searches + now.sweeps > 0 || now.dialable;
    if (!atWork && now.next_ms !== null && callsAreOver(stage)) {
      await stage.clock.moveBy(now.next_ms + stepMarginMs);
    }
    await delay(100, undefined, { signal });
  }
  await lateCallbacksAreOver(stage);
  return null;
}

/** No call is alive, and what the provider fills in afterwards is there. */
function callsAreOver({ sandbox, lastSettledAt }: Stage): boolean {
  const { calls } = sandbox.truth();
  const { speed, v1 } = sandbox.settings.current;
  const filledInMs = calls.some(({ api }) => api === 'v1') ? v1.detailsAfter / speed : 0;
  return (
    calls.every(({ settledAt }) => settledAt !== null) &&
    Date.now() - lastSettledAt() > settledForMs + filledInMs
  );
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

/**
 * A look counts as work from the moment at which it must have been taken: looks at v1's list wait for each other, and so
 * do late ones. A search that found nothing may be the last one of its attempt, and is waited for for some seconds.
 */
const standingSql = `
  with live as (
    select t.*, k.mode from attempts t join campaigns k on k.id = t.campaign_id where t.state <> 'settled'
  ), looks as (
    select next_poll_at
      + case when mode = 'agents' or over_at is not null then interval '0' else interval '27 s' end as at
    from live where state = 'placed'
    union all select next_late_look_at + interval '21 s' from attempts where next_late_look_at is not null
    union all select next_closed_look_at from attempts where next_closed_look_at is not null
  ), searches as (
    select coalesce(next_search_at, claimed_at + interval '1 min') as at
    from live where state = 'unknown' and mode <> 'agents'
  )
  select
    (select count(*)::int from campaigns where status not in ('completed', 'canceled')) as campaigns,
    (select count(*)::int from live) as live,
    (select count(*)::int from live where state = 'placing') as placing,
    (select count(*)::int from callbacks where state = 'received') as callbacks,
    (select count(*)::int from looks where at <= dialer_now()) as looks,
    (select count(*)::int from searches
     where at <= dialer_now() and at > dialer_now() - interval '5 s') as searches,
    (select count(*)::int from attempts
     where next_late_look_at is not null or next_closed_look_at is not null) as late,
    (select count(*)::int from live where state = 'unknown'
       and (deadline_at <= dialer_now() or agent_held and agent_free_at <= dialer_now())) as sweeps,
    not exists (select 1 from accounts where breaker_until > dialer_now()) and ${numbersDue} > 0
      and ${calleesFree} > 0 as dialable,
    (select extract(epoch from min(at) - dialer_now())::float8 * 1000 from (
      select due_at as at from contacts where state = 'pending'
      union all select unnest(array[cooling_until, paused_until, wrap_up_until]) from agents
        where disabled_at is null and exists (select 1 from contacts where state = 'pending')
      union all select at from looks
      union all select at from searches
      union all select deadline_at from live
      union all select agent_free_at from live where agent_held and state = 'unknown'
      union all select breaker_until from accounts
    ) moments where at > dialer_now()) as next_ms`;
