import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';

const program = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

let database: Database;
let url: string;
let folder: string;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
  await seed(database, { numbers: ['+919800000001', '+919800000002', '+919800000003'] });
  folder = await mkdtemp(join(tmpdir(), 'dialer-commands-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function dialer(...words: string[]): Promise<{ code: unknown; out: string; said: string }> {
  const env = { PATH: process.env['PATH'], DATABASE_URL: url, LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, [program, ...words], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code]: unknown[] = await ended;
  return { code, out, said };
}

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return name;
}

// each command is a process of its own: a second alone, many times that on a machine that is busy
const slow = { timeout: 90_000 };

describe('dialer suppressions', slow, () => {
  test('add, list and remove say what that means for contacts', async () => {
    const added = await dialer('suppressions', 'add', '98000 00001', '--reason', 'asked');
    expect(added).toEqual({
      code: 0,
      out: '+919800000001 is suppressed in account main, for good; 1 contact that waited is not called any more\n',
      said: '',
    });
    const listed = await dialer('suppressions', 'list');
    expect(listed.out).toMatch(/^number .*\n\+919800000001 {2}whole account .* for good .* asked\n$/);
    const removed = await dialer('suppressions', 'remove', '+919800000001');
    expect(removed.out).toBe(
      '+919800000001 is not suppressed any more in account main: lists that are loaded from now on may call it; 1 contact that was suppressed stays so\n',
    );
    expect(await dialer('suppressions', 'list')).toMatchObject({ code: 0, out: '' });
    expect(await dialer('suppressions', 'remove', '+919800000001')).toMatchObject({ code: 1, out: '' });
  });

  test('with --json each prints one document, and nothing else', async () => {
    const added = await dialer(
      'suppressions',
      'add',
      '9800000001',
      '--campaign',
      'test',
      '--for',
      '30d',
      '--json',
    );
    expect(JSON.parse(added.out)).toMatchObject({
      number: '+919800000001',
      campaign: 'test',
      added: 1,
      contacts: 1,
      expiresAt: expect.stringMatching(/Z$/),
    });
    const listed = JSON.parse((await dialer('suppressions', 'list', '--json')).out);
    expect(listed).toMatchObject([{ number: '+919800000001', source: 'person' }]);
    const removed = await dialer('suppressions', 'remove', '9800000001', '--campaign', 'test', '--json');
    expect(JSON.parse(removed.out)).toMatchObject({ contactsStaySuppressed: 1 });
    expect((await dialer('suppressions', 'list', '--json')).out).toBe('[]\n');
    expect([added.said, removed.said]).toEqual(['', '']);
  });

  test('import takes the good rows, tells the bad ones on stderr, and fails only where none is good', async () => {
    const good = await file('dnd.csv', 'phone,name\n9800000002,Asha\n123,Ravi\n');
    expect(await dialer('suppressions', 'import', good)).toEqual({
      code: 0,
      out: 'suppressed in account main: 1 number added, 0 suppressed already, 1 rejected; 1 contact that waited is not called any more\n',
      said: 'dnd.csv:3 the phone number has too few digits; write the whole number, such as +91 98765 43210\n',
    });
    const bad = await file('bad.csv', 'phone\n1\n2\n');
    const failed = await dialer('suppressions', 'import', bad, '--json');
    expect([failed.code, JSON.parse(failed.out)]).toMatchObject([1, { added: 0, rejected: 2 }]);
  });

  test.each([
    [['add', '123'], 'the phone number has too few digits'],
    [['add', '9800000001', '--for', '30'], 'write a number with its unit'],
    [['add', '9800000001', '--for', '99999999d'], 'over a hundred years'],
    [['add', '9800000001', '--campaign', 'nope'], 'there is no campaign nope'],
    [['import', 'missing.csv'], 'missing.csv: cannot be read'],
  ])('calls %j wrong use', async (words, said) => {
    const answer = await dialer('suppressions', ...words);
    expect([answer.code, answer.said]).toEqual([2, expect.stringContaining(said)]);
    expect(await one(database, 'select count(*) as suppressed from suppressions')).toEqual({ suppressed: 0 });
  });
});

describe('dialer contacts', slow, () => {
  test('held says why and what was last tried, and release puts them back', async () => {
    expect(await dialer('contacts', 'held', 'test')).toMatchObject({
      out: '',
      said: 'no contact of test is held\n',
    });
    await database.query(
      `update contacts set state = 'held', state_reason = 'unknown', name = E'Asha\\n\\u001b[31mRao' where number = '+919800000001'`,
    );
    const held = await dialer('contacts', 'held', 'test');
    expect(held.out).toMatch(/2 {2}\+919800000001 {2}Asha \[31mRao {2}unknown/);
    expect(held.out).toContain('unknown: may have been called');
    expect(held.said).toContain('dialer contacts release test');
    expect(JSON.parse((await dialer('contacts', 'held', 'test', '--json')).out)).toMatchObject([
      { number: '+919800000001', code: 'unknown', lastAttempt: null },
    ]);
    expect((await dialer('contacts', 'release', 'test', '98000 00001')).out).toBe(
      '1 contact of test is due to be called again\n',
    );
    const nothing = await dialer('contacts', 'release', 'test', '--json');
    expect(JSON.parse(nothing.out)).toEqual({ campaign: 'test', released: 0, suppressed: 0 });
    expect((await dialer('contacts', 'release', 'nope')).code).toBe(1);
  });

  test('rejects prints CSV, one document with --json, or writes a file that is whole', async () => {
    await database.query(
      `insert into import_rejects (import_id, row_number, code, reason, mend, cells)
       select id, 9, 'missing', 'there is no phone number', 'write it', '{""}' from imports`,
    );
    const { id, name } = await one<{ id: number; name: string }>(
      database,
      'select id, file_name as name from imports',
    );
    const csv = `phone,list,import,row_number,code,reason,mend\n,${name},${id},9,missing,there is no phone number,write it\n`;
    expect(await dialer('contacts', 'rejects', 'test')).toEqual({ code: 0, out: csv, said: '' });
    const written = await dialer('contacts', 'rejects', 'test', '--output', 'rejects.csv');
    expect(written).toEqual({ code: 0, out: '', said: 'rejects.csv: 1 row that was not taken\n' });
    expect(await readFile(join(folder, 'rejects.csv'), 'utf8')).toBe(csv);
    const json = await dialer('contacts', 'rejects', 'test', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ columns: ['phone'], rows: [{ rowNumber: 9 }] });
    expect((await dialer('contacts', 'rejects', 'test', '--import', String(id))).out).toBe(csv);
    expect((await dialer('contacts', 'rejects', 'test', '--import', '99')).code).toBe(1);
    expect((await dialer('contacts', 'rejects', 'nope')).code).toBe(1);
  });
});
