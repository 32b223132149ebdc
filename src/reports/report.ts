import type { DispositionCode } from '../contacts/disposition-codes.ts';
import type { Queryable } from '../db/pool.ts';
import { callFigures } from './call-figures.ts';
import type { CallFigures } from './call-figures.ts';
import type { ReasonCount } from './contact-meanings.ts';
import { always, madeWithin } from './period.ts';
import type { Period } from './period.ts';
import { refusalsByCode } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { campaignState, campaignSummary } from './summary.ts';
import type { CampaignSummary } from './summary.ts';
import { createZonedTime } from './zoned-time.ts';

/**
 * What `report --json` prints: the summary, and what only the whole of the attempts and requests tells. With a period
 * all that speaks of attempts is of that period; contacts and dispositions are told as they stand.
 */
export interface CampaignReport extends CampaignSummary, CallFigures {
  /** `placing`, `polling` and `throttled` are of this campaign's attempts, the other two of its account */
  requests: CampaignSummary['requests'] & RequestCounts;
  refusals: Refusal[];
  /** contacts that were connected once, whatever the period, or that called back */
  reached: number;
  /** why contacts are in the state in which they are */
  reasons: ReasonCount[];
  /** rows of the lists that were left out because their number was there already */
  duplicateRows: number;
  /** what was said last of how many contacts */
  dispositions: { disposition: DispositionCode; contacts: number }[];
  /** ISO 8601 with the offset of the campaign's zone, as are all times */
  startedAt: string | null;
  endedAt: string | null;
  /** what was asked for; null: without that end */
  since: string | null;
  until: string | null;
  timezone: string;
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
export async function campaignReport(
  queryable: Queryable,
  name: string,
  period: Period = always,
): Promise<CampaignReport> {
  const summary = await campaignSummary(queryable, name, period);
  const state = await campaignState(queryable, name);
  const { timezone } = state.definition.schedule;
  const iso = createZonedTime(timezone);
  const time = (instant: Date | null) => (instant === null ? null : iso(instant));
  return {
    ...summary,
    ...(await callFigures(queryable, state.id, period, timezone)),
    requests: { ...(await requestCounts(queryable, state.id, period)), ...summary.requests },
    reached: await reachedContacts(queryable, state.id),
    reasons: await contactReasons(queryable, state.id),
    duplicateRows: await duplicateRowsOf(queryable, state.id),
    refusals: await refusalsByCode(queryable, state.id, period),
    dispositions: await lastDispositions(queryable, state.id),
    startedAt: time(state.started_at),
    endedAt: time(state.ended_at),
    since: time(period.since),
    until: time(period.until),
    timezone,
  };
}

async function requestCounts(
  queryable: Queryable,
  campaignId: number,
  { since, until }: Period,
): Promise<RequestCounts> {
  const found = await queryable.query<RequestCounts>(
    `select count(*) filter (where r.kind = 'place') as placing,
       count(*) filter (where r.kind = 'details') as polling,
       count(*) filter (where r.result = 'throttled') as throttled
     from requests r join attempts t on t.id = r.attempt_id
     where t.campaign_id = $1 and r.result is distinct from 'unsent' and ${madeWithin('t', '$2', '$3')}`,
    [campaignId, since, until],
  );
  return found.rows[0] ?? { placing: 0, polling: 0, throttled: 0 };
}

async function reachedContacts(queryable: Queryable, campaignId: number): Promise<number> {
  const found = await queryable.query<{ reached: number }>(
    `select (select count(distinct contact_id) from attempts where campaign_id = $1 and outcome = 'connected')
       + (select count(*) from contacts c
          where c.campaign_id = $1 and c.state = 'finished' and c.state_reason = 'called_back'
            and not exists (select 1 from attempts t where t.contact_id = c.id and t.outcome = 'connected')) as reached`,
    [campaignId],
  );
  return found.rows[0]?.reached ?? 0;
}

async function contactReasons(queryable: Queryable, campaignId: number): Promise<ReasonCount[]> {
  const found = await queryable.query<ReasonCount>(
    `select state, state_reason as reason, count(*) as contacts from contacts
     where campaign_id = $1 group by state, state_reason order by state, contacts desc, reason`,
    [campaignId],
  );
  return found.rows;
}

async function duplicateRowsOf(queryable: Queryable, campaignId: number): Promise<number> {
  const found = await queryable.query<{ duplicates: number }>(
    `select coalesce(sum(duplicates), 0)::int as duplicates from imports where campaign_id = $1 and state = 'done'`,
    [campaignId],
  );
  return found.rows[0]?.duplicates ?? 0;
}

async function lastDispositions(
  queryable: Queryable,
  campaignId: number,
): Promise<CampaignReport['dispositions']> {
  const found = await queryable.query<CampaignReport['dispositions'][number]>(
    `select code as disposition, count(*) as contacts from (
       select distinct on (d.contact_id) d.code from dispositions d join contacts c on c.id = d.contact_id
       where c.campaign_id = $1 order by d.contact_id, d.created_at desc, d.id desc
     ) last group by code order by contacts desc, code`,
    [campaignId],
  );
  return found.rows;
}
