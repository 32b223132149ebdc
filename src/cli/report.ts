import type { Writable } from 'node:stream';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { UserError } from '../errors.ts';
import { parsePeriod } from '../reports/period.ts';
import { campaignState } from '../reports/summary.ts';
import { fileFormats, readReport, writeReport } from '../reports/write-report.ts';
import type { FileFormat, WantedReport } from '../reports/write-report.ts';
import { paintFor } from './bars.ts';
import { stopOnSignal } from './first-signal.ts';
import { writeOutput } from './output-file.ts';
import { askInBackground, exportsCommand, fetchCommand } from './report-exports.ts';
import { renderReport } from './report-table.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

const formats = ['table', ...fileFormats] as const;
type Format = (typeof formats)[number];

interface ReportFlags {
  format?: Format;
  json?: true;
  attempts?: boolean;
  spreadsheet?: boolean;
  since?: string;
  until?: string;
  output?: string;
  background?: true;
}

const examples = `
Examples:
  dialer report renewal-november
      a summary for people
  dialer report renewal-november --since 2026-12-01 --until 2026-12-01
      the same of the calls of one day
  dialer report renewal-november --format html --output november.html
      the same with charts, as one page that needs no network
  dialer report renewal-november --format csv --output november.csv
      every contact: the columns of its list, then what came of it
  dialer report renewal-november --format csv --spreadsheet --output november.csv
      the same for Excel: it reads the letters right, and runs no cell as a formula
  dialer report renewal-november --format xlsx --output november.xlsx
      the same as a workbook: cells of the list and numbers to dial are text,
      times are those of the campaign's zone; for up to 1048575 rows
  dialer report renewal-november --format csv --attempts
      every attempt, those that Exotel refused too
  dialer report renewal-november --format jsonl
      a JSON object a line: {"row": {"name": "Asha", ...}, "dialed_number": ...}
  dialer report renewal-november --format jsonl --attempts
      every attempt with all that is known of it: the call's details as Exotel
      gave them, and its callbacks as they came
  dialer report renewal-november --json --attempts
      one document: the report, and every attempt under "attemptRows"
  dialer report renewal-november --format csv --background
      prints the id of an export that a worker makes and \`dialer report fetch\` brings

Behind the columns of the list, as they were given, stand
  dialed_number, contact_state, state_reason, and what suppresses the number;
  outcome, last_attempt_at, agent, caller_id, call_sid, talk_seconds and
  recording_url of the last call that was placed, with attempts, which counted
  against the contact's budget, and calls, all that were placed;
  disposition, disposition_at, disposition_by, disposition_note and
  disposition_call_at of what people said last;
  list and list_row, where it came from. --attempts has them too.
A column of the list that bears one of these names is kept; ours is
then called dialer_outcome and so on. Times carry the offset of the campaign's
zone.

In jsonl the columns of the list are under "row", as text; the second of two by
one name is "name (2)". What there is none of is null, and counts are numbers.
With --spreadsheet a cell that begins with = + - @ or a tab, after spaces too, has
an apostrophe before it; a phone number such as +919876543210 and an amount such as
-1,250.50 never have. Without it every cell is exact.`;

export function reportCommand(): Command {
  return (
    new Command('report')
      .description('what came of a campaign, of each contact or of each attempt')
      .usage('<campaign> [options]')
      // so that --json and --output behind `exports` and `fetch` are theirs
      .enablePositionalOptions()
      .argument('<campaign>', 'its name')
      .addOption(new Option('--format <format>', 'table by default').choices(formats))
      .option(
        '--attempts',
        'each attempt instead of each contact (csv, jsonl, xlsx), or beside the report (json)',
      )
      .option('--since <time>', 'only attempts from then on: 2026-12-01, or 2026-12-01T10:00')
      .option('--until <time>', 'only attempts before then; of a date alone the whole day counts')
      .option('--spreadsheet', 'csv for Excel and the like: what they would run is made harmless')
      .option('--output <file>', 'write a file, which appears only when it is whole')
      .option('--background', 'have a worker make it, and fetch it later')
      .option('--json', 'the same as --format json')
      .addHelpText('after', examples)
      .addCommand(exportsCommand())
      .addCommand(fetchCommand())
      .action((name: string, flags: ReportFlags) => report(name, flags))
  );
}

async function report(name: string, flags: ReportFlags): Promise<void> {
  const format = formatOf(flags);
  if (flags.background) {
    const file = fileFormatOf(format);
    await withSession(async (session) =>
      askInBackground(session, name, await wantedOf(session, name, file, flags)),
    );
    return;
  }
  const stopping = stopOnSignal();
  await withSession((session) =>
    writeOutput(flags.output, stopping, async (output, signal) => {
      if (format === 'table') return await writeTable(session, name, flags, output);
      const wanted = await wantedOf(session, name, format, flags);
      return await writeReport(session.database, name, wanted, output, signal);
    }),
  );
}

function formatOf(flags: ReportFlags): Format {
  const { format, json, attempts = false, spreadsheet = false, output, background = false } = flags;
  if (json && format !== undefined && format !== 'json') {
    throw wrongUse(`--json and --format ${format} contradict each other: leave one out`);
  }
  const chosen = json ? 'json' : (format ?? 'table');
  if (attempts && (chosen === 'table' || chosen === 'html')) {
    throw wrongUse('--attempts goes with --format csv, json, jsonl or xlsx: name one of them');
  }
  if (spreadsheet && chosen !== 'csv') throw wrongUse('--spreadsheet goes with --format csv alone: name it');
  const ofContacts = !attempts && (chosen === 'csv' || chosen === 'jsonl' || chosen === 'xlsx');
  if (ofContacts && (flags.since ?? flags.until) !== undefined) {
    throw wrongUse(
      '--since and --until choose attempts, and contacts are told as they stand: add --attempts',
    );
  }
  if (background && output !== undefined) {
    throw wrongUse('--output goes with `dialer report fetch`, when a worker has made it: leave it out');
  }
  if (chosen === 'xlsx' && !background && (output ?? '-') === '-' && process.stdout.isTTY) {
    throw wrongUse('a terminal cannot show an XLSX file: name a file with --output');
  }
  return chosen;
}

function fileFormatOf(format: Format): FileFormat {
  if (format === 'table') {
    throw wrongUse(`--background makes a file: add --format ${fileFormats.join(', ')}`);
  }
  return format;
}

function wrongUse(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}

async function wantedOf(
  { database }: Session,
  name: string,
  format: FileFormat,
  { attempts = false, spreadsheet = false, since, until }: ReportFlags,
): Promise<WantedReport> {
  const { definition } = await campaignState(database, name);
  return {
    format,
    attempts,
    spreadsheet,
    period: parsePeriod({ since, until }, definition.schedule.timezone),
  };
}

async function writeTable(
  session: Session,
  name: string,
  flags: ReportFlags,
  output: Writable,
): Promise<string> {
  const { period } = await wantedOf(session, name, 'json', flags);
  const document = await readReport(session.database, name, period);
  const columns = Math.min(process.stdout.columns ?? 80, 100);
  const look = { columns, paint: output === process.stdout ? paintFor(process.stdout) : plain };
  await pipeline(Readable.from([`${renderReport(document, look)}\n`]), output, { end: false });
  return 'the report';
}

function plain(_style: unknown, text: string): string {
  return text;
}
