import type { Database } from '../../db/pool.ts';
import { UserError } from '../../errors.ts';
import { requireSum } from '../add-up.ts';
import { always } from '../period.ts';
import type { Period } from '../period.ts';
import { readCampaign } from '../report.ts';
import type { CampaignReport } from '../report.ts';
import { campaignState } from '../summary.ts';
import { createZonedTime } from '../zoned-time.ts';

/** All that the page tells. */
export interface PageFacts {
  report: CampaignReport;
  acceptedRows: number;
  /** ISO 8601 with the offset of the campaign's zone */
  writtenAt: string;
}

/**
 * Reads what the page tells.
 * @throws UserError when there is no such campaign, or when its contacts are not as many as the rows accepted
 */
export async function pageFacts(
  database: Database,
  name: string,
  period: Period = always,
): Promise<PageFacts> {
  const { definition, now, importing } = await campaignState(database, name);
  const { report, acceptedRows: accepted } = await readCampaign(database, name, period);
  if (importing && report.contacts.total !== accepted) {
    throw new UserError(`a list of ${name} is being loaded: ask for the page when that is done`);
  }
  requireSum(name, accepted, report.contacts.total);
  return {
    report,
    acceptedRows: accepted,
    writtenAt: createZonedTime(definition.schedule.timezone)(now),
  };
}
