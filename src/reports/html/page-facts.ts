import type { Queryable } from '../../db/pool.ts';
import { UserError } from '../../errors.ts';
import { requireSum } from '../add-up.ts';
import { reportDetails } from '../report-details.ts';
import type { ReportDetails } from '../report-details.ts';
import { campaignReport } from '../report.ts';
import type { CampaignReport } from '../report.ts';
import { campaignState } from '../summary.ts';
import { createZonedTime } from '../zoned-time.ts';

/** All that the page tells, at one moment. */
export interface PageFacts {
  report: CampaignReport;
  details: ReportDetails;
  acceptedRows: number;
  talkSecondsP90: number | null;
  /** how many contacts were connected with their first call, with their second, … */
  callsToConnect: { calls: number; contacts: number }[];
  callerIds: CallerIdCalls[];
  hours: HourCalls[];
  timezone: string;
  /** ISO 8601 with the offset of the campaign's zone */
  writtenAt: string;
}

export interface CallerIdCalls {
  caller_id: string;
  calls: number;
  connected: number;
  talk_seconds: number;
}

/** Calls that were placed within one hour of the day, on the clocks of the campaign's zone. */
export interface HourCalls {
  /** 1 is Monday */
  weekday: number;
  hour: number;
  calls: number;
  connected: number;
}

const agentsShown = 100;

/**
 * Reads what the page tells. Several statements: in a `repeatable read` transaction they speak of one moment.
 * @throws UserError when there is no such campaign, or when its contacts are not as many as the rows accepted
 */
export async function pageFacts(queryable: Queryable, name: string): Promise<PageFacts> {
  const { id, definition, now, importing } = await campaignState(queryable, name);
  const { timezone } = definition.schedule;
  const report = await campaignReport(queryable, name);
  const acceptedRows = await acceptedRowsOf(queryable, id);
  if (importing && report.contacts.total !== acceptedRows) {
    throw new UserError(`a list of ${name} is being loaded: ask for the page when that is done`);
  }
  requireSum(name, acceptedRows, report.contacts.total);
  return {
    report,
    details: await reportDetails(queryable, name, agentsShown),
    acceptedRows,
    talkSecondsP90: await talkSecondsP90(queryable, id),
    callsToConnect: await callsToConnect(queryable, id),
    callerIds: await callsByCallerId(queryable, id),
    hours: await callsByHour(queryable, id, timezone),
    timezone,
    writtenAt: createZonedTime(timezone)(now),
  };
}

/** Of calls: attempts that reached Exotel, or may have. */
const called = `(call_sid is not null or outcome = 'unknown')`;

async function acceptedRowsOf(queryable: Queryable, campaignId: number): Promise<number> {
  const found = await queryable.query<{ accepted: number }>(
    `select coalesce(sum(accepted), 0)::int as accepted from imports where campaign_id = $1 and state = 'done'`,
    [campaignId],
  );
  return found.rows[0]?.accepted ?? 0;
}

async function talkSecondsP90(queryable: Queryable, campaignId: number): Promise<number | null> {
  const found = await queryable.query<{ p90: number | null }>(
    `select percentile_cont(0.9) within group (order by talk_seconds) as p90
     from attempts where campaign_id = $1 and outcome = 'connected'`,
    [campaignId],
  );
  return found.rows[0]?.p90 ?? null;
}

async function callsToConnect(
  queryable: Queryable,
  campaignId: number,
): Promise<PageFacts['callsToConnect']> {
  const found = await queryable.query<PageFacts['callsToConnect'][number]>(
    `with numbered as (
       select contact_id, outcome, row_number() over (partition by contact_id order by attempt_number) as calls
       from attempts where campaign_id = $1 and ${called}
     ), reached as (
       select min(calls) as calls from numbered where outcome = 'connected' group by contact_id
     )
     select calls, count(*) as contacts from reached group by calls order by calls`,
    [campaignId],
  );
  return found.rows;
}

async function callsByCallerId(queryable: Queryable, campaignId: number): Promise<CallerIdCalls[]> {
  const found = await queryable.query<CallerIdCalls>(
    `select caller_id, count(*) as calls, count(*) filter (where outcome = 'connected') as connected,
       coalesce(sum(talk_seconds) filter (where outcome = 'connected'), 0) as talk_seconds
     from attempts where campaign_id = $1 and ${called}
     group by caller_id order by calls desc, caller_id`,
    [campaignId],
  );
  return found.rows;
}

async function callsByHour(queryable: Queryable, campaignId: number, timezone: string): Promise<HourCalls[]> {
  const found = await queryable.query<HourCalls>(
    `select extract(isodow from placed)::int as weekday, extract(hour from placed)::int as hour, count(*) as calls,
       count(*) filter (where outcome = 'connected') as connected
     from (
       select outcome, coalesce(placed_at, claimed_at) at time zone $2 as placed
       from attempts where campaign_id = $1 and ${called}
     ) local group by 1, 2 order by 1, 2`,
    [campaignId, timezone],
  );
  return found.rows;
}
