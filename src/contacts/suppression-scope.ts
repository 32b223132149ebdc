import type { CountryCode } from 'libphonenumber-js/max';
import { chooseAccount } from '../campaigns/choose-account.ts';
import type { Queryable } from '../db/pool.ts';
import { UserError } from '../errors.ts';

/** For whom a number is suppressed: a whole account, or one campaign of it. */
export interface SuppressionScope {
  accountId: number;
  account: string;
  campaignId: number | null;
  campaign: string | null;
  /** whose numbers those without + and country code are */
  region: CountryCode;
}

/**
 * The scope that a command names: a campaign, an account, or nothing where there is but one account.
 * @throws UserError with exit code 2 when there is no such campaign or account, or the choice is not clear
 */
export async function suppressionScope(
  queryable: Queryable,
  named: { campaign: string | null; account: string | null },
): Promise<SuppressionScope> {
  if (named.campaign !== null) return await scopeOfCampaign(queryable, named.campaign, named.account);
  const { id, name } = await chooseAccount(queryable, named.account, 'with --account');
  const region = await sharedRegion(queryable, id);
  return { accountId: id, account: name, campaignId: null, campaign: null, region };
}

async function scopeOfCampaign(
  queryable: Queryable,
  campaign: string,
  account: string | null,
): Promise<SuppressionScope> {
  const found = await queryable.query<{
    id: number;
    account_id: number;
    account: string;
    region: CountryCode;
  }>(
    `select k.id, k.account_id, a.name as account, k.definition->>'defaultRegion' as region
     from campaigns k join accounts a on a.id = k.account_id where k.name = $1`,
    [campaign],
  );
  const row = found.rows[0];
  if (row === undefined) {
    throw new UserError(`there is no campaign ${campaign}: \`dialer campaign list\` shows those there are`, {
      exitCode: 2,
    });
  }
  if (account !== null && account !== row.account) {
    throw new UserError(
      `campaign ${campaign} is of account ${row.account}, not ${account}: leave --account out`,
      { exitCode: 2 },
    );
  }
  return {
    accountId: row.account_id,
    account: row.account,
    campaignId: row.id,
    campaign,
    region: row.region,
  };
}

/** The region that all campaigns share, of one account or of all; India's where they differ or there is none yet. */
export async function sharedRegion(queryable: Queryable, accountId: number | null): Promise<CountryCode> {
  const found = await queryable.query<{ region: CountryCode }>(
    `select distinct definition->>'defaultRegion' as region from campaigns
     where $1::bigint is null or account_id = $1 limit 2`,
    [accountId],
  );
  const [only, other] = found.rows;
  return only === undefined || other !== undefined ? 'IN' : only.region;
}
