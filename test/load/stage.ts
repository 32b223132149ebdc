import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify as csvOf } from 'csv-stringify/sync';
import { parse as parseCsv } from 'csv-parse/sync';
import { Client } from 'pg';
import { stringify as yamlOf } from 'yaml';
import { z } from 'zod';
import { acquireEmbeddedDatabase } from '../../src/db/embedded/acquire.ts';
import { createLog } from '../../src/log.ts';
import type { CallDetailsApi } from '../../src/exotel/get-call-details.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { modeKeys } from './mode.ts';
import type { Mode } from './mode.ts';
import { createProcesses, dataFolder, freePort } from './processes.ts';
import type { CommandResult, DialerProcess } from './processes.ts';
import { until } from './until.ts';

const summaryShape = z.object({
  status: z.enum(['draft', 'scheduled', 'running', 'paused', 'completed', 'canceled']),
  reason: z.string().nullable(),
  contacts: z.object({
    total: z.number(),
    pending: z.number(),
    dialing: z.number(),
    finished: z.number(),
    exhausted: z.number(),
    suppressed: z.number(),
    held: z.number(),
    expired: z.number(),
    canceled: z.number(),
  }),
  attempts: z.object({
    total: z.number(),
    live: z.number(),
    refused: z.number(),
    outcomes: z.record(z.string(), z.number()),
  }),
  requests: z.object({ lastMinute: z.number(), limit: z.number() }),
  agents: z.record(z.string(), z.number()),
});
export type Summary = z.output<typeof summaryShape>;

const createdShape = z.object({
  name: z.string(),
  id: z.number(),
  accepted: z.number(),
  rejected: z.number(),
  duplicates: z.number(),
});

/** A line of a CSV by its header. */
export type Line = Record<string, string>;

export interface StageCampaign {
  name: string;
  contacts: number;
  /** `agents` when left out */
  mode?: Mode;
  /** keys of the campaign file beside those that every run needs */
  file?: Record<string, unknown>;
  start?: boolean;
}

/** A dialer, its database and a simulated Exotel, each a process or a server of its own, for one run. */
export interface Stage {
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly signal: AbortSignal;
  readonly environment: Record<string, string>;
  /** Starts `dialer start`; always on the same port, so that callbacks find it after a restart. */
  start(): Promise<DialerProcess>;
  /** Runs one command of the CLI. */
  run(...words: string[]): Promise<CommandResult>;
  runWith(environment: Record<string, string>, ...words: string[]): Promise<CommandResult>;
  /** Writes a campaign with its lists and creates it through the CLI. Returns the rows of its contact list. */
  create(campaign: StageCampaign): Promise<Line[]>;
  show(name: string): Promise<Summary>;
  /** Follows a campaign until it is completed. */
  completed(name: string, timeoutMs: number): Promise<Summary>;
  report(name: string, ...flags: string[]): Promise<Line[]>;
  query(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
}

export interface StageOptions {
  scenario: ScenarioInput;
  signal: AbortSignal;
  /** requests a minute that the dialer is told; 198 when left out */
  limit?: number;
  /** the API that tells of calls of mode agents; v2 when left out */
  callDetails?: CallDetailsApi;
}

/** Requests a minute of an account that nobody has asked Exotel to raise. */
export const defaultLimit = 198;

/** Sets the stage, runs, and clears it whatever happened. The folder stays for a look when the run says so or fails. */
export async function withStage(
  { scenario, signal, limit = defaultLimit, callDetails = 'v2' }: StageOptions,
  run: (stage: Stage) => Promise<{ keep: boolean }>,
): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dialer-load-')));
  // the database server is another user's process when this one is root's
  await chmod(folder, 0o755);
  const sandbox = await startSandbox(scenario);
  const processes = createProcesses(folder, signal);
  let keep = true;
  try {
    const port = await freePort();
    ({ keep } = await run(stageOn({ folder, sandbox, signal, processes, port, limit, callDetails })));
  } finally {
    await processes.end();
    await sandbox.close();
    if (keep && !isInterrupted(signal)) process.stderr.write(`kept for a look: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Whoever interrupts a run has nothing to look at; a run whose time was up has. */
function isInterrupted(signal: AbortSignal): boolean {
  const timeIsUp = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return signal.aborted && !timeIsUp;
}

function stageOn(parts: {
  folder: string;
  sandbox: Sandbox;
  signal: AbortSignal;
  processes: ReturnType<typeof createProcesses>;
  port: number;
  limit: number;
  callDetails: CallDetailsApi;
}): Stage {
  const { folder, sandbox, signal, processes } = parts;
  const environment = environmentOf(parts);

  const runWith = (changes: Record<string, string>, ...words: string[]): Promise<CommandResult> => {
    signal.throwIfAborted();
    return processes.command(words, { ...environment, ...changes });
  };
  const answer = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runWith({}, ...words);
    if (code !== 0) throw new Error(`\`dialer ${words.join(' ')}\` ended with ${code}: ${stderr.trim()}`);
    return stdout;
  };
  const show = async (name: string): Promise<Summary> =>
    summaryShape.parse(JSON.parse(await answer('campaign', 'show', name, '--json')));

  return {
    folder,
    sandbox,
    signal,
    environment,
    start: () => processes.start(environment),
    run: (...words) => runWith({}, ...words),
    runWith,
    show,
    async create(campaign) {
      const rows = contactRows(campaign.contacts);
      const path = await writeCampaign(folder, sandbox, campaign, rows);
      const flags = campaign.start === false ? ['--json'] : ['--start', '--json'];
      const created = createdShape.parse(JSON.parse(await answer('campaign', 'create', path, ...flags)));
      if (created.accepted !== rows.length)
        throw new Error(`${created.accepted} of ${rows.length} rows were accepted`);
      return rows;
    },
    completed: (name, timeoutMs) =>
      until(
        async () => {
          const summary = await show(name);
          return summary.status === 'completed' ? summary : null;
        },
        { what: `the end of ${name}`, timeoutMs, signal, intervalMs: 4000 },
      ),
    async report(name, ...flags) {
      return linesOf(await answer('report', name, '--format', 'csv', ...flags));
    },
    async query(sql, parameters = []) {
      const log = createLog('warn');
      const embedded = await acquireEmbeddedDatabase({ dataDirectory: join(folder, dataFolder), log });
      const client = new Client({ connectionString: embedded.url });
      try {
        await client.connect();
        return (await client.query<Record<string, unknown>>(sql, parameters)).rows;
      } finally {
        await client.end();
        await embedded.release();
      }
    },
  };
}

function environmentOf({
  folder,
  sandbox,
  port,
  limit,
  callDetails,
}: {
  folder: string;
  sandbox: Sandbox;
  port: number;
  limit: number;
  callDetails: CallDetailsApi;
}): Record<string, string> {
  const { sid, key, token } = sandbox.settings.current.account;
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    DIALER_DATA_DIR: join(folder, dataFolder),
    DIALER_PORT: String(port),
    EXOTEL_ACCOUNT_SID: sid,
    EXOTEL_API_KEY: key,
    EXOTEL_API_TOKEN: token,
    EXOTEL_API_URL: sandbox.url,
    EXOTEL_CCM_URL: sandbox.url,
    EXOTEL_REQUESTS_PER_MINUTE: String(limit),
    EXOTEL_CALL_DETAILS: callDetails,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
  };
}

/** Rows with cells that a careless writer would mangle: commas, quotes, leading zeros, other scripts. */
function contactRows(count: number): Line[] {
  return Array.from({ length: count }, (_, index) => ({
    phone: `98${String(10_000_000 + index)}`,
    name: index % 7 === 0 ? `Rao, "Asha" ${index}` : `Person ${index}`,
    policy: String(index).padStart(8, '0'),
    remark: index % 11 === 0 ? 'बाद में\ncall' : '',
  }));
}

async function writeCampaign(
  folder: string,
  sandbox: Sandbox,
  campaign: StageCampaign,
  rows: readonly Line[],
): Promise<string> {
  const contacts = join(folder, `${campaign.name}-contacts.csv`);
  const path = join(folder, `${campaign.name}.yaml`);
  await writeFile(contacts, csvOf([...rows], { header: true }));
  await writeFile(
    path,
    yamlOf({
      name: campaign.name,
      ...(await modeKeys(campaign.mode ?? 'agents', { name: campaign.name, folder, sandbox })),
      contacts,
      callerIds: sandbox.settings.current.callerIds,
      call: { recording: true, ringSeconds: 30, maxSeconds: 120 },
      retry: { maxAttempts: 3, no_answer: '2s', busy: '2s', unreachable: '2s' },
      ...campaign.file,
    }),
  );
  return path;
}

/** The lines of a CSV text by their header. */
export function linesOf(text: string): Line[] {
  return z.array(z.record(z.string(), z.string())).parse(parseCsv(text, { columns: true }));
}
