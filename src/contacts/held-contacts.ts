import { lockAccount } from '../campaigns/pausing.ts';
import type { CampaignStatus } from '../campaigns/lifecycle.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { UserError } from '../errors.ts';
import { numberToDial } from './number-to-dial.ts';

/** A contact that waits for a person's decision, as `dialer contacts held --json` prints it. Times are in UTC. */
export interface HeldContact {
  number: string;
  name: string | null;
  /** the list it came from, and its row there */
  list: string;
  row: number;
  code: string;
  /** why it is held, in words */
  reason: string;
  lastAttempt: {
    id: string;
    attemptNumber: number;
    number: string;
    at: Date;
    agent: string | null;
    outcome: string | null;
    callSid: string | null;
    providerStatus: string | null;
    errorCode: string | null;
    errorText: string | null;
  } | null;
}

const reasons: Readonly<Record<string, string>> = {
  unknown:
    'may have been called: neither the answer to the request nor a callback told what came of it, and it is not called again by itself',
  agent_faults:
    'several agents in a row did not take its call, time after time: look at the agents before it is called again',
  scrub_unavailable:
    'Exotel cannot tell whether its number is on the do-not-disturb register: check it, and release it to have it called',
  unlisted_status:
    'its last calls ended with a status that this version does not know: look at them before it is called again',
};

/** The held contacts of a campaign in the order of its lists, a page at a time. */
export async function* heldPages(
  queryable: Queryable,
  campaignId: number,
  rowsAtOnce = 1000,
): AsyncGenerator<HeldContact[], void, void> {
  for (let after = 0; ;) {
    const page = await heldAfter(queryable, campaignId, after, rowsAtOnce);
    if (page.length > 0) yield page.map(heldContact);
    const last = page.at(-1);
    if (last === undefined || page.length < rowsAtOnce) return;
    after = last.id;
  }
}

interface HeldRow {
  id: number;
  number: string;
  name: string | null;
  list: string;
  row: number;
  code: string | null;
  attempt_id: string | null;
  attempt_number: number;
  attempt_to: string;
  at: Date;
  agent: string | null;
  outcome: string | null;
  call_sid: string | null;
  provider_status: string | null;
  error_code: string | null;
  error_text: string | null;
}

async function heldAfter(
  queryable: Queryable,
  campaignId: number,
  after: number,
  limit: number,
): Promise<HeldRow[]> {
  const found = await queryable.query<HeldRow>(
    `select c.id, c.number, c.name, i.file_name as list, c.row_number as row, c.state_reason as code,
       last.id as attempt_id, last.attempt_number, last.number as attempt_to, last.at, last.agent, last.outcome,
       last.call_sid, last.provider_status, last.error_code, last.error_text
     from contacts c
     join imports i on i.id = c.import_id
     left join lateral (
       select t.id, t.attempt_number, t.number, coalesce(t.placed_at, t.claimed_at) as at,
         coalesce(g.user_id, g.contact_uri) as agent, t.outcome, t.call_sid, t.provider_status, t.error_code, t.error_text
       from attempts t left join agents g on g.id = t.agent_id
       where t.contact_id = c.id
       order by t.attempt_number desc limit 1
     ) last on true
     where c.campaign_id = $1 and c.state = 'held' and c.id > $2
     order by c.id limit $3`,
    [campaignId, after, limit],
  );
  return found.rows;
}

function heldContact(row: HeldRow): HeldContact {
  const code = row.code ?? 'unknown';
  return {
    number: row.number,
    name: row.name,
    list: row.list,
    row: row.row,
    code,
    reason: reasons[code] ?? code,
    lastAttempt:
      row.attempt_id === null
        ? null
        : {
            id: row.attempt_id,
            attemptNumber: row.attempt_number,
            number: row.attempt_to,
            at: row.at,
            agent: row.agent,
            outcome: row.outcome,
            callSid: row.call_sid,
            providerStatus: row.provider_status,
            errorCode: row.error_code,
            errorText: row.error_text,
          },
  };
}

export interface ReleasedContacts {
  campaign: string;
  /** contacts that are due to be called again */
  released: number;
  /** contacts all of whose numbers are suppressed: they are out for good */
  suppressed: number;
}

/**
 * Puts held contacts back into the line, due at once.
 * @param number in E.164: only those of that number; null: all
 * @throws UserError when there is no such campaign or it is over, and when no contact of that number is held
 */
export async function releaseHeld(
  database: Database,
  name: string,
  number: string | null,
  actor: string,
): Promise<ReleasedContacts> {
  return await database.transaction(async (transaction) => {
    const campaign = await lockedCampaign(transaction, name);
    refuseWhenOver(campaign);
    const moved = await transaction.query<{ state: string }>(
      `update contacts c set due_at = dialer_now(), number = coalesce(held.next, c.number),
         state = case when held.next is null then 'suppressed' else 'pending' end,
         state_reason = case when held.next is null then 'suppressed' end
       from (select k.id, ${numberToDial({ contact: 'k', accountId: '$2', campaignId: '$1', now: 'dialer_now()' })} as next
             from contacts k where k.campaign_id = $1 and k.state = 'held') held
       where c.id = held.id and c.state = 'held' and ($3::text is null or c.number = $3)
       returning c.state`,
      [campaign.id, campaign.account_id, number],
    );
    const suppressed = moved.rows.filter((contact) => contact.state === 'suppressed').length;
    const released = moved.rows.length - suppressed;
    if (moved.rows.length === 0) {
      if (number !== null) throw notHeld(name, number);
      return { campaign: name, released, suppressed };
    }
    await recordTrail(transaction, {
      actor,
      what: 'contacts_released',
      campaignId: campaign.id,
      next: { released, suppressed },
    });
    await wakeOwner(transaction, campaign.account_id);
    return { campaign: name, released, suppressed };
  });
}

interface CampaignStanding {
  id: number;
  account_id: number;
  name: string;
  status: CampaignStatus;
  ended: boolean;
}

async function lockedCampaign(transaction: Transaction, name: string): Promise<CampaignStanding> {
  const found = await transaction.query<{ id: number }>('select id from campaigns where name = $1', [name]);
  const id = found.rows[0]?.id;
  if (id === undefined) {
    throw new UserError(`there is no campaign ${name}: \`dialer campaign list\` shows those there are`);
  }
  await lockAccount(transaction, { campaignId: id });
  const standing = await transaction.query<CampaignStanding>(
    `select k.id, k.account_id, k.name, k.status, coalesce(k.ends_at <= dialer_now(), false) as ended
     from campaigns k where k.id = $1`,
    [id],
  );
  const campaign = standing.rows[0];
  if (campaign === undefined) throw new UserError(`campaign ${name} was taken out meanwhile`);
  return campaign;
}

function refuseWhenOver({ name, status, ended }: CampaignStanding): void {
  const again = `to call them, take them into a new campaign (\`dialer contacts held ${name}\` lists them)`;
  if (status === 'canceled') {
    throw new UserError(
      `campaign ${name} is canceled, so its held contacts are not called any more: ${again}`,
    );
  }
  if (status === 'completed') {
    throw new UserError(`campaign ${name} is completed and is not opened again: ${again}`);
  }
  if (ended) throw new UserError(`campaign ${name} is past its end: ${again}`);
}

function notHeld(name: string, number: string): UserError {
  return new UserError(
    `no contact with ${number} is held in campaign ${name}: \`dialer contacts held ${name}\` lists those that are`,
  );
}
