import type { Queryable } from '../db/pool.ts';
import { attemptPages } from './attempt-pages.ts';
import type { AttemptLine } from './attempt-pages.ts';
import type { ReportRows } from './report-rows.ts';
import { campaignState } from './summary.ts';

const ours = [
  'dialed_number',
  'attempt_id',
  'attempt_number',
  'placed_at',
  'ended_at',
  'agent',
  'caller_id',
  'call_sid',
  'outcome',
  'provider_status',
  'error_code',
  'talk_seconds',
  'recording_url',
] as const satisfies readonly (keyof AttemptLine)[];

/**
 * Every attempt of a campaign, refused ones too, in the order in which they were made.
 * @throws UserError when there is no such campaign
 */
export async function attemptRows(queryable: Queryable, name: string): Promise<ReportRows> {
  const { id, definition } = await campaignState(queryable, name);
  return {
    what: 'attempts',
    own: [],
    ours,
    timezone: definition.schedule.timezone,
    count: async () => await countAttempts(queryable, id),
    // a campaign that dials makes more of them all the time: no number of them is the right one
    requireAll: () => undefined,
    async *pages(rowsAtOnce) {
      for await (const page of attemptPages(queryable, id, rowsAtOnce)) {
        yield page.map((line) => ({ own: [], ours: ours.map((column) => line[column]) }));
      }
    },
  };
}

async function countAttempts(queryable: Queryable, campaignId: number): Promise<number> {
  const found = await queryable.query<{ attempts: number }>(
    'select count(*) as attempts from attempts where campaign_id = $1',
    [campaignId],
  );
  return found.rows[0]?.attempts ?? 0;
}
