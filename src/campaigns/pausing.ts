import type { Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';

/**
 * Locks an account's row before a rule of it or of its campaigns is tightened. Every claim holds this row FOR SHARE
 * until it commits, so once this returns no claim that read the old rule can commit any more.
 */
export async function lockAccount(
  transaction: Transaction,
  of: { accountId: number } | { campaignId: number } | { attemptId: string },
): Promise<void> {
  if ('accountId' in of) {
    await transaction.query('select 1 from accounts where id = $1 for update', [of.accountId]);
  } else if ('campaignId' in of) {
    await transaction.query(
      'select 1 from accounts where id = (select account_id from campaigns where id = $1) for update',
      [of.campaignId],
    );
  } else {
    await transaction.query(
      'select 1 from accounts where id = (select account_id from attempts where id = $1) for update',
      [of.attemptId],
    );
  }
}

/** Stops placing for a whole account. The caller holds the account's row. */
export async function pauseAccount(
  queryable: Queryable,
  accountId: number,
  actor: string,
  why: { code: string; sentence: string },
): Promise<void> {
  const paused = await queryable.query(
    `update accounts set paused_at = dialer_now(), paused_by = $2, paused_code = $3, paused_reason = $4
     where id = $1 and paused_at is null`,
    [accountId, actor, why.code, why.sentence],
  );
  if (paused.rowCount === 0) return;
  await recordTrail(queryable, { actor, what: 'account_paused', accountId, next: why });
}

/** Stops placing for a campaign that is not over. The caller holds the account's row. */
export async function pauseCampaign(
  queryable: Queryable,
  campaignId: number,
  actor: string,
  why: { code: string; sentence: string },
): Promise<boolean> {
  const paused = await queryable.query(
    `update campaigns set status = 'paused', paused_by = $2, paused_code = $3, paused_reason = $4
     where id = $1 and status in ('scheduled', 'running')`,
    [campaignId, actor, why.code, why.sentence],
  );
  if (paused.rowCount === 0) return false;
  await recordTrail(queryable, { actor, what: 'campaign_paused', campaignId, next: why });
  return true;
}
