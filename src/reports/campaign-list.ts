import type { Queryable } from '../db/pool.ts';
import { campaignSummary } from './summary.ts';
import type { CampaignSummary } from './summary.ts';

/** All campaigns, the newest first. */
export async function listCampaigns(queryable: Queryable): Promise<CampaignSummary[]> {
  const found = await queryable.query<{ name: string }>('select name from campaigns order by id desc');
  const campaigns: CampaignSummary[] = [];
  for (const { name } of found.rows) campaigns.push(await campaignSummary(queryable, name));
  return campaigns;
}
