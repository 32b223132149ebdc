import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { importList } from '../../src/contacts/import-list.ts';
import type { Database } from '../../src/db/pool.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';

const program = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

let database: Database;
let url: string;
let folder: string;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
  await seed(database);
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

const importWords = [
  'contacts',
  'import',
  'test',
  'more.csv.gz',
  '--map',
  'phone=Mobile',
  '--map',
  'name=Client',
];

const writeList = () =>
  writeFile(
    join(folder, 'more.csv.gz'),
    gzipSync('Client,Home,Mobile\nAsha,,9800000002\nRavi,,9800000001\nX,,1\n'),
  );

test('a dry run shows the columns, the first contacts and what would become of the rows', async () => {
  await writeList();
  const rehearsed = await dialer(...importWords, '--dry-run');
  expect(rehearsed.code).toBe(0);
  expect(rehearsed.out).toMatch(/phone +Mobile\nname +Client\n/);
  expect(rehearsed.out).toMatch(/2 {2}\+919800000002 {2}Asha/);
  expect(rehearsed.out).toMatch(
    /too_short +1 {2}4: 1 +the phone number has too few digits +write the whole number/,
  );
  expect(rehearsed.out).toContain('read as UTF-8, with commas between the cells\n');
  expect(rehearsed.out).toContain(
    'test: 1 contact would be loaded, 1 row rejected, 0 duplicates within the list and 1 of the campaign left out; nothing was written',
  );
  expect(await one(database, 'select count(*) as imports from imports')).toEqual({ imports: 1 });
});

test(
  'import loads a list without a worker, a second time it says so, and undo takes it out',
  {
    timeout: 60_000,
  },
  async () => {
    await writeList();
    const imported = await dialer(...importWords, '--json');
    const { import: id } = JSON.parse(imported.out);
    expect(JSON.parse(imported.out)).toEqual({
      import: id,
      accepted: 1,
      rejected: 1,
      duplicates: 1,
      badNumbers: 0,
      merged: 0,
      replaced: 0,
    });
    expect(await one(database, 'select name from contacts where import_id = $1', [id])).toEqual({
      name: 'Asha',
    });

    expect(await dialer(...importWords)).toMatchObject({
      code: 0,
      out: `test: this very file is there already as import ${id}; nothing changed\n`,
    });
    expect(await dialer('contacts', 'undo', String(id))).toEqual({
      code: 0,
      out: 'test: 1 contact of more.csv.gz canceled\n',
      said: '',
    });
    expect(JSON.parse((await dialer('contacts', 'undo', String(id), '--json')).out)).toMatchObject({
      import: id,
      canceled: 0,
    });
  },
);

test(
  'a list whose loading was cut off is loaded by the same command again',
  { timeout: 60_000 },
  async () => {
    await writeFile(join(folder, 'more.csv'), 'phone\n9800000002\n');
    const log = createLog('error');
    const jobs = await startJobs(url, log);
    const file = join(folder, 'more.csv');
    const { importId } = await importList({
      database,
      jobs,
      campaign: 'test',
      file,
      mapping: {},
      actor: 'test',
    });
    await jobs.stop();
    // as a process that was killed leaves it
    await database.query(
      `update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now() + interval '1 day'`,
    );
    expect(await dialer('contacts', 'import', 'test', 'more.csv')).toMatchObject({
      code: 0,
      out: `test: 1 contact loaded, as import ${importId}\n`,
      said: expect.stringContaining(
        `this very file came in before as import ${importId}, and is not loaded yet; waiting for it`,
      ),
    });
  },
);

test('several phone columns can be named, and a contact be added by hand', { timeout: 60_000 }, async () => {
  await writeFile(
    join(folder, 'two.csv'),
    'Client,Home,Mobile\nAsha,1,9800000002\nRavi,9800000004,9800000003\n',
  );
  const imported = await dialer('contacts', 'import', 'test', 'two.csv', '--map', 'phone=Mobile,Home');
  expect(imported).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^test: 2 contacts loaded; 1 bad number beside good ones left out, as import \d+\n$/,
    ),
  });
  const added = await dialer(
    'contacts',
    'add',
    'test',
    '98000 00005',
    '--priority',
    '3',
    '--set',
    'Home=9800000006',
  );
  expect(added).toMatchObject({ code: 0, out: 'test: +919800000005 added\n' });
  expect(added.said).toMatch(/take it out again with `dialer contacts undo \d+`/);
  const numbers = await database.query(
    `select numbers, priority from contacts where number >= '+919800000002' order by id`,
  );
  expect(numbers.rows).toEqual([
    { numbers: ['+919800000002'], priority: 0 },
    { numbers: ['+919800000003', '+919800000004'], priority: 0 },
    { numbers: ['+919800000005'], priority: 3 },
  ]);
  const again = await dialer('contacts', 'add', 'test', '9800000005', '--json');
  expect(again).toMatchObject({
    code: 1,
    out: '',
    said: expect.stringContaining('is not added: the number stands'),
  });
});

test.each([
  [['import', 'test', 'none.csv'], 2, 'none.csv: cannot be read'],
  [['import', 'nope', 'none.csv'], 1, 'there is no campaign nope'],
  [['import', 'test', 'x.csv', '--map', 'mobile=Phone'], 2, 'there are phone, name, timezone and priority'],
  [['import', 'test', 'x.csv', '--map', 'phone='], 2, 'such as phone=Mobile'],
  [['import', 'test', 'x.csv', '--map', 'phone=a', '--map', 'phone=b'], 2, '--map phone="a,b"'],
  [['import', 'test', 'x.csv', '--map', 'priority'], 2, 'or priority= where there is none'],
  [['add', 'test', '12'], 2, 'has too few digits'],
  [['add', 'test', '9800000009', '--priority', 'high'], 2, 'write a whole number'],
  [['add', 'test', '9800000009', '--set', 'Pune'], 2, 'such as City=Pune'],
  [['undo', 'more.csv'], 2, 'write the number of an import'],
  [['undo', '99'], 1, 'there is no import 99'],
])('contacts %j ends with %i and says what to do', async (words, code, said) => {
  expect(await dialer('contacts', ...words)).toMatchObject({
    code,
    out: '',
    said: expect.stringContaining(said),
  });
});
