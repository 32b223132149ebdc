import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Database } from '../db/pool.ts';
import { requireSum } from './add-up.ts';
import { attemptRows } from './attempt-rows.ts';
import { writeAttemptsCsv } from './attempts-csv.ts';
import { writeAttemptsJson, writeAttemptsJsonl } from './attempts-json.ts';
import { contactRows } from './contact-rows.ts';
import { writeContactsCsv } from './contacts-csv.ts';
import { pageFacts } from './html/page-facts.ts';
import { renderPage } from './html/page.ts';
import type { Period } from './period.ts';
import type { ReportRows } from './report-rows.ts';
import { readCampaign } from './report.ts';
import type { CampaignReport, CheckedReport } from './report.ts';
import { writeRowsCsv } from './rows-csv.ts';
import { writeRowsJsonl } from './rows-jsonl.ts';
import { writeRowsXlsx } from './xlsx/rows-xlsx.ts';

/** The forms of a report that are a file. */
export const fileFormats = ['json', 'jsonl', 'csv', 'xlsx', 'html'] as const;
export type FileFormat = (typeof fileFormats)[number];

export interface WantedReport {
  format: FileFormat;
  /** each attempt instead of each contact, or beside the report where that is JSON */
  attempts: boolean;
  /** CSV whose cells no spreadsheet runs */
  spreadsheet: boolean;
  /** of the attempts; contacts are told as they stand */
  period: Period;
}

/**
 * Writes a report of a campaign in one of its forms. Leaves the output open.
 * @returns what was written, in words
 * @throws UserError when there is no such campaign, or when not every accepted row is told of once
 */
export async function writeReport(
  database: Database,
  name: string,
  wanted: WantedReport,
  output: Writable,
  signal?: AbortSignal,
): Promise<string> {
  const { format, attempts, spreadsheet, period } = wanted;
  const options = { ...(signal && { signal }) };
  const ofPeriod = { ...options, period };
  const told = (rows: number): string => `${rows} ${attempts ? 'attempts' : 'contacts'}`;
  switch (format) {
    case 'csv':
      if (spreadsheet)
        return told(
          await writeRowsCsv(await openRows(database, name, wanted), output, { ...options, spreadsheet }),
        );
      return told(
        attempts
          ? await writeAttemptsCsv(database, name, output, ofPeriod)
          : await writeContactsCsv(database, name, output, options),
      );
    case 'jsonl':
      return told(
        attempts
          ? await writeAttemptsJsonl(database, name, output, ofPeriod)
          : await writeRowsJsonl(await contactRows(database, name), output, options),
      );
    case 'xlsx':
      return told(await writeRowsXlsx(await openRows(database, name, wanted), output, options));
    case 'html': {
      await writeText(output, renderPage(await pageFacts(database, name, period)));
      return 'the report';
    }
    case 'json': {
      const { report: document, lastClaim } = await readChecked(database, name, period);
      if (attempts) {
        const rows = await writeAttemptsJson(database, document, output, { ...ofPeriod, lastClaim });
        return `the report and ${rows} attempts`;
      }
      await writeText(output, `${JSON.stringify(document, null, 2)}\n`);
      return 'the report';
    }
  }
}

/**
 * The rows of a report that has some.
 * @throws UserError when there is no such campaign
 */
export async function openRows(
  database: Database,
  name: string,
  { attempts, period }: WantedReport,
): Promise<ReportRows> {
  return attempts ? await attemptRows(database, name, period) : await contactRows(database, name);
}

/**
 * The report.
 * @throws UserError when the contacts are not as many as the rows accepted
 */
export async function readReport(database: Database, name: string, period: Period): Promise<CampaignReport> {
  return (await readChecked(database, name, period)).report;
}

async function readChecked(database: Database, name: string, period: Period): Promise<CheckedReport> {
  const checked = await readCampaign(database, name, period);
  requireSum(name, checked.acceptedRows, checked.report.contacts.total);
  return checked;
}

async function writeText(output: Writable, text: string): Promise<void> {
  await pipeline(Readable.from([text]), output, { end: false });
}
