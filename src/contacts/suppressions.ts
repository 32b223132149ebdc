import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { UserError } from '../errors.ts';
import type { SuppressionScope } from './suppression-scope.ts';

/** A suppression in force as `dialer suppressions list --json` prints it. Times are ISO 8601 in UTC. */
export interface Suppression {
  number: string;
  account: string;
  /** null: the whole account */
  campaign: string | null;
  source: string;
  reason: string | null;
  actor: string;
  createdAt: Date;
  /** null: for good */
  expiresAt: Date | null;
}

export interface SuppressionFilter {
  accountId: number | null;
  campaignId: number | null;
  number: string | null;
}

const inForce = 's.removed_at is null and coalesce(s.expires_at > dialer_now(), true)';
const matching = `($1::bigint is null or s.account_id = $1) and ($2::bigint is null or s.campaign_id = $2)
       and ($3::text is null or s.number = $3)`;

/** All suppressions in force, the newest first, a page at a time. */
export async function* suppressionPages(
  queryable: Queryable,
  filter: SuppressionFilter,
  rowsAtOnce = 5000,
): AsyncGenerator<Suppression[], void, void> {
  for (let before: number | null = null; ;) {
    const page = await suppressionsBefore(queryable, filter, before, rowsAtOnce);
    if (page.length > 0) yield page.map(({ id: _key, ...suppression }) => suppression);
    const last = page.at(-1);
    if (last === undefined || page.length < rowsAtOnce) return;
    before = last.id;
  }
}

async function suppressionsBefore(
  queryable: Queryable,
  { accountId, campaignId, number }: SuppressionFilter,
  before: number | null,
  limit: number,
): Promise<(Suppression & { id: number })[]> {
  const found = await queryable.query<Suppression & { id: number }>(
    `select s.id, s.number, a.name as account, k.name as campaign, s.source, s.reason, s.actor,
       s.created_at as "createdAt", s.expires_at as "expiresAt"
     from suppressions s join accounts a on a.id = s.account_id left join campaigns k on k.id = s.campaign_id
     where ${inForce} and ${matching} and ($4::bigint is null or s.id < $4)
     order by s.id desc limit $5`,
    [accountId, campaignId, number, before, limit],
  );
  return found.rows;
}

/** The newest suppressions in force, how many there are in all, and the dialer's clock when they were read. */
export async function newestSuppressions(
  queryable: Queryable,
  filter: SuppressionFilter,
  most: number,
): Promise<{ suppressions: Suppression[]; total: number; now: Date }> {
  const counted = await queryable.query<{ total: number; now: Date }>(
    `select count(*) as total, dialer_now() as now from suppressions s where ${inForce} and ${matching}`,
    [filter.accountId, filter.campaignId, filter.number],
  );
  const newest = await suppressionPages(queryable, filter, most).next();
  const { total = 0, now = new Date(0) } = counted.rows[0] ?? {};
  return { suppressions: newest.done === true ? [] : newest.value, total, now };
}

/** The suppression of a number in exactly that scope, if one is in force. */
export async function suppressionOf(
  queryable: Queryable,
  scope: SuppressionScope,
  number: string,
): Promise<Suppression | null> {
  for (const one of await suppressionsOf(queryable, scope, number)) {
    if (one.campaign === scope.campaign) return one;
  }
  return null;
}

async function suppressionsOf(
  queryable: Queryable,
  { accountId }: SuppressionScope,
  number: string,
): Promise<Suppression[]> {
  const page = await suppressionPages(queryable, { accountId, campaignId: null, number }).next();
  return page.done === true ? [] : page.value;
}

export interface RemovedSuppression {
  number: string;
  account: string;
  campaign: string | null;
  /** contacts of the number that it took out of the line: they stay out */
  contactsStaySuppressed: number;
  /** what else keeps the number from being called: a campaign's name, or null for the whole account */
  stillSuppressedFor: (string | null)[];
}

/**
 * Ends a suppression. Nobody is called by this: contacts that it took out of the line stay out.
 * @throws UserError when the number is not suppressed in that scope, saying where it is
 */
export async function removeSuppression(
  database: Database,
  scope: SuppressionScope,
  number: string,
  actor: string,
): Promise<RemovedSuppression> {
  return await database.transaction(async (transaction) => {
    const { accountId, campaignId, account, campaign } = scope;
    await lockAccount(transaction, { accountId });
    const removed = await transaction.query<{ id: number }>(
      `update suppressions s set removed_at = dialer_now(), removed_by = $4
       where s.account_id = $1 and coalesce(s.campaign_id, 0) = coalesce($2::bigint, 0) and s.number = $3 and ${inForce}
       returning s.id`,
      [accountId, campaignId, number, actor],
    );
    const suppression = removed.rows[0]?.id;
    const others = (await suppressionsOf(transaction, scope, number)).map((one) => one.campaign);
    if (suppression === undefined) throw notSuppressed(scope, number, others);
    await recordTrail(transaction, {
      actor,
      what: 'suppression_removed',
      accountId,
      ...(campaignId !== null && { campaignId }),
      previous: { suppression },
    });
    await wakeOwner(transaction, accountId);
    return {
      number,
      account,
      campaign,
      contactsStaySuppressed: await suppressedContacts(transaction, scope, number),
      stillSuppressedFor: campaign === null ? others : others.filter((one) => one === null),
    };
  });
}

async function suppressedContacts(
  transaction: Transaction,
  { accountId, campaignId }: SuppressionScope,
  number: string,
): Promise<number> {
  const found = await transaction.query<{ contacts: number }>(
    `select count(*) as contacts from contacts c join campaigns k on k.id = c.campaign_id
     where k.account_id = $1 and ($2::bigint is null or k.id = $2) and c.number = $3
       and c.state = 'suppressed' and c.state_reason = 'suppressed'`,
    [accountId, campaignId, number],
  );
  return found.rows[0]?.contacts ?? 0;
}

function notSuppressed(
  { account, campaign }: SuppressionScope,
  number: string,
  others: readonly (string | null)[],
): UserError {
  const where = campaign === null ? `in account ${account} as a whole` : `for campaign ${campaign}`;
  const nothing = `${number} is not suppressed ${where}`;
  if (others.includes(null)) {
    return new UserError(`${nothing}, but for the whole account: leave --campaign out to remove that`);
  }
  const [first] = others;
  if (campaign === null && first !== undefined && first !== null) {
    return new UserError(
      `${nothing}, but for ${others.join(', ')}: add --campaign ${first} to remove it there`,
    );
  }
  return new UserError(`${nothing}: \`dialer suppressions list --number ${number}\` shows where it is`);
}
