import type { Queryable } from '../db/pool.ts';

/** An unknown attempt of Voice v1, open or closed, and what its call must look like. */
export interface DueSearch {
  id: string;
  /** who was called first, in E.164 */
  from: string;
  /** who was called second; null in a call to a flow */
  to: string | null;
  caller_id: string;
  /** when its request to place a call was about to be sent, by the real clock */
  sent_at: Date;
  claimed_at: Date;
}

/**
 * An attempt may be searched for this often: a minute after its claim, after two, four and eight, and for the last time
 * a minute before its deadline, when the longest call there can be is over and listed. What of this nobody was there to
 * do before the deadline is made up for within some hours after it.
 */
const mostSearches = 5;

export async function dueSearches(
  queryable: Queryable,
  accountId: number,
  most: number,
): Promise<DueSearch[]> {
  const found = await queryable.query<DueSearch>(
    `select t.id, case k.mode when 'flow' then t.number else g.contact_uri end as from,
       case k.mode when 'connect' then t.number end as to, t.caller_id, t.claimed_at,
       r.created_at as sent_at
     from (
       select * from attempts where account_id = $1 and state = 'unknown' and call_sid is null
       union all
       select * from attempts where account_id = $1 and outcome = 'unknown' and call_sid is null
         and settled_at > dialer_now() - interval '6 hours'
     ) t join campaigns k on k.id = t.campaign_id join requests r on r.attempt_id = t.id and r.kind = 'place'
     left join agents g on g.id = t.agent_id
     where t.searches < $3
       and (k.mode = 'flow' or (k.mode = 'connect' and g.contact_uri is not null))
       and coalesce(t.next_search_at, t.claimed_at + interval '1 min') <= dialer_now()
     order by t.claimed_at limit $2`,
    [accountId, most, mostSearches],
  );
  return found.rows;
}

/** A search was answered; sets the time of the next one. */
export async function countSearch(queryable: Queryable, id: string): Promise<void> {
  await queryable.query(
    `update attempts set searches = searches + 1,
       next_search_at = greatest(dialer_now() + interval '1 min',
         least(deadline_at - interval '1 min',
           case when searches + 2 < $2 then claimed_at + interval '1 min' * 2 ^ (searches + 1) else 'infinity' end))
     where id = $1`,
    [id, mostSearches],
  );
}

export async function searchAgainAfter(queryable: Queryable, id: string, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set next_search_at = dialer_now() + $2 * interval '1 ms' where id = $1`,
    [id, ms],
  );
}

/** Which of these SIDs are those of attempts. */
export async function sidsOfAttempts(
  queryable: Queryable,
  accountId: number,
  sids: readonly string[],
): Promise<Set<string>> {
  const found = await queryable.query<{ call_sid: string }>(
    'select call_sid from attempts where account_id = $1 and call_sid = any($2::text[])',
    [accountId, sids],
  );
  return new Set(found.rows.map((row) => row.call_sid));
}
