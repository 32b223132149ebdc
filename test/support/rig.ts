import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { registerAccounts } from '../../src/campaigns/accounts.ts';
import { createCampaign } from '../../src/campaigns/create-campaign.ts';
import type { Config } from '../../src/config.ts';
import { loadImport } from '../../src/contacts/load-import.ts';
import type { Database } from '../../src/db/pool.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import type { CampaignSummary } from '../../src/reports/summary.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { startService } from '../../src/serve.ts';
import type { Half, Service } from '../../src/serve.ts';
import { testDatabase } from './database.ts';
import { waitFor } from './wait.ts';

export interface RigOptions {
  scenario?: ScenarioInput;
  requestsPerMinute?: number;
  windowMs?: number;
  callbacks?: boolean;
  callDetails?: 'v2' | 'v3';
}

/** A dialer, a database and a simulated Exotel for one test, all real, all let go of when it ends. */
export interface Rig {
  database: Database;
  sandbox: Sandbox;
  config: Config;
  /** Starts another process's worth of dialer on the same database. */
  start(halves?: readonly Half[]): Promise<Service>;
  create(campaign: TestCampaign): Promise<string>;
  summary(name: string): Promise<CampaignSummary>;
  completed(name: string, timeout?: number): Promise<CampaignSummary>;
  /** Moves the dialer's day. */
  moveClock(interval: string): Promise<void>;
}

export interface TestCampaign {
  name?: string;
  numbers: string[];
  agents?: string[];
  /** the agents of mode connect, by their phones */
  phones?: string[];
  file?: Record<string, unknown>;
  start?: boolean;
}

const log = createLog(process.env['LOG_LEVEL'] ?? 'error');

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const { database, url } = await testDatabase();
  const sandbox = await startSandbox({ seed: 7, ...options.scenario });
  const folder = await mkdtemp(join(tmpdir(), 'dialer-test-'));
  const services: Service[] = [];
  const { key, token, sid } = sandbox.settings.current.account;
  const config: Config = {
    databaseUrl: url,
    dataDirectory: folder,
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    adminToken: null,
    secret: null,
    accounts: [
      {
        name: 'main',
        sid,
        credentials: { key, token },
        ccmUrl: sandbox.url,
        v1Url: sandbox.url,
        timeZone: 'Asia/Kolkata',
        requestsPerMinute: options.requestsPerMinute ?? 198,
        callsPerMinute: null,
        maxConcurrentLegs: null,
        callDetails: options.callDetails ?? 'v2',
      },
    ],
    logLevel: 'error',
    timings: { windowMs: options.windowMs ?? 60_000, leaseMs: 5000 },
  };
  onTestFinished(async () => {
    for (const service of services) await service.stop();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });
  await registerAccounts(database, config.accounts);

  const rig: Rig = {
    database,
    sandbox,
    config,
    async start(halves = options.callbacks === false ? ['worker'] : ['server', 'worker']) {
      const service = await startService({ config, database, log }, halves);
      services.push(service);
      return service;
    },
    async create({ name = 'test', numbers, agents, phones, file = {}, start = true }) {
      const path = join(folder, `${name}.yaml`);
      const contacts = join(folder, `${name}-contacts.csv`);
      const agentsFile = join(folder, `${name}-agents.csv`);
      const ids = agents ?? sandbox.agents.map((agent) => agent.id);
      await writeFile(
        contacts,
        `phone,ref\n${numbers.map((number, row) => `${number},row ${row + 1}`).join('\n')}\n`,
      );
      const [column, list] = phones === undefined ? ['user_id', ids] : ['contact_uri', phones];
      await writeFile(agentsFile, `${column}\n${list.join('\n')}\n`);
      await writeFile(
        path,
        stringify({
          name,
          mode: 'agents',
          contacts,
          ...(file['mode'] === 'flow' ? {} : { agents: agentsFile }),
          callerIds: sandbox.settings.current.callerIds,
          call: { ringSeconds: 20, maxSeconds: 120 },
          retry: { maxAttempts: 2, no_answer: '1s', busy: '1s', unreachable: '1s' },
          ...file,
        }),
      );
      const jobs = await startJobs(url, log);
      try {
        const { importId } = await createCampaign({
          database,
          jobs,
          file: path,
          contacts: null,
          agents: null,
          start,
          actor: 'test',
        });
        await loadImport(database, importId, log);
      } finally {
        await jobs.stop();
      }
      return name;
    },
    summary: (name) => campaignSummary(database, name),
    async completed(name, timeout = 60_000) {
      return await waitFor(
        async () => {
          const summary = await campaignSummary(database, name);
          return summary.status === 'completed' ? summary : null;
        },
        { timeout, interval: 100, what: `the end of campaign ${name}` },
      );
    },
    async moveClock(interval) {
      await database.query('update clock set shift = shift + $1::interval', [interval]);
    },
  };
  return rig;
}

/** So many Indian mobile numbers, all different. */
export function someNumbers(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `+9198${String(10_000_000 + from + index)}`);
}
