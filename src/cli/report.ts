import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { UserError } from '../errors.ts';
import { writeAttemptsCsv } from '../reports/attempts-csv.ts';
import { writeAttemptsJson } from '../reports/attempts-json.ts';
import { writeContactsCsv } from '../reports/contacts-csv.ts';
import { reportDetails } from '../reports/report-details.ts';
import { campaignReport } from '../reports/report.ts';
import { paintFor } from './bars.ts';
import type { Paint } from './bars.ts';
import { stopOnSignal } from './first-signal.ts';
import { say } from './output.ts';
import { writeFileWhole } from './output-file.ts';
import { renderReport } from './report-table.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

type Format = 'table' | 'json' | 'csv';

interface ReportFlags {
  format?: Format;
  json?: true;
  attempts?: true;
  output?: string;
}

const examples = `
Examples:
  dialer report renewal-november
      a summary for people
  dialer report renewal-november --format csv --output november.csv
      every contact: the columns of its list, then what came of it
  dialer report renewal-november --format csv --attempts
      every attempt, those that Exotel refused too
  dialer report renewal-november --json --attempts
      one document: the report, and every attempt under "attemptRows"

Behind the columns of the list, as they were given, stand dialed_number,
contact_state, outcome, attempts, last_attempt_at, agent, caller_id, call_sid,
talk_seconds and recording_url, all of the last call that was placed. A column of
the list that bears one of these names is kept; ours is then called
dialer_outcome and so on. Times carry the offset of the campaign's zone.`;

export function reportCommand(): Command {
  return new Command('report')
    .description('what came of a campaign, of each contact or of each attempt')
    .argument('<campaign>', 'its name')
    .addOption(new Option('--format <format>', 'table by default').choices(['table', 'json', 'csv']))
    .option('--attempts', 'each attempt instead of each contact (csv), or beside the report (json)')
    .option('--output <file>', 'write a file, which appears only when it is whole')
    .option('--json', 'the same as --format json')
    .addHelpText('after', examples)
    .action((name: string, flags: ReportFlags) => report(name, flags));
}

async function report(name: string, flags: ReportFlags): Promise<void> {
  const format = formatOf(flags);
  const stopping = stopOnSignal();
  await withSession(async (session) => {
    const to = (output: Writable, paint: Paint): Promise<string> =>
      writeReport(
        session,
        name,
        { format, attempts: flags.attempts ?? false, paint, signal: stopping.signal },
        output,
      );
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

function formatOf({ format, json, attempts }: ReportFlags): Format {
  if (json && format !== undefined && format !== 'json') {
    throw new UserError(`--json and --format ${format} contradict each other: leave one out`, {
      exitCode: 2,
    });
  }
  const chosen = json ? 'json' : (format ?? 'table');
  if (attempts && chosen === 'table') {
    throw new UserError('--attempts goes with --format csv or json: name one of them', { exitCode: 2 });
  }
  return chosen;
}

/** Whoever read the output wants no more of it (`| head`): nothing failed. */
function isReaderGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

interface Wanted {
  format: Format;
  attempts: boolean;
  paint: Paint;
  signal: AbortSignal;
}

/** @returns what was written, for people */
async function writeReport(
  { database }: Session,
  name: string,
  { format, attempts, paint, signal }: Wanted,
  output: Writable,
): Promise<string> {
  if (format === 'csv' && attempts)
    return `${await writeAttemptsCsv(database, name, output, { signal })} attempts`;
  if (format === 'csv') return `${await writeContactsCsv(database, name, output, { signal })} contacts`;
  // one moment for all of the numbers, so that they agree with each other
  const [document, details] = await database.transaction(
    async (transaction) =>
      [await campaignReport(transaction, name), await reportDetails(transaction, name)] as const,
    { isolation: 'repeatable read' },
  );
  if (format === 'table') {
    const columns = Math.min(process.stdout.columns ?? 80, 100);
    await writeText(output, `${renderReport(document, details, { columns, paint })}\n`);
    return 'the report';
  }
  if (attempts) {
    return `the report and ${await writeAttemptsJson(database, document, output, { signal })} attempts`;
  }
  await writeText(output, `${JSON.stringify(document, null, 2)}\n`);
  return 'the report';
}

async function writeText(output: Writable, text: string): Promise<void> {
  await pipeline(Readable.from([text]), output, { end: false });
}
