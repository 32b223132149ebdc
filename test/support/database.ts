import { Client } from 'pg';
import { inject, onTestFinished, TestRunner } from 'vitest';
import { createDatabase } from '../../src/db/pool.ts';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { databaseName, urlWithDatabase } from './database-names.ts';

export interface TestDatabase {
  url: string;
  database: Database;
  /** Closes the pool and removes the database; a second call does nothing. */
  drop: () => Promise<void>;
}

/**
 * A fresh, migrated database. Called in a test or in `beforeEach` it goes by itself when the test passed, and stays
 * for a look when it failed. Called in `beforeAll`, it is the caller who drops it in `afterAll`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  return await createFrom(new URL(inject('templateDatabaseUrl')).pathname.slice(1));
}

/** As `testDatabase`, but with nothing in it, not even the schema. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return await createFrom('template0');
}

async function createFrom(template: string): Promise<TestDatabase> {
  const server = inject('templateDatabaseUrl');
  const name = databaseName('test');
  // a copy by the file takes 45 ms of a processor, one by the log 80
  await administer(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  const url = urlWithDatabase(server, name);
  const database = createDatabase(url, { log: createLog('warn') });
  const close = once(() => database.close());
  const drop = once(async () => {
    await close();
    await administer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  if (TestRunner.getCurrentTest() !== undefined) {
    onTestFinished(({ task }) => (task.result?.state === 'fail' ? close() : drop()));
  }
  return { url, database, drop };
}

async function administer(url: string, statement: string): Promise<void> {
  const admin = new Client({ connectionString: urlWithDatabase(url, 'postgres') });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= act());
}
