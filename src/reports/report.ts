import type { Queryable } from '../db/pool.ts';
import { campaignState, campaignSummary } from './summary.ts';
import type { CampaignSummary } from './summary.ts';
import { createZonedTime } from './zoned-time.ts';

/** What `report --json` prints: the summary, and what only the whole of the attempts and requests tells. */
export interface CampaignReport extends CampaignSummary {
  /** of connected calls; the median is null where there are none */
  talkSeconds: { total: number; median: number | null };
  /** `placing`, `polling` and `throttled` are of this campaign's attempts, the other two of its account */
  requests: CampaignSummary['requests'] & RequestCounts;
  /** ISO 8601 with the offset of the campaign's zone */
  startedAt: string | null;
  endedAt: string | null;
}

interface RequestCounts {
  /** requests to place a call that left this side, whatever the answer */
  placing: number;
  /** requests for the details of a call */
  polling: number;
  /** those of both that were answered 429 */
  throttled: number;
}

/**
 * What came of a campaign so far. Several statements: in a `repeatable read` transaction they speak of one moment.
 * @throws UserError when there is no such campaign
 */
export async function campaignReport(queryable: Queryable, name: string): Promise<CampaignReport> {
  const summary = await campaignSummary(queryable, name);
  const state = await campaignState(queryable, name);
  const iso = createZonedTime(state.definition.schedule.timezone);
  return {
    ...summary,
    talkSeconds: await talkSeconds(queryable, state.id),
    requests: { ...(await requestCounts(queryable, state.id)), ...summary.requests },
    startedAt: state.started_at === null ? null : iso(state.started_at),
    endedAt: state.ended_at === null ? null : iso(state.ended_at),
  };
}

async function talkSeconds(queryable: Queryable, campaignId: number): Promise<CampaignReport['talkSeconds']> {
  const found = await queryable.query<{ total: number; median: number | null }>(
    `select coalesce(sum(talk_seconds), 0) as total,
       percentile_cont(0.5) within group (order by talk_seconds) as median
     from attempts where campaign_id = $1 and outcome = 'connected'`,
    [campaignId],
  );
  return found.rows[0] ?? { total: 0, median: null };
}

async function requestCounts(queryable: Queryable, campaignId: number): Promise<RequestCounts> {
  const found = await queryable.query<RequestCounts>(
    `select count(*) filter (where r.kind = 'place') as placing,
       count(*) filter (where r.kind = 'details') as polling,
       count(*) filter (where r.result = 'throttled') as throttled
     from requests r join attempts t on t.id = r.attempt_id
     where t.campaign_id = $1 and r.result is distinct from 'unsent'`,
    [campaignId],
  );
  return found.rows[0] ?? { placing: 0, polling: 0, throttled: 0 };
}
