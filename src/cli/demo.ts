import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { Client, escapeIdentifier } from 'pg';
import { createCampaign } from '../campaigns/create-campaign.ts';
import type { Config } from '../config.ts';
import { importDone } from '../contacts/import-done.ts';
import { acquireEmbeddedDatabase } from '../db/embedded/acquire.ts';
import { createLog } from '../log.ts';
import { startJobs } from '../jobs/jobs.ts';
import { writeAttemptsCsv } from '../reports/attempts-csv.ts';
import { writeContactsCsv } from '../reports/contacts-csv.ts';
import { campaignReport } from '../reports/report.ts';
import { readScenarioFile } from '../sandbox/scenario-file.ts';
import { startSandbox } from '../sandbox/server.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { startService } from '../serve.ts';
import { paintFor } from './bars.ts';
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
  const dataDirectory = resolve('.dialer', 'demo');
  const embedded = await acquireEmbeddedDatabase({ dataDirectory, log: createLog('error') });
  say(`database   embedded in ${embedded.folder}`);
  const sandbox = await startSandbox(await readScenarioFile(join(sample, 'sandbox.yaml')));
  try {
    await onFreshDatabase(embedded.url, (databaseUrl) =>
      withSession((session) => rehearse(session, stopping.signal), {
        config: configFor(sandbox, dataDirectory, databaseUrl),
        maxConnections: 20,
      }),
    );
  } finally {
    await sandbox.close();
    await embedded.release();
  }
  process.exitCode = stopping.exitCode();
}

/**
 * Each run has a database of its own: what an interrupted one left (agents on calls that no simulated Exotel knows any
 * more) must not stand in the way of the next.
 */
async function onFreshDatabase(serverUrl: string, run: (url: string) => Promise<void>): Promise<void> {
  const admin = new Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    const left = await admin.query<{ name: string }>(
      `select datname as name from pg_database where datname like 'demo\\_%'
         and not exists (select 1 from pg_stat_activity a where a.datname = pg_database.datname)`,
    );
    for (const { name } of left.rows) await admin.query(`drop database if exists ${escapeIdentifier(name)}`);
    const name = `demo_${process.pid}_${Date.now()}`;
    await admin.query(`create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    try {
      await run(url.href);
    } finally {
      await admin.query(`drop database ${name} with (force)`);
    }
  } finally {
    await admin.end();
  }
}

async function rehearse(session: Session, signal: AbortSignal): Promise<void> {
  const { database, config } = session;
  if (signal.aborted) return;
  const service = await startService(session, ['server', 'worker']);
  try {
    for (const { ccmUrl, requestsPerMinute } of config.accounts) {
      say(`exotel     simulated at ${ccmUrl}, at most ${requestsPerMinute} requests in any minute`);
    }
    const name = await createSample(session);
    await watchCampaign({ database, name, output: process.stderr, signal, everyMs: 500 });
    if (!signal.aborted) await tellResult(session, name);
  } finally {
    await service.stop();
  }
}

async function createSample(session: Session): Promise<string> {
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
      start: true,
      actor,
    });
    const { accepted, rejected, duplicates } = await importDone(database, created.importId);
    say(
      `campaign   ${created.name}: ${accepted} contacts, ${rejected} rows rejected, ${duplicates} duplicate left out\n`,
    );
    return created.name;
  } finally {
    await jobs.stop();
  }
}

async function tellResult({ database, config }: Session, name: string): Promise<void> {
  const look = { columns: Math.min(process.stdout.columns ?? 80, 100), paint: paintFor(process.stdout) };
  const report = await campaignReport(database, name);
  process.stdout.write(`\n${renderReport(report, look)}\n\n`);
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

/** The environment is left aside: the demo must never find its way to a real account. */
function configFor(sandbox: Sandbox, dataDirectory: string, databaseUrl: string): Config {
  const { account, limit } = sandbox.settings.current;
  return {
    databaseUrl,
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
        v1Url: sandbox.url,
        timeZone: 'Asia/Kolkata',
        requestsPerMinute: limit.requests,
        callsPerMinute: null,
        maxConcurrentLegs: null,
        callDetails: 'v2',
      },
    ],
    logLevel: 'error',
    timings: { windowMs: limit.window, leaseMs: 4000 },
  };
}
