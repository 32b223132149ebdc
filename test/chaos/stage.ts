import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryResultRow } from 'pg';
import { acquireEmbeddedDatabase } from '../../src/db/embedded/acquire.ts';
import { isConnectionError } from '../../src/db/connection-errors.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createDatabase } from '../../src/db/pool.ts';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { dataFolder, freePort, postmasterOf } from '../load/processes.ts';
import { until } from '../load/until.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { createDialerClock } from './dialer-clock.ts';
import type { DialerClock } from './dialer-clock.ts';
import { startFleet } from './fleet.ts';
import type { Fleet, Half } from './fleet.ts';
import { createJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { recordTakeovers } from './takeovers.ts';

/** Workers and a server as processes, each behind a proxy of its own to one Postgres, and a simulated Exotel. */
export interface Stage {
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly fleet: Fleet;
  readonly proxies: ReadonlyMap<string, FaultProxy>;
  readonly journal: Journal;
  readonly clock: DialerClock;
  /** straight to Postgres, past the proxies */
  readonly database: Database;
  readonly signal: AbortSignal;
  /** Asks the database, and goes on asking while it is away. */
  ask: <Row extends QueryResultRow>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;
  /** The place in the fleet of the process that owns the account, or null while nobody known does. */
  owner(): Promise<string | null>;
  /** kill -9 to Postgres itself; resolves once it answers again. */
  killDatabase(): Promise<void>;
  /** When the last call so far came to its end, ms of the wall clock. */
  lastSettledAt: () => number;
}

export interface StageOptions {
  scenario: ScenarioInput;
  signal: AbortSignal;
  workers: number;
  windowMs: number;
  limit: number;
  leaseMs: number;
  slowMs: number;
  /** legs that the account may have at once; null is no limit of its own */
  legs: number | null;
}

const databaseBackMs = 60_000;

/** Sets the stage, runs, and clears it whatever happened: no process is left, and no folder unless the run wants it. */
export async function withStage<Result>(
  options: StageOptions,
  run: (stage: Stage) => Promise<{ keep: boolean; result: Result }>,
): Promise<Result> {
  const ends: (() => unknown)[] = [];
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dialer-chaos-')));
  // the database server is another user's process when this one is root's
  await chmod(folder, 0o755);
  let keep = true;
  const killPostgres = (): void => {
    const pid = postmasterOf(folder);
    if (pid !== null) process.kill(pid, 'SIGQUIT');
  };
  process.once('exit', killPostgres);
  try {
    const stage = await setUp(options, folder, ends);
    const outcome = await run(stage);
    ({ keep } = outcome);
    return outcome.result;
  } finally {
    for (const end of ends.toReversed()) await end();
    killPostgres();
    process.off('exit', killPostgres);
    if (keep) process.stderr.write(`kept for a look: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function setUp(options: StageOptions, folder: string, ends: (() => unknown)[]): Promise<Stage> {
  const { scenario, signal } = options;
  // what the run does to the database is no news to anybody
  const log = createLog('silent');
  const embedded = await acquireEmbeddedDatabase({ dataDirectory: join(folder, dataFolder), log });
  ends.push(() => embedded.release());
  await migrate({ url: embedded.url, log });
  const database = createDatabase(embedded.url, { log, connectTimeout: 2000 });
  ends.push(() => database.close());
  await recordTakeovers(database);

  let lastSettledAt = Date.now();
  const sandbox = await startSandbox(scenario, {
    onSettled: () => {
      lastSettledAt = Date.now();
    },
  });
  ends.push(() => sandbox.close());
  const journal = createJournal();
  const port = await freePort();
  const proxies = new Map<string, FaultProxy>();
  const processes: { name: string; half: Half; environment: Record<string, string> }[] = [];
  const names: [string, Half][] = [
    ['server', 'server'],
    ...Array.from({ length: options.workers }, (_, index): [string, Half] => [
      `worker-${index + 1}`,
      'worker',
    ]),
  ];
  const postgres = new URL(embedded.url);
  for (const [name, half] of names) {
    const proxy = await startFaultProxy({
      target: () => ({ host: postgres.hostname, port: Number(postgres.port) }),
      slowMs: options.slowMs,
    });
    ends.push(() => proxy.close());
    proxies.set(name, proxy);
    const url = new URL(embedded.url);
    url.port = String(proxy.port);
    processes.push({
      name,
      half,
      environment: { ...environmentOf(options, folder, sandbox, port), DATABASE_URL: url.href },
    });
  }
  const fleet = startFleet({ processes, folder, journal });
  ends.push(() => fleet.destroy());

  async function ask<Row extends QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    return await until(
      async () => {
        try {
          return (await database.query<Row>(sql, parameters)).rows;
        } catch (error) {
          if (isConnectionError(error)) return null;
          throw error;
        }
      },
      { what: 'an answer of the database', timeoutMs: databaseBackMs, signal },
    );
  }

  return {
    folder,
    sandbox,
    fleet,
    proxies,
    journal,
    clock: createDialerClock(ask),
    database,
    signal,
    ask,
    lastSettledAt: () => lastSettledAt,
    async owner() {
      const [lease] = await ask<{ owner: string | null }>('select owner from leases');
      const pid = Number(lease?.owner?.split(':').at(-2));
      return fleet.names.find((name) => fleet.current(name)?.pid === pid) ?? null;
    },
    async killDatabase() {
      const pid = postmasterOf(folder);
      if (pid === null) return;
      const end = journal.begin('Postgres killed', 'database');
      process.kill(pid, 'SIGKILL');
      await until(() => postmasterOf(folder) !== null && postmasterOf(folder) !== pid, {
        what: 'a new Postgres',
        timeoutMs: databaseBackMs,
        signal,
      });
      await ask('select 1');
      end();
    },
  };
}

function environmentOf(
  options: StageOptions,
  folder: string,
  sandbox: Sandbox,
  port: number,
): Record<string, string> {
  const { sid, key, token } = sandbox.settings.current.account;
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    DIALER_DATA_DIR: join(folder, 'unused'),
    DIALER_PORT: String(port),
    DIALER_WINDOW_SECONDS: String(options.windowMs / 1000),
    DIALER_LEASE_SECONDS: String(options.leaseMs / 1000),
    EXOTEL_ACCOUNT_SID: sid,
    EXOTEL_API_KEY: key,
    EXOTEL_API_TOKEN: token,
    EXOTEL_API_URL: sandbox.url,
    EXOTEL_CCM_URL: sandbox.url,
    EXOTEL_REQUESTS_PER_MINUTE: String(options.limit),
    ...(options.legs !== null && { EXOTEL_MAX_CONCURRENT_LEGS: String(options.legs) }),
    LOG_LEVEL: 'info',
  };
}
