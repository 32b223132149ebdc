import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cancelCampaign, pauseByPerson } from '../../src/campaigns/lifecycle.ts';
import { shareAccount } from '../../src/campaigns/pausing.ts';
import { completeDone } from '../../src/campaigns/sweep.ts';
import { renderCampaign } from '../../src/cli/campaign-views.ts';
import { releaseHeld } from '../../src/contacts/held-contacts.ts';
import { importList } from '../../src/contacts/import-list.ts';
import type { ImportListOptions } from '../../src/contacts/import-list.ts';
import { loadImport } from '../../src/contacts/load-import.ts';
import { rehearseImport } from '../../src/contacts/rehearse-import.ts';
import { undoImport } from '../../src/contacts/undo-import.ts';
import type { Database } from '../../src/db/pool.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import { messageOf } from '../../src/errors.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { writeContactsCsv } from '../../src/reports/contacts-csv.ts';
import { campaignState, campaignSummary } from '../../src/reports/summary.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { interleave, patient, untilWaiting } from './waiting.ts';

const log = createLog('error');
let database: Database;
let jobs: Jobs;
let seeded: Seeded;
let folder: string;
beforeEach(async () => {
  const created = await testDatabase();
  database = created.database;
  jobs = await startJobs(created.url, log);
  onTestFinished(() => jobs.stop());
  seeded = await seed(database);
  folder = await mkdtemp(join(tmpdir(), 'dialer-lists-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function list(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const add = (file: string, mapping: ImportListOptions['mapping'] = {}) =>
  importList({ database, jobs, campaign: 'test', file, mapping, actor: 'cli:asha' });

async function loaded(file: string, mapping: ImportListOptions['mapping'] = {}): Promise<number> {
  const { importId } = await add(file, mapping);
  await loadImport(database, importId, log);
  return importId;
}

const countsOf = (importId: number) =>
  one(database, 'select state, accepted, rejected, duplicates from imports where id = $1', [importId]);

const rowsIn = async (table: 'contacts' | 'imports' | 'import_parts' | 'import_rejects' | 'trail') =>
  (await one<{ rows: number }>(database, `select count(*) as rows from ${table}`)).rows;

async function exported(): Promise<string[]> {
  let text = '';
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  await writeContactsCsv(database, 'test', output);
  return text.trimEnd().split(/\r?\n/);
}

describe('a list added to a campaign', () => {
  test('is loaded into one that is running, with the columns that were named for it', async () => {
    const file = await list('more.csv', 'Home,Mobile,ref\n9800000009,9800000002,a\n,9800000003,b\n,12,c\n');
    const importId = await loaded(file, { phone: 'Mobile' });
    expect(await countsOf(importId)).toEqual({ state: 'done', accepted: 2, rejected: 1, duplicates: 0 });
    const numbers = await database.query('select number from contacts where import_id = $1 order by id', [
      importId,
    ]);
    expect(numbers.rows).toEqual([{ number: '+919800000002' }, { number: '+919800000003' }]);
    expect(await one(database, `select actor, new from trail where what = 'list_added'`)).toMatchObject({
      actor: 'cli:asha',
      new: { import: importId, mapping: { phone: 'Mobile' } },
    });
  });

  test('with other columns than the first comes out beside it, every cell as it was', async () => {
    const cells = ['9800000002', '"a, ""b""\nc"', '" lead"', 'आशा', '=1+1'];
    await loaded(await list('more.csv', `phone,note,pad,name,sum\n${cells.join(',')}\n`));
    const lines = (await exported()).join('\n');
    expect(lines).toMatch(/^phone,note,pad,name,sum,dialed_number,/);
    expect(lines).toContain(`\n+919800000001,,,,,+919800000001,pending,`);
    expect(lines).toMatch(/\n9800000002,"a, ""b""\nc",(?:" lead"| lead),आशा,=1\+1,\+919800000002,pending,/);
  });

  test('leaves out numbers of the campaign and keeps the first of several in it', async () => {
    const importId = await loaded(await list('more.csv', 'phone\n9800000001\n9800000002\n+919800000002\n'));
    expect(await countsOf(importId)).toMatchObject({ accepted: 1, duplicates: 2 });
  });

  test('is refused with the reason when the campaign is over, and nothing is written', async () => {
    const file = await list('more.csv', 'phone\n9800000002\n');
    await expect(
      importList({ database, jobs, campaign: 'nope', file, mapping: {}, actor: 'test' }),
    ).rejects.toThrow(/^there is no campaign nope/);
    await cancelCampaign(database, 'test', 'test');
    await expect(add(file)).rejects.toThrow(/^campaign test is canceled and calls nobody any more/);
    await database.query(`update campaigns set status = 'paused', ended_at = null, paused_reason = 'x',
      ends_at = dialer_now() - interval '1 s', starts_at = dialer_now() - interval '1 day'`);
    await expect(add(file)).rejects.toThrow(/^campaign test is past its end/);
    expect([await rowsIn('imports'), await rowsIn('import_parts')]).toEqual([1, 0]);
  });

  test('is refused when the campaign is canceled while the file is stored', async () => {
    const file = await list('more.csv', 'phone\n9800000002\n');
    await interleave(
      database,
      () => cancelCampaign(database, 'test', 'test'),
      () => expect(add(file)).rejects.toThrow(/^campaign test is canceled/),
    );
    expect([await rowsIn('imports'), await rowsIn('import_parts')]).toEqual([1, 0]);
  });

  test('is refused with every problem when it is no list', async () => {
    const file = await list('more.csv', 'a,b\n1,2\n');
    await expect(add(file)).rejects.toMatchObject({ exitCode: 2, message: /there is no phone column/ });
    await expect(add(join(folder, 'none.csv'))).rejects.toMatchObject({
      exitCode: 2,
      message: /none\.csv: cannot be read/,
    });
  });

  test('keeps a campaign from being completed until it is loaded', async () => {
    await database.query(`update contacts set state = 'finished'`);
    const { importId } = await add(await list('more.csv', 'phone\n9800000002\n'));
    expect(await completeDone(database, seeded.accountId)).toBe(0);
    await loadImport(database, importId, log);
    expect(await completeDone(database, seeded.accountId)).toBe(0);
    await undoImport(database, importId, 'test');
    expect(await completeDone(database, seeded.accountId)).toBe(1);
  });

  test('whose loading is killed in the middle leaves nothing and is loaded whole by the next', async () => {
    const lines = Array.from({ length: 12_000 }, (_, row) => `98${String(10_000_000 + row)},row ${row}`);
    const { importId } = await add(await list('long.csv', `phone,ref\n${lines.join('\n')}\n12,bad\n`));
    await database.transaction(async (transaction) => {
      // the last step of loading waits for this
      await transaction.query('lock table suppressions in row exclusive mode');
      const ended = loadImport(database, importId, log).then(() => 'loaded', messageOf);
      await untilWaiting(database);
      await database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(await ended).toMatch(/terminat/);
    }, patient);
    expect(await countsOf(importId)).toMatchObject({ state: 'open' });
    expect([await rowsIn('contacts'), await rowsIn('import_rejects')]).toEqual([1, 0]);
    await loadImport(database, importId, log);
    expect(await countsOf(importId)).toEqual({ state: 'done', accepted: 12_000, rejected: 1, duplicates: 0 });
    expect([await rowsIn('contacts'), await rowsIn('import_parts')]).toEqual([12_001, 0]);
  });
});

describe('a list that is being loaded', () => {
  test.each([
    ['once', 'first', 1],
    ['twice', 'merge', 2],
  ] as const)('and is read %s tells how far it is, and afterwards nothing', async (_, keep, times) => {
    const duplicates = { within: 'campaign', days: 30, keep } as const;
    await database.query(`update campaigns set definition = definition || $1`, [
      JSON.stringify({ duplicates }),
    ]);
    const lines = Array.from({ length: 2000 }, (__, row) => `98${String(10_000_000 + row)},row ${row}`);
    const text = `phone,ref\n${lines.join('\n')}\n`;
    const { importId } = await add(await list('long.csv', text));
    const before = { import: importId, file: 'long.csv', bytesRead: 0, bytesTotal: text.length };
    expect((await campaignSummary(database, 'test')).loading).toEqual([before]);
    let loading = Promise.resolve();
    await database.transaction(async (transaction) => {
      // the last step of loading waits for this
      await transaction.query('lock table suppressions in row exclusive mode');
      loading = loadImport(database, importId, log);
      await untilWaiting(database);
      const bytes = text.length * times;
      expect((await campaignSummary(database, 'test')).loading).toEqual([
        { ...before, bytesRead: bytes, bytesTotal: bytes },
      ]);
      const shown = renderCampaign(
        await campaignSummary(database, 'test'),
        await campaignState(database, 'test'),
        80,
        (__, plain) => plain,
      );
      expect(shown).toMatch(/^loading +long\.csv, 99 % \(\d+ kB of \d+ kB read\)$/m);
    }, patient);
    await loading;
    expect(await campaignSummary(database, 'test')).not.toHaveProperty('loading');
    expect(await one(database, 'select count(*) as rows from import_progress')).toEqual({ rows: 0 });
  });
});

describe('the same file again', () => {
  test('changes nothing and names the import before', async () => {
    const file = await list('more.csv', 'phone\n9800000002\n');
    const importId = await loaded(file);
    const trail = await rowsIn('trail');
    expect(await add(await list('copy.csv', 'phone\n9800000002\n'))).toMatchObject({
      importId,
      already: true,
    });
    expect([await rowsIn('imports'), await rowsIn('import_parts'), await rowsIn('trail')]).toEqual([
      2,
      0,
      trail,
    ]);
  });

  test('is taken once by two who import it at the same time', async () => {
    const file = await list('more.csv', 'phone\n9800000002\n');
    const both = await Promise.all([add(file), add(file)]);
    expect(new Set(both.map((queued) => queued.importId)).size).toBe(1);
    expect(both.filter((queued) => queued.already)).toHaveLength(1);
    expect(await rowsIn('imports')).toBe(2);
  });

  test('is known however its columns were said', async () => {
    const importId = await loaded(await list('more.csv', 'Mobile,Person,Home\n9800000002,Asha,\n'));
    const file = join(folder, 'more.csv');
    const asFound = { phone: ['mobile'], name: null, timezone: null, priority: null };
    expect(await add(file, asFound)).toMatchObject({ importId, already: true });
    expect(await add(file, { phone: 'Mobile' })).toMatchObject({ importId, already: true });
    expect(
      await rehearseImport(database, { campaign: 'test', file, mapping: { phone: 'Mobile' } }),
    ).toMatchObject({ already: importId });
    expect(await add(file, { phone: 'Mobile', name: 'Person' })).toMatchObject({ already: false });
  });

  test('is another list when other columns are named, and one when it failed before', async () => {
    const file = await list('more.csv', 'phone,alt\n9800000002,9800000003\n');
    await loaded(file);
    const { importId, already } = await add(file, { phone: 'alt' });
    expect(already).toBe(false);
    await database.query(
      `update imports set state = 'failed', error = 'x', finished_at = dialer_now() where id = $1`,
      [importId],
    );
    expect(await add(file, { phone: 'alt' })).toMatchObject({ already: false });
  });
});

describe('undoing an import', () => {
  test('cancels what waits, keeps what was called, and the totals still add up', async () => {
    const importId = await loaded(await list('more.csv', 'phone\n9800000002\n9800000003\n9800000004\n'));
    await database.query(`update contacts set state = 'finished' where number = '+919800000003'`);
    expect(await undoImport(database, importId, 'cli:asha')).toEqual({
      import: importId,
      campaign: 'test',
      file: 'more.csv',
      canceled: 2,
      calledBefore: 0,
      dialing: 0,
      held: 0,
      restored: 0,
      unmerged: 0,
      stillMerged: 0,
    });
    expect((await campaignSummary(database, 'test')).contacts).toMatchObject({
      total: 4,
      pending: 1,
      finished: 1,
      canceled: 2,
    });
    expect(await countsOf(importId)).toMatchObject({ state: 'done', accepted: 3 });
    expect(await exported()).toHaveLength(5);
    expect(await one(database, `select actor, new from trail where what = 'import_undone'`)).toEqual({
      actor: 'cli:asha',
      new: { import: importId, canceled: 2, calledBefore: 0, restored: 0, unmerged: 0 },
    });
    expect((await undoImport(database, importId, 'cli:asha')).canceled).toBe(0);
  });

  test('lets a call under way go on, and tells of it and of those that wait for another try', async () => {
    await database.query(`update contacts set state = 'finished'`);
    const importId = await loaded(await list('more.csv', 'phone\n9800000002\n9800000003\n'));
    const first = await claimed(seeded.claiming);
    await settleByCall(database, first.attemptId, callDetails('customer_unanswered'), 'poll');
    await database.query('update agents set wrap_up_until = null, cooling_until = null');
    await claimed(seeded.claiming);
    expect(await undoImport(database, importId, 'test')).toMatchObject({
      canceled: 1,
      calledBefore: 1,
      dialing: 1,
    });
  });

  test('waits for a claim under way, and after it nothing of the list is claimed', async () => {
    await database.query(`update contacts set state = 'finished'`);
    const importId = await loaded(await list('more.csv', 'phone\n9800000002\n'));
    const running: Promise<unknown>[] = [];
    await database.transaction(async (transaction) => {
      await shareAccount(transaction, seeded.accountId);
      running.push(undoImport(database, importId, 'test'));
      await untilWaiting(database);
    });
    await Promise.all(running);
    expect((await claimNext(seeded.claiming)).kind).not.toBe('claimed');
  });

  test('cancels contacts that are held without having been called, and leaves those that were called', async () => {
    await database.query(`update contacts set state = 'finished'`);
    const importId = await loaded(await list('more.csv', 'phone\n9800000002\n9800000003\n'));
    const called = await claimed(seeded.claiming);
    await database.query(
      `update contacts set state = 'held', state_reason = case when number = $2 then 'unknown' else 'scrub_unavailable' end
       where import_id = $1`,
      [importId, called.number],
    );
    expect(await undoImport(database, importId, 'test')).toMatchObject({ canceled: 1, held: 1, dialing: 0 });
    expect(await releaseHeld(database, 'test', null, 'test')).toMatchObject({ released: 1 });
    const states = await database.query(
      'select number = $2 as called, state from contacts where import_id = $1 order by id',
      [importId, called.number],
    );
    expect(states.rows).toEqual([
      { called: true, state: 'pending' },
      { called: false, state: 'canceled' },
    ]);
  });

  test('lets the same list, or a corrected one, come in again', async () => {
    const file = await list('more.csv', 'phone\n9800000002\n');
    const importId = await loaded(file);
    await undoImport(database, importId, 'test');
    const again = await loaded(file);
    expect(again).not.toBe(importId);
    expect(await countsOf(again)).toMatchObject({ accepted: 1, duplicates: 0 });
  });

  test('is refused when there is no such import, it failed, or is still being loaded', async () => {
    await expect(undoImport(database, 999, 'test')).rejects.toThrow(/^there is no import 999/);
    const { importId } = await add(await list('more.csv', 'phone\n9800000002\n'));
    await expect(undoImport(database, importId, 'test')).rejects.toThrow(/still being loaded/);
    await database.query(
      `update imports set state = 'failed', error = 'x', finished_at = dialer_now() where id = $1`,
      [importId],
    );
    await expect(undoImport(database, importId, 'test')).rejects.toThrow(/failed and left nothing/);
  });
});

describe('a dry run', () => {
  test('tells of contacts whose number does not say in which zone of its country they are', async () => {
    const file = await list(
      'abroad.csv',
      'phone,tz\n+1 212 555 0123,\n+1 212 555 0124,\n+1 212 555 0125,EST\n',
    );
    const { warnings } = await rehearseImport(database, { campaign: 'test', file, mapping: {} });
    expect(warnings.join()).toContain(
      '2 contacts are in US (in any of its 8 time zones) and called only while the hours are open in all of them; a column timezone says more',
    );
  });

  test('shows columns, first contacts, rejects by code and both kinds of duplicates, and writes nothing', async () => {
    const content =
      'Full Name,Mobile No.,ref\nAsha Rao,9800000002,a\nRavi Iyer,9800000001,b\nMeena,98000 00002,c\nX,12,d\nY,13,e\nZ,,f\n';
    const file = await list('more.csv', content);
    const before = [await rowsIn('imports'), await rowsIn('contacts'), await rowsIn('trail')];
    expect(await rehearseImport(database, { campaign: 'test', file, mapping: {} })).toMatchObject({
      dryRun: true,
      already: null,
      encoding: 'utf-8',
      delimiter: ',',
      mapping: { phone: 'Mobile No.', name: 'Full Name', timezone: null, priority: null },
      firstContacts: [{ row: 2, number: '+919800000002', name: 'Asha Rao' }],
      accepted: 1,
      rejected: 3,
      rejects: [
        {
          code: 'too_short',
          rows: 2,
          examples: [
            { row: 5, phone: '12' },
            { row: 6, phone: '13' },
          ],
        },
        { code: 'missing', rows: 1, examples: [{ row: 7, phone: '' }] },
      ],
      duplicates: 2,
      duplicatesInFile: 1,
      duplicatesInCampaign: 1,
    });
    expect([await rowsIn('imports'), await rowsIn('contacts'), await rowsIn('trail')]).toEqual(before);
    const importId = await loaded(file);
    expect(await countsOf(importId)).toMatchObject({ accepted: 1, rejected: 3, duplicates: 2 });
    expect(await rehearseImport(database, { campaign: 'test', file, mapping: {} })).toMatchObject({
      already: importId,
    });
  });

  test('refuses what the import would refuse', async () => {
    const file = await list('more.csv', 'phone\n9800000002\n');
    const none = { campaign: 'test', file: join(folder, 'none.csv'), mapping: {} };
    await expect(rehearseImport(database, none)).rejects.toThrow(/none\.csv: cannot be read/);
    await pauseByPerson(database, 'test', 'test');
    expect(await rehearseImport(database, { ...none, file })).toMatchObject({ accepted: 1 });
    await cancelCampaign(database, 'test', 'test');
    await expect(rehearseImport(database, { ...none, file })).rejects.toThrow(/is canceled/);
  });
});
