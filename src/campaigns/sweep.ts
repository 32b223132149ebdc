import type { Database } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import type { CampaignMode } from './campaign-mode.ts';
import { lockAccount } from './pausing.ts';

/** Campaigns whose start has come and whose list is loaded. */
export async function campaignsToStart(
  database: Database,
  accountId: number,
): Promise<{ id: number; mode: CampaignMode }[]> {
  const found = await database.query<{ id: number; mode: CampaignMode }>(
    `select id, mode from campaigns k
     where account_id = $1 and status = 'scheduled' and starts_at <= dialer_now() and coalesce(ends_at > dialer_now(), true)
       and not exists (select 1 from imports i where i.campaign_id = k.id and i.state = 'open')`,
    [accountId],
  );
  return found.rows;
}

export async function startCampaigns(database: Database, ids: readonly number[]): Promise<void> {
  await database.transaction(async (transaction) => {
    const started = await transaction.query<{ id: number }>(
      `update campaigns set status = 'running', started_at = coalesce(started_at, dialer_now())
       where id = any($1::bigint[]) and status = 'scheduled' returning id`,
      [ids],
    );
    for (const { id } of started.rows) {
      await recordTrail(transaction, { actor: 'dialer', what: 'campaign_started', campaignId: id });
    }
  });
}

/** Past the end nothing is dialled any more: what still waits is expired, in one statement a campaign. */
export async function expireEnded(database: Database, accountId: number): Promise<void> {
  const ended = await database.query<{ id: number }>(
    `select id from campaigns k
     where account_id = $1 and status in ('scheduled', 'running', 'paused') and ends_at <= dialer_now()
       and exists (select 1 from contacts c where c.campaign_id = k.id and c.state = 'pending')
       and not exists (select 1 from imports i where i.campaign_id = k.id and i.state = 'open')`,
    [accountId],
  );
  for (const { id } of ended.rows) {
    await database.transaction(async (transaction) => {
      await lockAccount(transaction, { accountId });
      const expired = await transaction.query(
        `update contacts set state = 'expired' where campaign_id = $1 and state = 'pending'`,
        [id],
      );
      await recordTrail(transaction, {
        actor: 'dialer',
        what: 'contacts_expired',
        campaignId: id,
        next: { contacts: expired.rowCount },
      });
    });
  }
}

/**
 * A campaign is completed when no contact waits or is being dialled and no list is being loaded. Decided again under
 * the account's lock: a list added or a contact released by a transaction that is not committed yet cannot be seen
 * without it, and a completed campaign calls nobody any more. And under the campaign's own, in a statement after the one
 * that waited for it: a call whose end puts its contact back into the line holds that.
 */
export async function completeDone(database: Database, accountId: number): Promise<number> {
  const any = await database.query(`select 1 from campaigns k where ${nothingLeft} limit 1`, [accountId]);
  if (any.rowCount === 0) return 0;
  return await database.transaction(async (transaction) => {
    await lockAccount(transaction, { accountId });
    const candidates = await transaction.query<{ id: number }>(
      `select id from campaigns k where ${nothingLeft} order by id for no key update`,
      [accountId],
    );
    const done = await transaction.query<{ id: number }>(
      `update campaigns k set status = 'completed', ended_at = dialer_now(), started_at = coalesce(started_at, dialer_now()),
         paused_by = null, paused_code = null, paused_reason = null
       where id = any($2::bigint[]) and ${nothingLeft} returning id`,
      [accountId, candidates.rows.map(({ id }) => id)],
    );
    for (const { id } of done.rows) {
      await recordTrail(transaction, { actor: 'dialer', what: 'campaign_completed', campaignId: id });
    }
    return done.rows.length;
  });
}

const nothingLeft = `account_id = $1
  and (status in ('running', 'paused') or (status = 'scheduled' and ends_at <= dialer_now()))
  and not exists (select 1 from contacts c where c.campaign_id = k.id and c.state = 'pending')
  and not exists (select 1 from contacts c where c.campaign_id = k.id and c.state = 'dialing')
  and not exists (select 1 from imports i where i.campaign_id = k.id and i.state = 'open')`;
