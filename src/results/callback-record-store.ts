import type { Queryable } from '../db/pool.ts';
import { nothingHeard } from './callback-record.ts';
import type { CallbackRecord } from './callback-record.ts';

/** By what a look tells, or an event: the agent has answered, which is an event we ask for. */
const agentHasAnswered = `k.mode = 'agents' and t.agent_leg_status in ('in-progress', 'completed')`;

/** Calls of which a callback has come lately, so that others without one are only missed. */
const heardOfLately = `
  select 1 from attempts where account_id = $1 and state = 'placed' and first_callback_at is not null
  union all
  select 1 from attempts
  where account_id = $1 and state = 'settled' and settled_at > dialer_now() - interval '1 minute'
    and first_callback_at > dialer_now() - interval '1 minute'`;

/**
 * Whether none of the latest calls that should have brought a callback did: calls that ended, and calls under way of mode
 * agents whose agent has answered. Not so while others brought one: a list of ended calls tells of nothing but those
 * that were missed, all at once.
 */
export async function latestWithoutCallback(
  queryable: Queryable,
  accountId: number,
  calls: number,
): Promise<boolean> {
  const found = await queryable.query<{ silent: boolean }>(
    `select first_callback_at is null as silent from (
       (select t.first_callback_at, t.settled_at as at from attempts t
        where t.account_id = $1 and t.state = 'settled' and t.call_sid is not null
        order by t.settled_at desc limit $2)
       union all
       (select t.first_callback_at, t.polled_at as at from attempts t join campaigns k on k.id = t.campaign_id
        where t.account_id = $1 and t.state = 'placed' and t.polled_at is not null and ${agentHasAnswered}
        order by t.polled_at desc limit $2)) latest
     where not exists (${heardOfLately})
     order by at desc limit $2`,
    [accountId, calls],
  );
  return found.rows.length === calls && found.rows.every((row) => row.silent);
}

/**
 * The latest calls by which callbacks are judged, and all of the last minutes where those are more: calls that were missed
 * are told by a list of many at once, and between two lists the latest forty would be those that were not.
 */
const callsJudged = 40;
const judgedFor = '2 minutes';
const mostJudged = 1000;
/** After so long a look would have told of the end of a call that brought no callback, so the calls do not say too well of callbacks. */
const lookedAtAfter = '46 s';
/** A look that tells this long after the end, or a callback, was the first to tell because callbacks are missed or late. */
const missedAfter = '5 s';
const lateAfter = '20 s';

/**
 * What callbacks told of the latest calls: of those that ended, and, where events tell that agents have answered, of those
 * under way of mode agents whose agent has.
 */
export async function callbackRecord(queryable: Queryable, accountId: number): Promise<CallbackRecord> {
  const found = await queryable.query<CallbackRecord>(
    `with live as (
       select t.first_callback_at is not null as heard, ${agentHasAnswered} as answered
       from attempts t join campaigns k on k.id = t.campaign_id
       where t.account_id = $1 and t.state in ('placing', 'placed', 'unknown')),
     ended as (
       select settled_at, coalesce(over_at, settled_at) - ended_at > case settled_by when 'poll' then $2::interval else $3::interval end as missed
       from attempts
       where account_id = $1 and state = 'settled' and call_sid is not null and settled_by in ('callback', 'poll')
         and placed_at < dialer_now() - $4::interval
       order by settled_at desc limit $5),
     judged as (
       select missed, settled_at > dialer_now() - $6::interval or row_number() over (order by settled_at desc) <= $7 as counts
       from ended where missed is not null),
     told as (
       select missed, true as ended from judged where counts
       union all
       select not heard, false from live where answered and exists (select 1 from live where answered and heard))
     select count(*)::int as calls, count(*) filter (where ended)::int as ended, count(*) filter (where missed)::int as missed,
       exists (${heardOfLately}) or exists (
         select 1 from (
           select first_callback_at from attempts where account_id = $1 and state = 'settled' and call_sid is not null
           order by settled_at desc limit 5) latest
         where first_callback_at is not null) as come
     from told`,
    [accountId, missedAfter, lateAfter, lookedAtAfter, mostJudged, judgedFor, callsJudged],
  );
  return found.rows[0] ?? nothingHeard;
}

export async function setCallbacksMissing(
  queryable: Queryable,
  accountId: number,
  missing: boolean,
): Promise<void> {
  await queryable.query(
    `update accounts set callbacks_missing_since = case when $2 then coalesce(callbacks_missing_since, dialer_now()) end
     where id = $1 and (callbacks_missing_since is null) = $2`,
    [accountId, missing],
  );
}

/** Keeps for people whether so many callbacks are late or lost that looks tell of ends instead. */
export async function setCallbacksPoor(
  queryable: Queryable,
  accountId: number,
  poor: boolean,
): Promise<void> {
  await queryable.query(
    `update accounts set callbacks_poor_since = case when $2 then coalesce(callbacks_poor_since, dialer_now()) end
     where id = $1 and (callbacks_poor_since is null) = $2`,
    [accountId, poor],
  );
}

export async function callbacksMissing(queryable: Queryable, accountId: number): Promise<boolean> {
  const found = await queryable.query<{ missing: boolean }>(
    'select callbacks_missing_since is not null as missing from accounts where id = $1',
    [accountId],
  );
  return found.rows[0]?.missing ?? false;
}
