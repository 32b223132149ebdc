import type { Queryable } from '../db/pool.ts';
import { attemptColumns, attemptPages, countAttempts } from './attempt-pages.ts';
import { always } from './period.ts';
import type { Period } from './period.ts';
import type { ReportRows } from './report-rows.ts';
import { campaignState, hasScrub } from './summary.ts';

/**
 * Every attempt of a campaign, refused ones too, in the order in which they were made.
 * @throws UserError when there is no such campaign
 */
export async function attemptRows(
  queryable: Queryable,
  name: string,
  period: Period = always,
): Promise<ReportRows> {
  const { id: campaignId, definition } = await campaignState(queryable, name);
  const selection = { campaignId, period, numbers: hasScrub(definition) };
  const columns = attemptColumns(selection);
  return {
    what: 'attempts',
    own: [],
    ours: columns,
    timezone: definition.schedule.timezone,
    count: async () => await countAttempts(queryable, selection),
    // a campaign that dials makes more of them all the time: no number of them is the right one
    requireAll: () => undefined,
    async *pages(rowsAtOnce) {
      for await (const page of attemptPages(queryable, selection, rowsAtOnce)) {
        yield page.map((line) => ({ own: [], ours: columns.map((column) => line[column] ?? null) }));
      }
    },
  };
}
