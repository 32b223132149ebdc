import type { Queryable } from '../db/pool.ts';

export interface DueLook {
  id: string;
  call_sid: string;
  elapsed_ms: number;
  late_ms: number;
  past_deadline: boolean;
  polls: number;
  campaign_id: number;
}

/** Calls whose time to be looked at has come, the latest first. */
export async function dueLooks(queryable: Queryable, accountId: number, most: number): Promise<DueLook[]> {
  const found = await queryable.query<DueLook>(
    `select id, call_sid, polls, campaign_id,
       extract(epoch from dialer_now() - placed_at)::float8 * 1000 as elapsed_ms,
       extract(epoch from dialer_now() - next_poll_at)::float8 * 1000 as late_ms,
       deadline_at <= dialer_now() as past_deadline
     from attempts
     where account_id = $1 and state = 'placed' and next_poll_at <= dialer_now()
     order by next_poll_at limit $2`,
    [accountId, most],
  );
  return found.rows;
}

/** The call goes on, or nothing could be learned: it is looked at again after `ms`. */
export async function lookAgainAfter(queryable: Queryable, id: string, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set polls = polls + 1, polled_at = dialer_now(), next_poll_at = dialer_now() + $2 * interval '1 ms'
     where id = $1 and state = 'placed'`,
    [id, ms],
  );
}

export async function countLook(queryable: Queryable, id: string): Promise<void> {
  await queryable.query('update attempts set polls = polls + 1, polled_at = dialer_now() where id = $1', [
    id,
  ]);
}

/** How long the latest calls of an account lasted, from placing to their end, in ms. */
export async function recentLengths(queryable: Queryable, accountId: number): Promise<number[]> {
  const found = await queryable.query<{ ms: number }>(
    `select extract(epoch from ended_at - placed_at)::float8 * 1000 as ms from attempts
     where account_id = $1 and state = 'settled' and call_sid is not null and placed_at is not null
       and outcome <> 'unknown' and ended_at > placed_at
     order by settled_at desc limit 200`,
    [accountId],
  );
  return found.rows.map((row) => row.ms);
}

/** Whether none of the latest calls that ended brought any callback. */
export async function latestWithoutCallback(
  queryable: Queryable,
  accountId: number,
  calls: number,
): Promise<boolean> {
  const found = await queryable.query<{ silent: boolean }>(
    `select first_callback_at is null as silent from attempts
     where account_id = $1 and state = 'settled' and call_sid is not null
     order by settled_at desc limit $2`,
    [accountId, calls],
  );
  return found.rows.length === calls && found.rows.every((row) => row.silent);
}

/** Brings every waiting look forward, when callbacks turn out not to come. */
export async function bringLooksForward(queryable: Queryable, accountId: number, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set next_poll_at = least(next_poll_at, placed_at + $2 * interval '1 ms')
     where account_id = $1 and state = 'placed'`,
    [accountId, ms],
  );
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

export async function callbacksMissing(queryable: Queryable, accountId: number): Promise<boolean> {
  const found = await queryable.query<{ missing: boolean }>(
    'select callbacks_missing_since is not null as missing from accounts where id = $1',
    [accountId],
  );
  return found.rows[0]?.missing ?? false;
}
