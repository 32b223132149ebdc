import type { Queryable } from '../db/pool.ts';

/**
 * `calls`: v1's list of calls, looked up by SIDs or searched; `active`: v3's list of calls under way; `recordings`: looks
 * after the end for what came late; `lengths`: the same where the length of calls to a flow is missing, whatever else;
 * `numbers`: metadata of a number; `devices`: a user's devices.
 */
export type RequestKind =
  'place' | 'details' | 'users' | 'calls' | 'active' | 'numbers' | 'devices' | 'recordings' | 'lengths';
export type RequestResult = 'ok' | 'refused' | 'throttled' | 'unsent' | 'unknown' | 'failed';

/** Writes a request before it is sent. Placing requests are written with their attempt, in the claim. */
export async function insertRequest(
  queryable: Queryable,
  request: { accountId: number; epoch: number; kind: RequestKind; attemptId?: string },
): Promise<number> {
  const inserted = await queryable.query<{ id: number }>(
    'insert into requests (account_id, epoch, kind, attempt_id) values ($1, $2, $3, $4) returning id',
    [request.accountId, request.epoch, request.kind, request.attemptId ?? null],
  );
  const row = inserted.rows[0];
  if (row === undefined) throw new Error('the request was not written');
  return row.id;
}

/** Writes that an attempt's request never left, also where a takeover has closed it as abandoned meanwhile. */
export async function closeUnsentPlacing(queryable: Queryable, attemptId: string): Promise<void> {
  await queryable.query(
    `update requests set answered_at = coalesce(answered_at, clock_timestamp()), result = 'unsent'
     where attempt_id = $1 and kind = 'place' and coalesce(result, 'abandoned') = 'abandoned'`,
    [attemptId],
  );
}

/** Writes what came of a request. A takeover may have closed it as abandoned meanwhile; its true end replaces that. */
export async function closeRequest(
  queryable: Queryable,
  id: number,
  result: RequestResult,
  httpStatus: number | null = null,
  errorCode: string | null = null,
): Promise<void> {
  await queryable.query(
    `update requests set answered_at = greatest(answered_at, clock_timestamp()), result = $2, http_status = $3, error_code = $4
     where id = $1`,
    [id, result, httpStatus, errorCode],
  );
}
