import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { createCampaign } from '../campaigns/create-campaign.ts';
import { cancelCampaign } from '../campaigns/lifecycle.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { startJobs } from '../jobs/jobs.ts';
import { writeAttemptsCsv } from '../reports/attempts-csv.ts';
import { writeContactsCsv } from '../reports/contacts-csv.ts';
import { reportDetails } from '../reports/report-details.ts';
import { campaignReport } from '../reports/report.ts';
import { readScenarioFile } from '../sandbox/scenario-file.ts';
import { startSandbox } from '../sandbox/server.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { startService } from '../serve.ts';
import { paintFor } from './bars.ts';
import { importDone } from './campaign-create.ts';
import { stopOnSignal } from './first-signal.ts';
import { writeFileWhole } from './output-file.ts';
import { say } from './output.ts';
import { renderReport } from './report-table.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';
import { watchCampaign } from './watch.ts';

const sample = fileURLToPath(new URL('../../campaigns/renewal-november/', import.meta.url));

/** `dialer demo`: everything a user would start by hand, in one process and on a database of its own. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('dial the sample campaign against the simulated Exotel, from an empty machine to a report')
    .action(demo);
}

async function demo(): Promise<void> {
  const stopping = stopOnSignal();
  say('A simulated Exotel, an embedded PostgreSQL and the dialer, all on this machine: no real phone rings.');
  const sandbox = await startSandbox(await readScenarioFile(join(sample, 'sandbox.yaml')));
  try {
    await withSession((session) => rehearse(session, stopping.signal), {
      config: configFor(sandbox, resolve('.dialer', 'demo')),
      maxConnections: 20,
    });
  } finally {
    await sandbox.close();
  }
  process.exitCode = stopping.exitCode();
}

async function rehearse(session: Session, signal: AbortSignal): Promise<void> {
  const { database, config } = session;
  if (signal.aborted) return;
  const name = await nextName(database, 'renewal-november');
  const service = await startService(session, ['server', 'worker']);
  try {
    say(`database   embedded in ${relative('.', config.dataDirectory)}`);
    for (const { ccmUrl, requestsPerMinute } of config.accounts) {
      say(`exotel     simulated at ${ccmUrl}, at most ${requestsPerMinute} requests in any minute`);
    }
    await createSample(session, name);
    await watchCampaign({ database, name, output: process.stderr, signal, everyMs: 500 });
  } finally {
    await service.stop();
  }
  if (!signal.aborted) await tellResult(session, name);
}

async function createSample(session: Session, name: string): Promise<void> {
  const { database, log, actor } = session;
  const jobs = await startJobs(database.url, log);
  try {
    const file = join(sample, 'campaign.yaml');
    const created = await createCampaign({
      database,
      jobs,
      file,
      contacts: null,
      agents: null,
      name,
      start: true,
      actor,
    });
    const { accepted, rejected, duplicates } = await importDone(database, created.importId);
    say(
      `campaign   ${name}: ${accepted} contacts, ${rejected} rows rejected, ${duplicates} duplicate left out\n`,
    );
  } finally {
    await jobs.stop();
  }
}

async function tellResult({ database, config }: Session, name: string): Promise<void> {
  const look = { columns: Math.min(process.stdout.columns ?? 80, 100), paint: paintFor(process.stdout) };
  const report = await campaignReport(database, name);
  process.stdout.write(`\n${renderReport(report, await reportDetails(database, name), look)}\n\n`);
  const folder = join(config.dataDirectory, 'reports');
  await mkdir(folder, { recursive: true });
  const contacts = join(folder, `${name}.csv`);
  const attempts = join(folder, `${name}-attempts.csv`);
  const contactRows = await writeFileWhole(contacts, (output) => writeContactsCsv(database, name, output));
  const attemptRows = await writeFileWhole(attempts, (output) => writeAttemptsCsv(database, name, output));
  process.stdout.write(
    `report     ${relative('.', contacts)}: ${contactRows} contacts\n` +
      `           ${relative('.', attempts)}: ${attemptRows} attempts\n`,
  );
}

/** What an interrupted demo left is ended first, so that it does not dial beside this one. */
async function nextName(database: Database, base: string): Promise<string> {
  const unfinished = await database.query<{ name: string }>(
    `select name from campaigns where status not in ('completed', 'canceled')`,
  );
  for (const { name } of unfinished.rows) await cancelCampaign(database, name, 'demo');
  const before = await database.query<{ campaigns: number }>('select count(*) as campaigns from campaigns');
  const campaigns = before.rows[0]?.campaigns ?? 0;
  return campaigns === 0 ? base : `${base}-${campaigns + 1}`;
}

/** The environment is left aside: the demo must never find its way to a real account. */
function configFor(sandbox: Sandbox, dataDirectory: string): Config {
  const { account, limit } = sandbox.settings.current;
  return {
    databaseUrl: null,
    dataDirectory,
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    adminToken: null,
    secret: null,
    accounts: [
      {
        name: 'main',
        sid: account.sid,
        credentials: { key: account.key, token: account.token },
        ccmUrl: sandbox.url,
        requestsPerMinute: limit.requests,
        callsPerMinute: null,
        maxConcurrentLegs: null,
        callDetails: 'v2',
      },
    ],
    logLevel: 'error',
    timings: { windowMs: limit.window, leaseMs: 5000 },
  };
}
