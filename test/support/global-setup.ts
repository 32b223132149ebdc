import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { acquireEmbeddedDatabase } from '../../src/db/embedded/acquire.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { memoryFolderFor } from './memory-folder.ts';
import { databaseName, dropDeadRuns, urlWithDatabase } from './database-names.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database that nobody connects to; tests copy it. */
    templateDatabaseUrl: string;
  }
}

/** No test pulls the plug of this server, so what it writes need not reach the disk. */
async function forgetDurability(url: string): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query('ALTER SYSTEM SET fsync = off');
    await admin.query('ALTER SYSTEM SET full_page_writes = off');
    await admin.query(`ALTER SYSTEM SET checkpoint_timeout = '1h'`);
    // the log of a run is kept in memory, too
    await admin.query(`ALTER SYSTEM SET max_wal_size = '256MB'`);
    await admin.query('SELECT pg_reload_conf()');
  } finally {
    await admin.end();
  }
}

const onDisk = fileURLToPath(new URL('../../.test-data', import.meta.url));

/** The server is kept in memory where there is room. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  return await setUpIn(project, (await memoryFolderFor(onDisk)) ?? onDisk);
}

/** For tests of millions of rows, which are some ten gigabytes. */
export async function setUpOnDisk(project: TestProject): Promise<() => Promise<void>> {
  return await setUpIn(project, onDisk);
}

/** One server for the whole run (the one of DATABASE_URL, else an embedded one) with one migrated template. */
async function setUpIn(project: TestProject, dataDirectory: string): Promise<() => Promise<void>> {
  const log = createLog('warn');
  const server = await acquireServer();
  const admin = new Client({ connectionString: server.url });
  const template = databaseName('template');
  await admin.connect();
  await dropDeadRuns(admin);
  await admin.query(`CREATE DATABASE ${template}`);
  const templateDatabaseUrl = urlWithDatabase(server.url, template);
  await migrate({ url: templateDatabaseUrl, log });
  // the jobs' tables too: made anew in each test's database they cost a tenth of a second each time
  const jobs = await startJobs(templateDatabaseUrl, log);
  await jobs.stop();
  project.provide('templateDatabaseUrl', templateDatabaseUrl);
  return async () => {
    await admin.query(`DROP DATABASE ${template} WITH (FORCE)`);
    await admin.end();
    await server.release();
  };

  async function acquireServer(): Promise<{ url: string; release(): Promise<void> }> {
    const given = process.env['DATABASE_URL'];
    if (given !== undefined && given !== '') return { url: given, release: async () => undefined };
    const embedded = await acquireEmbeddedDatabase({ dataDirectory, log });
    await forgetDurability(embedded.url);
    return embedded;
  }
}
