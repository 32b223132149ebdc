import type { DispositionCode } from '../contacts/disposition-codes.ts';
import type { Database, Queryable } from '../db/pool.ts';
import { acceptedRows } from './add-up.ts';
import { attemptFigures } from './attempt-figures.ts';
import type { CallFigures } from './call-figures.ts';
import type { ReasonCount } from './contact-meanings.ts';
import { always } from './period.ts';
import type { Period } from './period.ts';
import type { Refusal } from './refusals.ts';
import type { RequestCounts } from './request-counts.ts';
import { lastClaimOf, wholeCampaign } from './slices.ts';
import { campaignState, sumContacts, summaryOf } from './summary.ts';
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

/** A report, and what it was checked against. */
export interface CheckedReport {
  report: CampaignReport;
  /** rows of the lists, of which each must be a contact */
  acceptedRows: number;
  /** attempts claimed later are not in the report */
  lastClaim: string;
}

/**
 * What came of a campaign so far.
 * @throws UserError when there is no such campaign
 */
export async function campaignReport(
  database: Database,
  name: string,
  period: Period = always,
): Promise<CampaignReport> {
  return (await readCampaign(database, name, period)).report;
}

/**
 * Reads what came of a campaign so far: its contacts at one moment, then the attempts made until then, slice by slice,
 * as they stand when it is their turn. No snapshot is held for longer than a part of that takes.
 * @throws UserError when there is no such campaign
 */
export async function readCampaign(
  database: Database,
  name: string,
  period: Period = always,
): Promise<CheckedReport> {
  const state = await campaignState(database, name);
  const { timezone } = state.definition.schedule;
  const { reasons, accepted, lastClaim, duplicateRows, calledBack } = await database.transaction(
    (transaction) => readContacts(transaction, state.id),
    { isolation: 'repeatable read' },
  );
  const { attempts, calls, refusals, requests, connectedContacts } = await attemptFigures(
    database,
    { ...wholeCampaign(state.id, period), lastClaim },
    timezone,
  );
  const summary = await summaryOf(database, state, { contacts: sumContacts(reasons), attempts });
  const iso = createZonedTime(timezone);
  const time = (instant: Date | null) => (instant === null ? null : iso(instant));
  const report = {
    ...summary,
    ...calls,
    requests: { ...requests, ...summary.requests },
    reached: connectedContacts + calledBack,
    reasons,
    duplicateRows,
    refusals,
    dispositions: await lastDispositions(database, state.id),
    startedAt: time(state.started_at),
    endedAt: time(state.ended_at),
    since: time(period.since),
    until: time(period.until),
    timezone,
  };
  return { report, acceptedRows: accepted, lastClaim };
}

async function readContacts(transaction: Queryable, campaignId: number) {
  return {
    reasons: await contactReasons(transaction, campaignId),
    accepted: await acceptedRows(transaction, campaignId),
    duplicateRows: await duplicateRowsOf(transaction, campaignId),
    calledBack: await calledBackOnly(transaction, campaignId),
    lastClaim: await lastClaimOf(transaction, campaignId),
  };
}

/** Contacts that called back and were never connected by a call to them. */
async function calledBackOnly(queryable: Queryable, campaignId: number): Promise<number> {
  const found = await queryable.query<{ contacts: number }>(
    `select count(*) as contacts from contacts c
     where c.campaign_id = $1 and c.state = 'finished' and c.state_reason = 'called_back'
       and not exists (select 1 from attempts t where t.contact_id = c.id and t.outcome = 'connected')`,
    [campaignId],
  );
  return found.rows[0]?.contacts ?? 0;
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
