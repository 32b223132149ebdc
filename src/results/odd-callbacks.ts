import type { Queryable } from '../db/pool.ts';

/** A callback that settled nothing though it should have: kept as it came, so that somebody can look into it. */
export interface OddCallback {
  id: number;
  account: string | null;
  /** `call`: a callback of a call of ours. The others are applets of a flow, by the address that they called. */
  source: 'call' | 'passthru' | 'opt_out' | 'agent_event';
  state: 'unmatched' | 'contradicts' | 'malformed';
  receivedAt: Date;
  /** when its address was issued, which is when its call was placed; null for an applet's, which stands for all calls */
  issuedAt: Date | null;
  attemptId: string | null;
  note: string | null;
  /** the beginning of the body, as text; of an applet that sent none its query */
  body: string;
}

/** The callbacks that could not be matched, read, or believed, the newest first. */
export async function oddCallbacks(queryable: Queryable, most: number): Promise<OddCallback[]> {
  const found = await queryable.query<Omit<OddCallback, 'body'> & { body: Buffer; query: string | null }>(
    `select odd.*, a.name as account from (
       (select id, account_id, 'call' as source, state, received_at as "receivedAt", issued_at as "issuedAt",
          attempt_id as "attemptId", note, query, substring(body from 1 for 2000) as body
        from callbacks where state in ('unmatched', 'contradicts', 'malformed') order by id desc limit $1)
       union all
       (select id, account_id, purpose, state, received_at, null, null, note, left(query, 2000),
          substring(body from 1 for 2000)
        from incoming_calls where state = 'malformed' order by id desc limit $1)
     ) odd left join accounts a on a.id = odd.account_id
     order by odd."receivedAt" desc, odd.id desc limit $1`,
    [most],
  );
  return found.rows.map(({ id, account, source, state, receivedAt, issuedAt, attemptId, note, ...row }) => ({
    id,
    account,
    source,
    state,
    receivedAt,
    issuedAt,
    attemptId,
    note,
    body: source === 'call' || row.body.length > 0 ? new TextDecoder().decode(row.body) : (row.query ?? ''),
  }));
}
