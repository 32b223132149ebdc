import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, InvalidArgumentError } from 'commander';
import { UserError } from '../errors.ts';
import { startJobs } from '../jobs/jobs.ts';
import { exportById, exportFile, listExports } from '../reports/export-store.ts';
import type { Export } from '../reports/export-store.ts';
import { askForExport } from '../reports/make-export.ts';
import { campaignState } from '../reports/summary.ts';
import type { WantedReport } from '../reports/write-report.ts';
import { bytesText } from './bytes-text.ts';
import { cellText } from './cell-text.ts';
import { stopOnSignal } from './first-signal.ts';
import { writeOutput } from './output-file.ts';
import { printJson, say, tableOf } from './output.ts';
import { roughly } from './progress.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

/** Asks for a report that a worker makes, and says how to get it. */
export async function askInBackground(
  { database, log, actor }: Session,
  campaign: string,
  wanted: WantedReport,
): Promise<void> {
  const jobs = await startJobs(database.url, log);
  try {
    const { id, expiresAt } = await askForExport(database, jobs, campaign, wanted, actor);
    if (wanted.format === 'json') printJson({ export: id, campaign, format: wanted.format, expiresAt });
    else process.stdout.write(`${id}\n`);
    say(
      `export ${id} is made by a worker: \`dialer report exports ${campaign}\` tells when it is done, ` +
        `\`dialer report fetch ${id} --output FILE\` brings it, until ${expiresAt.toISOString()}`,
    );
    if (!(await anyWorker(database))) say('note: no worker runs; it is made as soon as one does');
  } finally {
    await jobs.stop();
  }
}

async function anyWorker(database: Session['database']): Promise<boolean> {
  const seen = await database.query(
    `select 1 from workers where seen_at > clock_timestamp() - interval '30 s' limit 1`,
  );
  return seen.rowCount === 1;
}

export function exportsCommand(): Command {
  return new Command('exports')
    .description('reports that workers made or make, with --background, the newest first')
    .argument('[campaign]', 'only those of one campaign')
    .option('--json', 'print one JSON document: an array of exports')
    .addHelpText('after', '\nExample:\n  dialer report exports renewal-november')
    .action((campaign: string | undefined, flags: { json?: true }) =>
      withSession(async ({ database }) => {
        if (campaign !== undefined) await campaignState(database, campaign);
        const exports = await listExports(database, campaign ?? null);
        if (flags.json) printJson(exports);
        else if (exports.length === 0)
          say('there is none: `dialer report NAME --format csv --background` asks for one');
        else process.stdout.write(`${renderExports(exports, new Date())}\n`);
      }),
    );
}

/** A table, and below it why those failed that did: it says what to do, so none of it may be left out. */
function renderExports(exports: readonly Export[], now: Date): string {
  const rows = exports.map((one) => [
    one.id,
    one.campaign,
    one.attempts ? `${one.format} of attempts` : one.format,
    stateText(one),
    one.sizeBytes === null ? '' : bytesText(one.sizeBytes),
    cellText(one.actor, 24),
    `${roughly(Math.max(0, now.getTime() - one.createdAt.getTime()))} ago`,
    `in ${roughly(Math.max(0, one.expiresAt.getTime() - now.getTime()))}`,
  ]);
  const head = ['id', 'campaign', 'form', 'state', 'size', 'by', 'asked for', 'deleted'];
  const failed = exports
    .filter(({ state }) => state === 'failed')
    .map(({ id, error }) => `export ${id} failed: ${cellText(error ?? '', Infinity)}`);
  return [tableOf(head, rows, ['id', 'size']), ...(failed.length === 0 ? [] : ['', ...failed])].join('\n');
}

function stateText({ state, contents }: Export): string {
  switch (state) {
    case 'open':
      return 'being made';
    case 'done':
      return `done: ${contents}`;
    case 'failed':
      return 'failed';
  }
}

export function fetchCommand(): Command {
  return new Command('fetch')
    .description('bring a report that a worker made')
    .argument('<export>', 'its id, as printed when it was asked for', exportId)
    .option('--output <file>', 'write a file, which appears only when it is whole')
    .addHelpText('after', '\nExample:\n  dialer report fetch 12 --output november.csv')
    .action(async (id: number, flags: { output?: string }) => {
      const stopping = stopOnSignal();
      await withSession(async ({ database }) => {
        const one = await exportById(database, id);
        refuseUnlessDone(one);
        if (one.format === 'xlsx' && (flags.output ?? '-') === '-' && process.stdout.isTTY) {
          throw new UserError('a terminal cannot show an XLSX file: name a file with --output', {
            exitCode: 2,
          });
        }
        await writeOutput(flags.output, stopping, async (output, signal) => {
          await pipeline(Readable.from(exportFile(database, one), { highWaterMark: 1 }), output, {
            end: false,
            signal,
          });
          return one.contents ?? '';
        });
      });
    });
}

function exportId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('write the id of an export, such as 12.');
  return Number(text);
}

function refuseUnlessDone({ id, campaign, state, error }: Export): void {
  if (state === 'open') {
    throw new UserError(
      `export ${id} is still being made: \`dialer report exports ${campaign}\` tells when it is done`,
    );
  }
  if (state === 'failed') throw new UserError(`export ${id} failed: ${error}`);
}
