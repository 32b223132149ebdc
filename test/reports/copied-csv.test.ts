import { Writable } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { writeCopiedCsv } from '../../src/reports/copied-csv.ts';
import { testDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait.ts';
import { textSink } from './dialled.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

async function* selects(pages: number, select: (page: number) => string): AsyncGenerator<string, void, void> {
  for (let page = 1; page <= pages; page += 1) yield select(page);
}

test('pages come out in the order in which they were asked for, however long each takes', async () => {
  const sink = textSink();
  // every other page is slow, so that the one behind it is there first
  const slow = (page: number): string => `select ${page}, pg_sleep(${page % 2 === 0 ? 0 : 0.05}) is null`;
  const csv = { header: ['page', 'slept'], selects: selects(9, slow) };
  expect(await writeCopiedCsv(database, 'Asia/Kolkata', sink.output, undefined, csv)).toBe(9);
  const lines = Array.from({ length: 9 }, (_, index) => `${index + 1},f\n`);
  expect(sink.text()).toBe(`page,slept\n${lines.join('')}`);
});

test('reads by two connections, both with settings of their own, and leaves them as they were', async () => {
  const settings = `current_setting('timezone') as timezone, current_setting('jit') as jit`;
  const known = (): Promise<unknown[]> =>
    database.withClient((first) =>
      database.withClient(async (second) => {
        const found = await Promise.all([first, second].map((client) => client.query(`select ${settings}`)));
        return found.map(({ rows }) => rows[0]);
      }),
    );
  const before = await known();
  const sink = textSink();
  const select = `select pg_backend_pid(), ${settings}`;
  const csv = { header: ['process', 'zone', 'jit'], selects: selects(4, () => select) };
  await writeCopiedCsv(database, 'Pacific/Chatham', sink.output, undefined, csv);
  const [first, second, third, fourth] = sink.text().trim().split('\n').slice(1);
  expect([third, fourth]).toEqual([first, second]);
  expect(first).not.toBe(second);
  expect([first, second]).toEqual([
    expect.stringContaining('Pacific/Chatham,off'),
    expect.stringContaining('Pacific/Chatham,off'),
  ]);
  expect(await known()).toEqual(before);
});

test('a reader that stands still keeps no snapshot open', async () => {
  let goOn = (): void => undefined;
  const output = new Writable({
    write(_chunk, _encoding, done) {
      goOn = done;
    },
  });
  // more than any buffer on the way holds
  const csv = {
    header: ['text'],
    selects: selects(4, () => `select repeat('x', 100000) from generate_series(1, 100)`),
  };
  const stopping = new AbortController();
  const written = writeCopiedCsv(database, 'UTC', output, stopping.signal, csv);
  await waitFor(async () => {
    const found = await database.query<{ read: number; open: number }>(
      `select count(*) filter (where query like 'copy%' and state = 'idle') as read,
         count(*) filter (where backend_xmin is not null and pid <> pg_backend_pid()) as open
       from pg_stat_activity where datname = current_database()`,
    );
    return found.rows[0]?.read === 2 && found.rows[0].open === 0;
  });
  stopping.abort();
  goOn();
  await expect(written).rejects.toThrow(/abort/i);
});

test('a page that fails ends it with its error, and its connections can be used again', async () => {
  const sink = textSink();
  const csv = { header: ['quotient'], selects: selects(5, (page) => `select 1 / (3 - ${page})`) };
  const written = writeCopiedCsv(database, 'UTC', sink.output, undefined, csv);
  await expect(written).rejects.toThrow('division by zero');
  const again = textSink();
  const one = { header: ['one'], selects: selects(3, () => 'select 1') };
  expect(await writeCopiedCsv(database, 'UTC', again.output, undefined, one)).toBe(3);
});
