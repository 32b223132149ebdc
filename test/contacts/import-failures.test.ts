import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadNow } from '../../src/contacts/import-done.ts';
import { importList } from '../../src/contacts/import-list.ts';
import { loadImport } from '../../src/contacts/load-import.ts';
import type { Database } from '../../src/db/pool.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { campaignState } from '../../src/reports/summary.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';
import { workbookOf } from './awkward/zip-file.ts';
import { loadList, queueList } from './load-list.ts';

const log = createLog('fatal');
let database: Database;
let url: string;
let campaignId: number;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
  ({ campaignId } = await seed(database));
});

async function withJobs(): Promise<Jobs> {
  const jobs = await startJobs(url, log);
  onTestFinished(() => jobs.stop());
  return jobs;
}

async function queued(jobs: Jobs): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'dialer-lists-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'more.csv');
  await writeFile(file, 'phone\n9800000002\n');
  return (await importList({ database, jobs, campaign: 'test', file, mapping: {}, actor: 'test' })).importId;
}

const importOf = (importId: number) =>
  one<{ state: string; error: string | null; accepted: number }>(
    database,
    'select state, error, accepted, rejected from imports where id = $1',
    [importId],
  );

/** The database answers every new contact with this SQLSTATE. */
async function refuseContacts(sqlState: string): Promise<void> {
  await database.query(
    `create function refuse() returns trigger language plpgsql as
     $$ begin raise exception 'refused by the database' using errcode = '${sqlState}'; end $$`,
  );
  await database.query('create trigger refuse before insert on contacts execute function refuse()');
}

describe('a cell that the database cannot keep', () => {
  test('costs its row where it is a number longer than any that is dialled', async () => {
    const importId = await loadList(database, campaignId, 'phone\n+49301234567890123\n9800000002\n');
    expect(await importOf(importId)).toEqual({ state: 'done', error: null, accepted: 1, rejected: 1 });
    expect(await one(database, 'select code from import_rejects')).toEqual({ code: 'too_long' });
  });

  test('costs nothing where it is a NUL in a workbook', async () => {
    const cell = (place: string, text: string) => `<c r="${place}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const rows = [
      `<row r="1">${cell('A1', 'phone')}${cell('B1', 'no_x0000_te')}</row>`,
      `<row r="2">${cell('A2', '9800000002')}${cell('B2', 'a_x0000_b')}</row>`,
    ];
    const importId = await loadList(database, campaignId, workbookOf(rows.join('')));
    expect(await importOf(importId)).toMatchObject({ state: 'done', accepted: 1 });
    expect(await one(database, 'select cells from contacts where import_id = $1', [importId])).toEqual({
      cells: ['9800000002', 'a\uFFFDb'],
    });
  });
});

describe('a list that cannot be loaded', () => {
  test.each([
    ['in this thread', 1],
    ['in a thread of its own', 8000],
  ])('for what is in it fails at once, %s, and keeps its campaign waiting no longer', async (_, rows) => {
    await refuseContacts('23514');
    const numbers = Array.from({ length: rows }, (__, row) => `98${String(10_000_000 + row)}`);
    const importId = await loadList(database, campaignId, `phone\n${numbers.join('\n')}\n`);
    const error = 'the database refuses a row of it: refused by the database';
    expect(await importOf(importId)).toMatchObject({ state: 'failed', error });
    expect(await campaignState(database, 'test')).toMatchObject({ importing: false, import_error: error });
  });

  test('for another reason is tried again, and fails with the reason on the last try', async () => {
    await refuseContacts('53100');
    const importId = await queueList(database, campaignId, 'phone\n9800000002\n');
    await expect(loadImport(database, importId, log)).rejects.toThrow('refused by the database');
    expect(await importOf(importId)).toMatchObject({ state: 'open' });
    await loadImport(database, importId, log, { last: true });
    expect(await importOf(importId)).toMatchObject({
      state: 'failed',
      error: 'it was tried again and again: refused by the database',
    });
  });

  test('is not waited for any longer than its job is tried', async () => {
    await refuseContacts('53100');
    const jobs = await withJobs();
    const importId = await queued(jobs);
    await database.query('update pgboss.job set retry_limit = 1');
    await expect(loadNow(database, jobs, importId, log)).rejects.toThrow(
      'the contact list could not be loaded: it was tried again and again: refused by the database',
    );
  });
});

test.each(['failed', 'completed', 'gone'])(
  'a list whose job is %s is loaded by whoever works next',
  async (state) => {
    const jobs = await withJobs();
    const importId = await queued(jobs);
    if (state === 'gone') await database.query('delete from pgboss.job');
    else await database.query(`update pgboss.job set state = $1::pgboss.job_state`, [state]);
    expect(await loadNow(database, jobs, importId, log)).toMatchObject({ accepted: 1 });
  },
);

test('a job that waits or runs is not queued a second time', async () => {
  const jobs = await withJobs();
  const importId = await queued(jobs);
  await jobs.sendUnlessThere(database, 'import', { importId });
  await database.query(`update pgboss.job set state = 'active'`);
  await jobs.sendUnlessThere(database, 'import', { importId });
  expect(await one(database, `select count(*) as jobs from pgboss.job where name = 'import'`)).toEqual({
    jobs: 1,
  });
});
