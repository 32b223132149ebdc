import type { Queryable } from '../../db/pool.ts';
import { UserError } from '../../errors.ts';
import { acceptedRows, requireSum } from '../add-up.ts';
import { always } from '../period.ts';
import type { Period } from '../period.ts';
import { campaignReport } from '../report.ts';
import type { CampaignReport } from '../report.ts';
import { campaignState } from '../summary.ts';
import { createZonedTime } from '../zoned-time.ts';

/** All that the page tells, at one moment. */
export interface PageFacts {
  report: CampaignReport;
  acceptedRows: number;
  /** ISO 8601 with the offset of the campaign's zone */
  writtenAt: string;
}

/**
 * Reads what the page tells. Several statements: in a `repeatable read` transaction they speak of one moment.
 * @throws UserError when there is no such campaign, or when its contacts are not as many as the rows accepted
 */
export async function pageFacts(
  queryable: Queryable,
  name: string,
  period: Period = always,
): Promise<PageFacts> {
  const { id, definition, now, importing } = await campaignState(queryable, name);
  const report = await campaignReport(queryable, name, period);
  const accepted = await acceptedRows(queryable, id);
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
