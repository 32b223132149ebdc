import type { Queryable } from '../db/pool.ts';

export interface CallUnderWay {
  id: string;
  call_sid: string;
  /** less than nothing before the time for its look */
  late_ms: number;
}

/** Calls of mode agents that are not known to be over. */
export async function agentCallsUnderWay(queryable: Queryable, accountId: number): Promise<CallUnderWay[]> {
  const found = await queryable.query<CallUnderWay>(
    `select t.id, t.call_sid, extract(epoch from dialer_now() - t.next_poll_at)::float8 * 1000 as late_ms
     from attempts t join campaigns k on k.id = t.campaign_id
     where t.account_id = $1 and t.state = 'placed' and t.call_sid is not null and t.next_poll_at is not null
       and t.over_at is null and k.mode = 'agents'`,
    [accountId],
  );
  return found.rows;
}

/** They have vanished from the list of calls under way: a look of their own is due now. */
export async function lookAtThemNow(queryable: Queryable, ids: readonly string[]): Promise<void> {
  await queryable.query(
    `update attempts set next_poll_at = least(next_poll_at, dialer_now()) where id = any($1::uuid[]) and state = 'placed'`,
    [ids],
  );
}
