import type { CampaignMode } from '../campaigns/campaign-mode.ts';
import type { Queryable } from '../db/pool.ts';

export interface DueLook {
  id: string;
  call_sid: string;
  mode: CampaignMode;
  /** known to be over; only its legs are missing */
  over: boolean;
  /** looks at the call, when it was over, that told none */
  looks_without_legs: number;
  elapsed_ms: number;
  late_ms: number;
  past_deadline: boolean;
  /** its attempt closed as unknown: what the call came to is told late */
  closed: boolean;
  /** whether a callback has come of it */
  heard: boolean;
  /** looks so far; of a closed one those since */
  polls: number;
  campaign_id: number;
}

const dueLook = `${looked('t.polls', 't.next_poll_at')}, false as closed`;
const closedLook = `${looked('t.closed_looks', 't.next_closed_look_at')}, true as closed`;

function looked(looks: string, nextAt: string): string {
  return `t.id, t.call_sid, ${looks} as polls, t.campaign_id, k.mode, t.over_at is not null as over,
  t.first_callback_at is not null as heard, t.looks_without_legs,
  extract(epoch from dialer_now() - coalesce(t.placed_at, t.claimed_at))::float8 * 1000 as elapsed_ms,
  extract(epoch from dialer_now() - ${nextAt})::float8 * 1000 as late_ms,
  t.deadline_at <= dialer_now() as past_deadline`;
}

/** Calls of v1 are looked up by its list, until one is over and only its legs are missing, or is past its deadline. */
const byList = `k.mode <> 'agents' and t.over_at is null and t.deadline_at > dialer_now()`;

/**
 * Calls whose time for a look of their own has come, the latest first; those whose attempt is closed come after all others.
 * @param all those, too, that are looked up by the list
 */
export async function dueLooks(
  queryable: Queryable,
  accountId: number,
  most: number,
  all: boolean,
): Promise<DueLook[]> {
  const found = await queryable.query<DueLook>(
    `(select ${dueLook} from attempts t join campaigns k on k.id = t.campaign_id
      where t.account_id = $1 and t.state = 'placed' and t.next_poll_at <= dialer_now() and ($3 or not (${byList}))
      order by t.next_poll_at limit $2)
     union all
     (select ${closedLook} from attempts t join campaigns k on k.id = t.campaign_id
      where t.account_id = $1 and t.next_closed_look_at <= dialer_now() and t.call_sid is not null
      order by t.next_closed_look_at limit $2)
     order by closed, late_ms desc limit $2`,
    [accountId, most, all],
  );
  return found.rows;
}

/** A call that is looked up by the list; `late_ms` is less than nothing before its time. */
export interface ListedLook extends DueLook {
  /** the dialer's clock, in ms since 1970 */
  now_ms: number;
}

/** All calls under way that are looked up by the list, the one that waited longest first. */
export async function callsByList(queryable: Queryable, accountId: number): Promise<ListedLook[]> {
  const found = await queryable.query<ListedLook>(
    `select ${dueLook}, extract(epoch from dialer_now())::float8 * 1000 as now_ms
     from attempts t join campaigns k on k.id = t.campaign_id
     where t.account_id = $1 and t.state = 'placed' and t.next_poll_at is not null and ${byList}
     order by t.next_poll_at`,
    [accountId],
  );
  return found.rows;
}

/** The calls go on: each is looked at again after its time. */
export async function lookAgainAfterEach(
  queryable: Queryable,
  looks: readonly { id: string; ms: number }[],
): Promise<void> {
  await queryable.query(
    `update attempts set polls = polls + 1, polled_at = dialer_now(), next_poll_at = dialer_now() + again.ms * interval '1 ms'
     from unnest($1::uuid[], $2::float8[]) as again(id, ms)
     where attempts.id = again.id and attempts.state = 'placed' and attempts.over_at is null`,
    [looks.map(({ id }) => id), looks.map(({ ms }) => ms)],
  );
}

/** The call is over and no legs were told: they are asked for again after `ms`. */
export async function askForLegsAfter(queryable: Queryable, id: string, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set looks_without_legs = looks_without_legs + 1, next_poll_at = dialer_now() + $2 * interval '1 ms'
     where id = $1 and state = 'placed'`,
    [id, ms],
  );
}

/** The call goes on, or nothing could be learned: it is looked at again after `ms`. */
export async function lookAgainAfter(queryable: Queryable, id: string, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set polls = polls + 1, polled_at = dialer_now(), next_poll_at = dialer_now() + $2 * interval '1 ms'
     where id = $1 and state = 'placed'`,
    [id, ms],
  );
}

/** Looks at a call whose attempt closed as unknown: at once or after a minute, then at doubling gaps, for 17 hours. */
const mostClosedLooks = 11;

/** Still nothing tells what became of a call whose attempt closed as unknown: it is looked at again, a few times more. */
export async function lookAgainAfterClose(queryable: Queryable, id: string): Promise<void> {
  await queryable.query(
    `update attempts set polls = polls + 1, polled_at = dialer_now(), closed_looks = closed_looks + 1,
       next_closed_look_at = case when closed_looks + 1 < $2 then dialer_now() + interval '1 min' * 2 ^ closed_looks end
     where id = $1 and outcome = 'unknown'`,
    [id, mostClosedLooks],
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

/** A look that is due is put off: a callback is likelier to tell. */
export async function putOffLook(queryable: Queryable, id: string, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set next_poll_at = dialer_now() + $2 * interval '1 ms' where id = $1 and state = 'placed'`,
    [id, ms],
  );
}

/** Brings every waiting look forward, when callbacks turn out not to come, or not in time. */
export async function bringLooksForward(queryable: Queryable, accountId: number, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set next_poll_at = least(next_poll_at, coalesce(polled_at, placed_at) + $2 * interval '1 ms')
     where account_id = $1 and state = 'placed'`,
    [accountId, ms],
  );
}
