import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { UserError } from '../errors.ts';
import { describeInstant } from './describe-schedule.ts';
import { lockAccount, pauseCampaign } from './pausing.ts';
import type { CampaignDefinition } from './campaign-definition.ts';

export type CampaignStatus = 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'canceled';

interface CampaignRow {
  id: number;
  account_id: number;
  name: string;
  status: CampaignStatus;
  starts_at: Date | null;
  definition: CampaignDefinition;
  now: Date;
}

/**
 * Starts a draft: at its start time where the file names one, otherwise now. Its owner sees to the rest.
 * @throws UserError when there is no such campaign or it is past starting
 */
export async function startCampaign(database: Database, name: string, actor: string): Promise<void> {
  await changing(database, name, async (transaction, campaign) => {
    if (campaign.status === 'running') return;
    if (campaign.status === 'scheduled') {
      const at = campaign.starts_at ?? campaign.now;
      if (at <= campaign.now) return;
      const when = describeInstant(at, campaign.definition.schedule.timezone);
      throw new UserError(`campaign ${name} is scheduled and starts by itself on ${when}`);
    }
    if (campaign.status === 'paused') {
      throw new UserError(`campaign ${name} is paused: go on with \`dialer campaign resume ${name}\``);
    }
    if (campaign.status !== 'draft')
      throw new UserError(`campaign ${name} is ${campaign.status} and cannot start again`);
    await schedule(transaction, campaign.id, actor);
  });
}

/** Puts a draft on the schedule; a campaign without a start time starts as soon as its owner sees it. */
export async function schedule(queryable: Queryable, campaignId: number, actor: string): Promise<void> {
  await queryable.query(
    `update campaigns set status = 'scheduled', starts_at = coalesce(starts_at, dialer_now())
     where id = $1 and status = 'draft'`,
    [campaignId],
  );
  await recordTrail(queryable, { actor, what: 'campaign_scheduled', campaignId });
}

/** Nothing is claimed for the campaign after this returned. Calls under way go on. */
export async function pauseByPerson(database: Database, name: string, actor: string): Promise<void> {
  await changing(database, name, async (transaction, campaign) => {
    if (campaign.status === 'paused') return;
    const paused = await pauseCampaign(transaction, campaign.id, actor, {
      code: 'by_person',
      sentence: `paused by ${actor}: go on with \`dialer campaign resume ${name}\``,
    });
    if (!paused) throw new UserError(`campaign ${name} is ${campaign.status}, there is nothing to pause`);
  });
}

/**
 * Goes on after a pause, of the campaign or of its whole account.
 * @param changed the campaign's file as it reads now, when it was mended; its lists are not loaded again
 */
export async function resumeCampaign(
  database: Database,
  name: string,
  actor: string,
  changed?: CampaignDefinition,
): Promise<void> {
  await changing(database, name, async (transaction, campaign) => {
    if (changed !== undefined) await changeDefinition(transaction, campaign, changed, actor);
    const account = await transaction.query<{ paused_code: string }>(
      `update accounts set paused_at = null, paused_by = null, paused_code = null, paused_reason = null,
         breaker_until = null, breaker_reason = null, breaker_openings = 0, confirmed_at = clock_timestamp(),
         confirmed_request_id = coalesce((select max(id) from requests r where r.account_id = accounts.id), 0)
       where id = $1 and paused_at is not null returning 1`,
      [campaign.account_id],
    );
    const resumed = await transaction.query(
      `update campaigns set status = case when started_at is null then 'scheduled' else 'running' end,
         paused_by = null, paused_code = null, paused_reason = null
       where id = $1 and status = 'paused'`,
      [campaign.id],
    );
    if (resumed.rowCount === 0 && account.rowCount === 0) {
      throw new UserError(`campaign ${name} is ${campaign.status}, there is nothing to resume`);
    }
    if (account.rowCount === 1) {
      await recordTrail(transaction, { actor, what: 'account_resumed', accountId: campaign.account_id });
    }
    if (resumed.rowCount === 1)
      await recordTrail(transaction, { actor, what: 'campaign_resumed', campaignId: campaign.id });
  });
}

async function changeDefinition(
  transaction: Transaction,
  campaign: CampaignRow,
  changed: CampaignDefinition,
  actor: string,
): Promise<void> {
  const { id, definition } = campaign;
  if (
    changed.name !== definition.name ||
    changed.mode !== definition.mode ||
    changed.account !== definition.account
  ) {
    throw new UserError(
      `the file is of campaign ${changed.name}, not ${definition.name}: name, mode and account of a campaign stay as they are`,
      { exitCode: 2 },
    );
  }
  await transaction.query('update campaigns set definition = $2, ends_at = $3 where id = $1', [
    id,
    JSON.stringify(changed),
    changed.schedule.end,
  ]);
  await recordTrail(transaction, {
    actor,
    what: 'campaign_changed',
    campaignId: id,
    previous: definition,
    next: changed,
  });
}

/** Ends a campaign for good: what waits is canceled, calls under way end as they do. */
export async function cancelCampaign(database: Database, name: string, actor: string): Promise<void> {
  await changing(database, name, async (transaction, campaign) => {
    if (campaign.status === 'canceled') return;
    if (campaign.status === 'completed')
      throw new UserError(`campaign ${name} is completed, there is nothing to cancel`);
    await transaction.query(
      `update campaigns set status = 'canceled', ended_at = dialer_now(), paused_by = null, paused_code = null,
         paused_reason = null
       where id = $1`,
      [campaign.id],
    );
    await transaction.query(
      `update contacts set state = 'canceled' where campaign_id = $1 and state = 'pending'`,
      [campaign.id],
    );
    await recordTrail(transaction, {
      actor,
      what: 'campaign_canceled',
      campaignId: campaign.id,
      previous: { status: campaign.status },
    });
  });
}

/** Every command that tightens or loosens a rule goes through here: the account's row first, then the campaign's. */
async function changing(
  database: Database,
  name: string,
  change: (transaction: Transaction, campaign: CampaignRow) => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const found = await transaction.query<{ id: number }>('select id from campaigns where name = $1', [name]);
    const id = found.rows[0]?.id;
    if (id === undefined) {
      throw new UserError(`there is no campaign ${name}: \`dialer campaign list\` shows those there are`);
    }
    await lockAccount(transaction, { campaignId: id });
    const locked = await transaction.query<CampaignRow>(
      `select id, account_id, name, status, starts_at, definition, dialer_now() as now
       from campaigns where id = $1 for no key update`,
      [id],
    );
    const campaign = locked.rows[0];
    if (campaign === undefined) return;
    await change(transaction, campaign);
    await wakeOwner(transaction, campaign.account_id);
  });
}
