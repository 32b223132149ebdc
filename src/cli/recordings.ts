import { join } from 'node:path';
import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import { requireAccounts } from '../config.ts';
import { UserError } from '../errors.ts';
import { parsePeriod } from '../reports/period.ts';
import { campaignState } from '../reports/summary.ts';
import { fetchRecordings } from '../results/recording-fetch.ts';
import type { FetchedRecordings, RecordingsFetched } from '../results/recording-fetch.ts';
import { indexName } from '../results/recording-index.ts';
import { bar, paintFor } from './bars.ts';
import type { Paint } from './bars.ts';
import { bytesText } from './bytes-text.ts';
import { diskProblem } from './disk-problem.ts';
import { stopOnSignal } from './first-signal.ts';
import { counted } from './import-text.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

interface RecordingsFlags {
  output: string;
  since?: string;
  until?: string;
  json?: true;
}

const help = `
Examples:
  dialer recordings renewal-november --output recordings
  dialer recordings renewal-november --output recordings --since 2026-12-01 --until 2026-12-01

A file is named by list, row, number and attempt, and index-CAMPAIGN.csv beside them says which call each is of, and
which connected calls have none and why. What lies there whole is not fetched again: run it again to go on after an interruption, or for calls
made since. Recordings come some minutes after their call. The account's key and token go to Exotel's hosts alone.`;

export function recordingsCommand(): Command {
  return new Command('recordings')
    .description('fetch the recordings of a campaign’s calls into a folder')
    .argument('<campaign>', 'its name')
    .requiredOption('--output <folder>', 'where to; it is made where there is none')
    .option('--since <time>', 'only of calls from then on: 2026-12-01, or 2026-12-01T10:00')
    .option('--until <time>', 'only of calls before then; of a date alone the whole day counts')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action((campaign: string, flags: RecordingsFlags) => recordings(campaign, flags));
}

async function recordings(campaign: string, flags: RecordingsFlags): Promise<void> {
  const stopping = stopOnSignal();
  await withSession(async (session) => {
    const progress = createFetchDisplay(process.stderr);
    try {
      const fetched = await fetchInto(session, campaign, flags, stopping.signal, progress.show);
      progress.end();
      if (flags.json) printJson({ campaign, folder: flags.output, ...fetched });
      else tell(flags.output, campaign, fetched);
      if (fetched.missing > 0) process.exitCode = 1;
    } catch (error) {
      progress.end();
      if (!stopping.signal.aborted) throw diskError(flags.output, error);
      say('stopped; run it again to go on');
      process.exitCode = stopping.exitCode();
    }
  });
}

async function fetchInto(
  { database, config }: Session,
  campaign: string,
  { output: folder, since, until }: RecordingsFlags,
  signal: AbortSignal,
  onProgress: (progress: FetchedRecordings) => void,
): Promise<RecordingsFetched> {
  const { id: campaignId, account_name: name, definition } = await campaignState(database, campaign);
  const { timezone } = definition.schedule;
  const account = requireAccounts(config).find((one) => one.name === name);
  if (account === undefined) {
    throw new UserError(
      `campaign ${campaign} is of account ${name}, of which no key is set here: add it to DIALER_ACCOUNTS_FILE`,
      { exitCode: 2 },
    );
  }
  const period = parsePeriod({ since, until }, timezone);
  return await fetchRecordings({
    database,
    campaignId,
    campaign,
    timezone,
    period,
    account,
    folder,
    signal,
    onProgress,
  });
}

const mostTold = 20;

function tell(folder: string, campaign: string, fetched: RecordingsFetched): void {
  const { recordings: all, already, missing, missingOnes, bytes, withoutRecording } = fetched;
  for (const { list, row, number, attemptNumber, reason } of missingOnes.slice(0, mostTold)) {
    say(`missing: ${number} (row ${row} of ${list}, attempt ${attemptNumber}): ${reason}`);
  }
  if (missing > mostTold)
    say(`and ${missing - mostTold} more are missing: ${join(folder, indexName(campaign))} tells all of them`);
  if (withoutRecording > 0) {
    say(`note: of ${counted(withoutRecording, 'connected call')} Exotel has told no recording so far`);
  }
  process.stdout.write(
    `${folder}: ${counted(fetched.fetched, 'recording')} fetched (${bytesText(bytes)}), ${already} there already, ` +
      `${missing} missing, of ${all}\n`,
  );
}

interface FetchDisplay {
  show: (progress: FetchedRecordings) => void;
  end: () => void;
}

const betweenDraws = 100;

/** A bar on a terminal, and nothing anywhere else: what came of it is told at the end. */
function createFetchDisplay(output: NodeJS.WriteStream): FetchDisplay {
  if (!output.isTTY) return { show: () => undefined, end: () => undefined };
  const draw = createLogUpdate(output);
  const paint = paintFor(output);
  let drawnAt = -Infinity;
  let line = '';
  return {
    show(progress) {
      line = progressLine(progress, paint);
      if (performance.now() < drawnAt + betweenDraws) return;
      drawnAt = performance.now();
      draw(line);
    },
    end() {
      if (line === '') return;
      draw(line);
      draw.done();
    },
  };
}

function progressLine(
  { recordings: all, fetched, already, missing, bytes }: FetchedRecordings,
  paint: Paint,
): string {
  const done = fetched + already + missing;
  const problems = missing === 0 ? '' : paint('yellow', `, ${missing} missing`);
  return `${bar(done / Math.max(all, 1), 24, paint)} ${done} of ${all}, ${bytesText(bytes)}${problems}`;
}

function diskError(folder: string, error: unknown): unknown {
  const problem = diskProblem(error);
  if (problem === null) return error;
  return new UserError(`${folder} cannot be written to (${problem}): name another folder with --output`, {
    cause: error,
  });
}
