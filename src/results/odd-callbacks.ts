import type { Queryable } from '../db/pool.ts';

/** A callback that settled nothing though it should have: kept as it came, so that somebody can look into it. */
export interface OddCallback {
  id: number;
  account: string | null;
  state: 'unmatched' | 'contradicts' | 'malformed';
  receivedAt: Date;
  /** when its address was issued, which is when its call was placed */
  issuedAt: Date;
  attemptId: string;
  note: string | null;
  /** the beginning of the body, as text */
  body: string;
}

/** The callbacks that could not be matched, read, or believed, the newest first. */
export async function oddCallbacks(queryable: Queryable, most: number): Promise<OddCallback[]> {
  const found = await queryable.query<{
    id: number;
    account: string | null;
    state: OddCallback['state'];
    received_at: Date;
    issued_at: Date;
    attempt_id: string;
    note: string | null;
    body: Buffer;
  }>(
    `select c.id, a.name as account, c.state, c.received_at, c.issued_at, c.attempt_id, c.note,
       substring(c.body from 1 for 2000) as body
     from callbacks c left join accounts a on a.id = c.account_id
     where c.state in ('unmatched', 'contradicts', 'malformed')
     order by c.id desc limit $1`,
    [most],
  );
  return found.rows.map((row) => ({
    id: row.id,
    account: row.account,
    state: row.state,
    receivedAt: row.received_at,
    issuedAt: row.issued_at,
    attemptId: row.attempt_id,
    note: row.note,
    body: new TextDecoder().decode(row.body),
  }));
}
