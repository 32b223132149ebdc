import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished, expect, test } from 'vitest';
import { createEmptyDatabase, testDatabase } from '../../test/support/database.ts';
import { createLog } from '../log.ts';
import { migrate } from './migrate.ts';

const log = createLog('silent');

function migrationsFolder(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'dialer-migrations-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(directory, { recursive: true });
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, name), sql);
  return directory;
}

test("this build's migrations are applied once and not again", async () => {
  const { url, database } = await createEmptyDatabase();
  const applied = await migrate({ url, log });
  expect(applied[0]).toMatch(/^0001_/);
  expect(await migrate({ url, log })).toEqual([]);
  expect((await database.query('SELECT count(*) AS n FROM schema_migrations')).rows).toEqual([
    { n: applied.length },
  ]);
});

test('of processes that migrate at once one applies each file and the others wait for it', async () => {
  const { url, database } = await createEmptyDatabase();
  const directory = migrationsFolder({
    '0001_first.sql': 'CREATE TABLE first (); SELECT pg_sleep(0.2);',
    '0002_second.sql': 'CREATE TABLE second ();',
  });
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate({ url, log, directory })));
  expect(results.filter((applied) => applied.length > 0)).toEqual([['0001_first', '0002_second']]);
  expect((await database.query('SELECT name FROM schema_migrations ORDER BY id')).rows).toEqual([
    { name: '0001_first' },
    { name: '0002_second' },
  ]);
});

test('files are applied in the order of their numbers', async () => {
  const { url } = await createEmptyDatabase();
  const directory = migrationsFolder({
    '0010_last.sql': 'INSERT INTO made VALUES (10)',
    '0002_second.sql': 'INSERT INTO made VALUES (2)',
    '0001_first.sql': 'CREATE TABLE made (n integer)',
  });
  expect(await migrate({ url, log, directory })).toEqual(['0001_first', '0002_second', '0010_last']);
});

test('a migration that fails is named, and nothing of the run is kept', async () => {
  const { url, database } = await createEmptyDatabase();
  const directory = migrationsFolder({
    '0001_first.sql': 'CREATE TABLE first ();',
    '0002_second.sql': 'CREATE TABLE second (); SELECT 1 / 0;',
  });
  await expect(migrate({ url, log, directory })).rejects.toThrow(
    'migration 0002_second failed, and nothing of it was kept: division by zero',
  );
  expect(
    (await database.query("SELECT to_regclass('first') AS first, to_regclass('second') AS second")).rows,
  ).toEqual([{ first: null, second: null }]);
});

test('a database migrated by a newer build is refused and left as it is', async () => {
  const { url, database } = await testDatabase();
  await database.query("INSERT INTO schema_migrations (name, run_on) VALUES ('9999_later', now())");
  await expect(migrate({ url, log })).rejects.toThrow(/does not know \(9999_later\): run a newer build/);
});

test('a process that migrates for too long is named as the reason', async () => {
  const { url, database } = await createEmptyDatabase();
  const directory = migrationsFolder({ '0001_first.sql': 'CREATE TABLE first ();' });
  const held = await database.withClient(async (client) => {
    await client.query('SELECT pg_advisory_lock(7241865325823964)');
    return await migrate({ url, log, directory, lockTimeout: 100 }).catch((error: unknown) => String(error));
  });
  expect(held).toMatch(/another process has been migrating the database at .*:\d+ for too long/);
});

test('a database that is away is named by host and port', async () => {
  const away = new URL(inject('templateDatabaseUrl'));
  away.hostname = '127.0.0.2';
  away.port = '1';
  await expect(migrate({ url: away.href, log })).rejects.toThrow('no database answers at 127.0.0.2:1');
});
