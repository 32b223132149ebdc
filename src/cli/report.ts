import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import type { Database, Queryable } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { attemptRows } from '../reports/attempt-rows.ts';
import { writeAttemptsJson } from '../reports/attempts-json.ts';
import { contactRows } from '../reports/contact-rows.ts';
import { pageFacts } from '../reports/html/page-facts.ts';
import { renderPage } from '../reports/html/page.ts';
import { reportDetails } from '../reports/report-details.ts';
import { campaignReport } from '../reports/report.ts';
import { writeRowsCsv } from '../reports/rows-csv.ts';
import { writeRowsJsonl } from '../reports/rows-jsonl.ts';
import { writeRowsXlsx } from '../reports/rows-xlsx.ts';
import { paintFor } from './bars.ts';
import type { Paint } from './bars.ts';
import { stopOnSignal } from './first-signal.ts';
import { say } from './output.ts';
import { writeFileWhole } from './output-file.ts';
import { renderReport } from './report-table.ts';
import { isReaderGone } from './reader-gone.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

const formats = ['table', 'json', 'jsonl', 'csv', 'xlsx', 'html'] as const;
type Format = (typeof formats)[number];

interface ReportFlags {
  format?: Format;
  json?: true;
  attempts?: boolean;
  spreadsheet?: boolean;
  output?: string;
}

const examples = `
Examples:
  dialer report renewal-november
      a summary for people
  dialer report renewal-november --format html --output november.html
      the same with charts, as one page that needs no network
  dialer report renewal-november --format csv --output november.csv
      every contact: the columns of its list, then what came of it
  dialer report renewal-november --format csv --spreadsheet --output november.csv
      the same for Excel: it reads the letters right, and runs no cell as a formula
  dialer report renewal-november --format xlsx --output november.xlsx
      the same as a workbook: cells of the list and numbers to dial are text,
      times are those of the campaign's zone; for up to 100000 rows
  dialer report renewal-november --format csv --attempts
      every attempt, those that Exotel refused too
  dialer report renewal-november --format jsonl
      a JSON object a line: {"row": {"name": "Asha", ...}, "dialed_number": ...}
  dialer report renewal-november --json --attempts
      one document: the report, and every attempt under "attemptRows"

Behind the columns of the list, as they were given, stand dialed_number,
contact_state, outcome, attempts, last_attempt_at, agent, caller_id, call_sid,
talk_seconds and recording_url, all of the last call that was placed. A column of
the list that bears one of these names is kept; ours is then called
dialer_outcome and so on. Times carry the offset of the campaign's zone.

In jsonl the columns of the list are under "row", as text; the second of two by
one name is "name (2)". What there is none of is null, and counts are numbers.
With --spreadsheet a cell that begins with = + - @ or a tab, after spaces too, has
an apostrophe before it; a phone number such as +919876543210 never has. Without
it every cell is exact.`;

export function reportCommand(): Command {
  return new Command('report')
    .description('what came of a campaign, of each contact or of each attempt')
    .argument('<campaign>', 'its name')
    .addOption(new Option('--format <format>', 'table by default').choices(formats))
    .option(
      '--attempts',
      'each attempt instead of each contact (csv, jsonl, xlsx), or beside the report (json)',
    )
    .option('--spreadsheet', 'csv for Excel and the like: what they would run is made harmless')
    .option('--output <file>', 'write a file, which appears only when it is whole')
    .option('--json', 'the same as --format json')
    .addHelpText('after', examples)
    .action((name: string, flags: ReportFlags) => report(name, flags));
}

async function report(name: string, flags: ReportFlags): Promise<void> {
  const wanted = wantedOf(flags);
  const stopping = stopOnSignal();
  await withSession(async (session) => {
    const to = (output: Writable, paint: Paint): Promise<string> =>
      writeReport(session, name, { ...wanted, paint, signal: stopping.signal }, output);
    try {
      if (flags.output === undefined || flags.output === '-') {
        await to(process.stdout, paintFor(process.stdout));
      } else {
        const what = await writeFileWhole(flags.output, (output) => to(output, (_, text) => text));
        say(`${flags.output}: ${what}`);
      }
    } catch (error) {
      if (stopping.signal.aborted) process.exitCode = stopping.exitCode();
      else if (!isReaderGone(error)) throw error;
    }
  });
}

interface Wanted {
  format: Format;
  attempts: boolean;
  spreadsheet: boolean;
}

function wantedOf({ format, json, attempts = false, spreadsheet = false, output }: ReportFlags): Wanted {
  if (json && format !== undefined && format !== 'json') {
    throw wrongUse(`--json and --format ${format} contradict each other: leave one out`);
  }
  const chosen = json ? 'json' : (format ?? 'table');
  if (attempts && (chosen === 'table' || chosen === 'html')) {
    throw wrongUse('--attempts goes with --format csv, json, jsonl or xlsx: name one of them');
  }
  if (spreadsheet && chosen !== 'csv') throw wrongUse('--spreadsheet goes with --format csv alone: name it');
  if (chosen === 'xlsx' && (output ?? '-') === '-' && process.stdout.isTTY) {
    throw wrongUse('a terminal cannot show an XLSX file: name a file with --output');
  }
  return { format: chosen, attempts, spreadsheet };
}

function wrongUse(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}

interface Ways extends Wanted {
  paint: Paint;
  signal: AbortSignal;
}

/** @returns what was written, for people */
async function writeReport(
  { database }: Session,
  name: string,
  { format, attempts, spreadsheet, paint, signal }: Ways,
  output: Writable,
): Promise<string> {
  const openRows = attempts ? attemptRows : contactRows;
  const what = attempts ? 'attempts' : 'contacts';
  switch (format) {
    case 'csv': {
      const rows = await openRows(database, name);
      return `${await writeRowsCsv(rows, output, { signal, spreadsheet })} ${what}`;
    }
    case 'jsonl':
      return `${await writeRowsJsonl(await openRows(database, name), output, { signal })} ${what}`;
    case 'xlsx':
      return `${await writeRowsXlsx(await openRows(database, name), output, { signal })} ${what}`;
    case 'html': {
      const facts = await atOneMoment(database, (transaction) => pageFacts(transaction, name));
      await writeText(output, renderPage(facts));
      return 'the report';
    }
    case 'json': {
      const document = await atOneMoment(database, (transaction) => campaignReport(transaction, name));
      if (attempts) {
        return `the report and ${await writeAttemptsJson(database, document, output, { signal })} attempts`;
      }
      await writeText(output, `${JSON.stringify(document, null, 2)}\n`);
      return 'the report';
    }
    case 'table': {
      const [document, details] = await atOneMoment(
        database,
        async (transaction) =>
          [await campaignReport(transaction, name), await reportDetails(transaction, name)] as const,
      );
      const columns = Math.min(process.stdout.columns ?? 80, 100);
      await writeText(output, `${renderReport(document, details, { columns, paint })}\n`);
      return 'the report';
    }
  }
}

/** All of the numbers are of one moment, so that they agree with each other. */
async function atOneMoment<Result>(
  database: Database,
  read: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  return await database.transaction(read, { isolation: 'repeatable read' });
}

async function writeText(output: Writable, text: string): Promise<void> {
  await pipeline(Readable.from([text]), output, { end: false });
}
