import type { Queryable, Transaction } from '../db/pool.ts';
import type { IncomingAddress, IncomingPurpose } from './incoming-address.ts';
import type { GivenRequest, IncomingCall } from './incoming-call.ts';

/** What came to one of our addresses for applets. */
export interface IncomingRow {
  id: number;
  account_id: number;
  purpose: IncomingPurpose;
  content_type: string | null;
  query: string;
  body: Buffer;
}

/**
 * Stores what came, as it came.
 * @returns its row; that of the first time where the same was told before
 */
export async function storeIncoming(
  queryable: Queryable,
  { accountId, purpose }: IncomingAddress,
  request: GivenRequest,
  call: IncomingCall,
): Promise<number | null> {
  const stored = await queryable.query<{ id: number }>(
    `insert into incoming_calls
       (account_id, purpose, content_type, query, body, call_sid, direction, from_given, to_given, digits)
     select id, $2, $3, $4, $5, $6, $7, $8, $9, $10 from accounts where id = $1
     on conflict do nothing returning id`,
    [
      accountId,
      purpose,
      request.contentType,
      JSON.stringify(request.query),
      request.body,
      call.callSid,
      call.givenDirection,
      call.from,
      call.to,
      call.digits,
    ],
  );
  if (stored.rows[0] !== undefined) return stored.rows[0].id;
  const before = await queryable.query<{ id: number }>(
    `select id from incoming_calls
     where account_id = $1 and purpose = $2 and call_sid = $3 and coalesce(digits, '') = coalesce($4, '')`,
    [accountId, purpose, call.callSid, call.digits],
  );
  return before.rows[0]?.id ?? null;
}

/** Holds a row that nobody has acted on yet; null once somebody has. */
export async function lockWaitingRow(transaction: Transaction, id: number): Promise<IncomingRow | null> {
  const found = await transaction.query<IncomingRow>(
    `select id, account_id, purpose, content_type, query, body from incoming_calls
     where id = $1 and state = 'received' for update`,
    [id],
  );
  return found.rows[0] ?? null;
}

/** Rows that whoever received them has not acted on within the time it takes, the oldest first. */
export async function forgottenRows(queryable: Queryable, most: number): Promise<number[]> {
  const found = await queryable.query<{ id: number }>(
    `select id from incoming_calls where state = 'received' and received_at < dialer_now() - interval '3 s'
     order by id limit $1`,
    [most],
  );
  return found.rows.map((row) => row.id);
}

export interface IncomingEnd {
  state: 'done' | 'malformed';
  /** what was done or what is wrong; without the number, which has its own column */
  note: string;
  number?: string | null;
  agentId?: number;
  campaignId?: number;
}

/** Says what came of a row. The first to say so is right. */
export async function markIncoming(queryable: Queryable, id: number, end: IncomingEnd): Promise<void> {
  await queryable.query(
    `update incoming_calls set state = $2, note = $3, number = $4, agent_id = $5, campaign_id = $6,
       processed_at = dialer_now()
     where id = $1 and state = 'received'`,
    [id, end.state, end.note, end.number ?? null, end.agentId ?? null, end.campaignId ?? null],
  );
}
