import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { DatabaseError } from 'pg';
import { isConnectionError } from '../db/connection-errors.ts';
import type { Database } from '../db/pool.ts';
import { campaignProgress } from '../reports/progress.ts';
import type { Progress } from '../reports/progress.ts';
import type { CampaignSummary } from '../reports/summary.ts';
import { aborted } from '../aborted.ts';
import { stopOnSignal } from './first-signal.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';
import { createProgressDisplay } from './watch-display.ts';
import type { DisplayStream } from './watch-display.ts';

const examples = `
Examples:
  dialer campaign watch renewal-november
  dialer campaign watch renewal-november --json > summary.json     wait for its end, then print how it went

Ctrl-C ends the watching, not the campaign. Where stderr is no terminal, a line is written whenever something changed.`;

export function watchCommand(): Command {
  return new Command('watch')
    .description('follow a campaign until it is completed or canceled')
    .argument('<name>', 'the campaign')
    .option('--json', 'print one JSON document when it is over')
    .addHelpText('after', examples)
    .action((name: string, flags: { json?: true }) =>
      withSession((session) => watchToTheEnd(session, name, flags)),
    );
}

/** Follows a campaign on stderr until it is over or the first signal comes, which ends the command with its code. */
export async function watchToTheEnd(
  { database }: Session,
  name: string,
  { json = false }: { json?: boolean } = {},
): Promise<void> {
  const stopping = stopOnSignal();
  const summary = await watchCampaign({ database, name, output: process.stderr, signal: stopping.signal });
  if (!isOver(summary)) {
    // the terminal shows ^C where the cursor stands
    if (process.stderr.isTTY) say('');
    say(`campaign ${name} goes on; see it again with \`dialer campaign watch ${name}\``);
    process.exitCode = stopping.exitCode();
  } else if (!json) {
    say(`campaign ${name} is ${summary.status}: see what came of it with \`dialer report ${name}\``);
  }
  if (json) printJson(summary);
}

export interface WatchOptions {
  database: Database;
  name: string;
  /** A terminal gets a live panel, anything else plain lines. */
  output: DisplayStream;
  /** Ends the watching; the campaign goes on. */
  signal: AbortSignal;
  everyMs?: number;
}

/**
 * Shows how a campaign is getting on until it is completed or canceled, or until the signal. A database that does not
 * answer for a while is waited for.
 * @returns how the campaign stood when it was last looked at
 * @throws UserError when there is no such campaign, or no database at the beginning
 */
export async function watchCampaign(options: WatchOptions): Promise<CampaignSummary> {
  const { database, name, output, signal, everyMs = 1000 } = options;
  const stopped = aborted(signal);
  const display = createProgressDisplay(output);
  let began = performance.now();
  let last = await campaignProgress(database, name);
  try {
    display.show(last);
    while (!isOver(last.summary)) {
      // Counting a million contacts takes a while: watching may take a tenth of the database's time, no more.
      const pause = Math.max(everyMs, 9 * (performance.now() - began));
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      began = performance.now();
      // A reading that hangs must not keep the watcher from leaving.
      const next = await Promise.race([readAgain(database, name), stopped]);
      if (next === 'no_answer') display.interrupted();
      else if (next !== undefined) display.show((last = next));
    }
    return last.summary;
  } finally {
    display.end();
  }
}

/** The server's codes for a statement that was given up or could not begin: a later one may do. */
const passing = new Set(['57014', '53200', '53300', '53400', '40001', '40P01']);

async function readAgain(database: Database, name: string): Promise<Progress | 'no_answer'> {
  try {
    return await campaignProgress(database, name);
  } catch (error) {
    const passes = error instanceof DatabaseError && passing.has(error.code ?? '');
    if (passes || isConnectionError(error)) return 'no_answer';
    throw error;
  }
}

function isOver({ status }: CampaignSummary): boolean {
  return status === 'completed' || status === 'canceled';
}
