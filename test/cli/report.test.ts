import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { readSheet } from 'read-excel-file/node';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { makeExport } from '../../src/reports/make-export.ts';
import { campaignReport } from '../../src/reports/report.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { campaignWithoutList, loadedList } from '../reports/dialled.ts';
import { testDatabase } from '../support/database.ts';

const program = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

let database: Database;
let url: string;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
  const { campaignId } = await campaignWithoutList(database);
  await loadedList(database, campaignId, ['phone'], [{ number: '+919800000001', cells: ['98000 00001'] }]);
});

function environment() {
  return { PATH: process.env['PATH'], DATABASE_URL: url, LOG_LEVEL: 'error' };
}

function start(words: string[]) {
  return spawn(process.execPath, [program, ...words], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function dialer(...words: string[]): Promise<{ code: unknown; out: string; said: string }> {
  const child = start(words);
  const ended = once(child, 'close');
  const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code]: unknown[] = await ended;
  return { code, out, said };
}

describe('dialer report', () => {
  test('prints one document with --json, and nothing else', async () => {
    const { code, out, said } = await dialer('report', 'test', '--json');
    expect([code, said, JSON.parse(out)]).toEqual([0, '', await campaignReport(database, 'test')]);
  });

  test('ends in silence when its reader has had enough', async () => {
    await database.query(
      `insert into contacts (campaign_id, import_id, row_number, number, numbers, cells)
       select campaign_id, id, row, '+919900000000', '{+919900000000}', array[repeat('x', 200)]
       from imports, generate_series(3, 20002) row`,
    );
    await database.query('update imports set accepted = 20001');
    const child = start(['report', 'test', '--format', 'csv']);
    const said = text(child.stderr);
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code]: unknown[] = await ended;
    expect([code, await said]).toEqual([0, '']);
  });

  test.each([
    [['--attempts'], '--attempts goes with --format csv, json, jsonl or xlsx'],
    [['--attempts', '--format', 'html'], '--attempts goes with --format csv, json, jsonl or xlsx'],
    [['--spreadsheet', '--format', 'jsonl'], '--spreadsheet goes with --format csv alone'],
    [['--json', '--format', 'csv'], '--json and --format csv contradict each other'],
    [['--format', 'pdf'], "argument 'pdf' is invalid"],
    [['--format', 'csv', '--since', '2026-12-01'], 'contacts are told as they stand: add --attempts'],
    [['--since', 'yesterday'], '--since: "yesterday" is not a date with a time'],
    [['--background'], '--background makes a file: add --format'],
    [['--background', '--format', 'csv', '--output', 'x'], '--output goes with `dialer report fetch`'],
  ])('calls %j wrong use', async (flags, said) => {
    const { code, said: message } = await dialer('report', 'test', ...flags);
    expect([code, message]).toEqual([2, expect.stringContaining(said)]);
  });

  test('writes each form into the file it is given, and says what stands in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const written = async (said: string, name: string, ...flags: string[]): Promise<Buffer> => {
      const file = join(folder, name);
      expect(await dialer('report', 'test', '--output', file, ...flags)).toEqual({
        code: 0,
        out: '',
        said: `${file}: ${said}\n`,
      });
      return await readFile(file);
    };
    expect(String(await written('1 contacts', 'a.csv', '--format', 'csv', '--spreadsheet'))).toMatch(
      /^\ufeffphone,dialed_number,.*\n98000 00001,\+919800000001,pending,/,
    );
    expect(JSON.parse(String(await written('1 contacts', 'a.jsonl', '--format', 'jsonl')))).toMatchObject({
      row: { phone: '98000 00001' },
    });
    expect(await readSheet(await written('1 contacts', 'a.xlsx', '--format', 'xlsx'))).toHaveLength(2);
    const attempts = await written('0 attempts', 'b.xlsx', '--format', 'xlsx', '--attempts');
    expect(await readSheet(attempts)).toHaveLength(1);
    expect(String(await written('the report', 'a.html', '--format', 'html'))).toMatch(/^<!doctype html>/);
    expect(await readdir(folder)).toHaveLength(5);
  });

  test('leaves no file behind when the rows do not add up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await database.query('update imports set accepted = 2');
    for (const format of ['jsonl', 'xlsx', 'html']) {
      const { code, said } = await dialer(
        'report',
        'test',
        '--format',
        format,
        '--output',
        join(folder, 'file'),
      );
      expect([code, said]).toEqual([1, expect.stringContaining('1 are missing')]);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test('fails in one line when the rows do not add up', async () => {
    await database.query('update imports set accepted = 2');
    const { code, said } = await dialer('report', 'test', '--format', 'csv');
    expect([code, said.trim().split('\n')]).toEqual([1, [expect.stringContaining('1 are missing')]]);
  });
});

test.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is told in one line', async () => {
  const full = await open('/dev/full', 'w');
  onTestFinished(() => full.close());
  for (const words of [
    ['report', 'test', '--format', 'csv'],
    ['report', 'test', '--json'],
    ['campaign', 'list', '--json'],
  ]) {
    const child = spawn(process.execPath, [program, ...words], {
      env: environment(),
      stdio: ['ignore', full.fd, 'pipe'],
    });
    const ended = once(child, 'close');
    const said = child.stderr === null ? '' : await text(child.stderr);
    expect([await ended, said]).toEqual([
      [1, null],
      'stdout cannot be written (the disk is full): send it elsewhere\n',
    ]);
  }
});

describe('dialer report --background', () => {
  test('of one that failed tells all of why', async () => {
    await database.query('update imports set accepted = 2');
    const id = (await dialer('report', 'test', '--format', 'csv', '--background')).out.trim();
    await makeExport(database, Number(id), createLog('fatal'));
    const { out } = await dialer('report', 'exports');
    expect(out).toMatch(/\n +\d+ +test +csv +failed/);
    expect(out).toMatch(
      new RegExp(`\n\nexport ${id} failed: the export of test is not complete: .* in the database\n$`),
    );
  });

  test('asks for an export, lists it, and fetches it when a worker has made it', async () => {
    const { code, out, said } = await dialer('report', 'test', '--format', 'csv', '--background');
    const id = out.trim();
    expect([code, said.split('\n')]).toEqual([
      0,
      [
        expect.stringMatching(
          new RegExp(`^export ${id} is made by a worker: .*dialer report fetch ${id} --output`),
        ),
        'note: no worker runs; it is made as soon as one does',
        '',
      ],
    ]);
    expect(await dialer('report', 'fetch', id)).toMatchObject({
      code: 1,
      out: '',
      said: expect.stringContaining(`export ${id} is still being made`),
    });
    await makeExport(database, Number(id), createLog('fatal'));
    expect((await dialer('report', 'exports')).out).toMatch(/\n +1 +test +csv +done: 1 contacts/);
    expect(JSON.parse((await dialer('report', 'exports', 'test', '--json')).out)).toMatchObject([
      { state: 'done' },
    ]);
    expect((await dialer('report', 'fetch', id)).out).toBe(
      (await dialer('report', 'test', '--format', 'csv')).out,
    );
    expect(await dialer('report', 'fetch', 'x')).toMatchObject({ code: 2 });
  });
});

test('dialer contacts dispose stores what was said, and tells what it does', async () => {
  const { code, out } = await dialer(
    'contacts',
    'dispose',
    'test',
    '98000 00001',
    'not-interested',
    '--note',
    'moved',
  );
  expect([code, out]).toEqual([
    0,
    '+919800000001 (row 2 of list.csv): not interested; the contact is finished\n',
  ]);
  const again = await dialer(
    'contacts',
    'dispose',
    'test',
    '+919800000001',
    'not_interested',
    '--note',
    'moved',
    '--json',
  );
  expect(JSON.parse(again.out)).toMatchObject({
    disposition: 'not_interested',
    result: 'already',
    note: 'moved',
  });
  expect(await dialer('contacts', 'dispose', 'test', '9800000001', 'sail')).toMatchObject({
    code: 2,
    said: '"sail" is no disposition; did you mean sale?\n',
  });
});

test('dialer recordings says which account has no key here', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { code, said } = await dialer('recordings', 'test', '--output', folder);
  expect([code, said]).toEqual([2, expect.stringContaining('no Exotel account is set')]);
  expect(await readdir(folder)).toEqual([]);
});

describe('dialer campaign', () => {
  test('pause, resume and cancel say what that means for contacts and calls', async () => {
    expect(await dialer('campaign', 'pause', 'test')).toEqual({
      code: 0,
      out: 'test is paused: nothing new is dialled; no call is under way\n',
      said: '',
    });
    const resumed = await dialer('campaign', 'resume', 'test');
    expect(resumed.out).toMatch(
      /^test is running: 1 contacts are left to dial, those already done are not called again/,
    );
    const canceled = await dialer('campaign', 'cancel', 'test', '--json');
    expect(JSON.parse(canceled.out)).toEqual(await campaignSummary(database, 'test'));
    expect(JSON.parse((await dialer('campaign', 'list', '--json')).out)).toEqual([
      await campaignSummary(database, 'test'),
    ]);
  });

  test('watch prints the last summary as one document with --json', async () => {
    await database.query(`update campaigns set status = 'completed', ended_at = dialer_now()`);
    const { code, out, said } = await dialer('campaign', 'watch', 'test', '--json');
    expect([code, JSON.parse(out)]).toEqual([0, await campaignSummary(database, 'test')]);
    expect(said).toMatch(/ test is completed: /);
  });
});
