import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { waitFor } from '../../test/support/wait.ts';
import { UserError } from '../errors.ts';
import { createLog } from '../log.ts';
import { isConnectionError } from './connection-errors.ts';
import { createDatabase } from './pool.ts';

const log = createLog('silent');

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

function portOf(server: Server): number | null {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? null) : null;
}

test('whole numbers are numbers while exact and text beyond, times are Dates, days stay days', async () => {
  const { database } = await testDatabase();
  const { rows } = await database.query(
    `SELECT count(*) AS counted, 9007199254740993::bigint AS large, '{1,NULL}'::bigint[] AS several,
            '2026-12-01 10:00+05:30'::timestamptz AS instant, '2026-12-01'::date AS day, '{2026-12-01}'::date[] AS days
       FROM generate_series(1, 3)`,
  );
  expect(rows).toEqual([
    {
      counted: 3,
      large: '9007199254740993',
      several: [1, null],
      instant: new Date('2026-12-01T04:30:00Z'),
      day: '2026-12-01',
      days: ['2026-12-01'],
    },
  ]);
});

test('a transaction keeps all or nothing', async () => {
  const { database } = await testDatabase();
  await database.query('CREATE TABLE kept (n integer)');
  await database.transaction(
    async (transaction) => await transaction.query('INSERT INTO kept VALUES ($1)', [1]),
  );
  const failed = database.transaction(async (transaction) => {
    await transaction.query('INSERT INTO kept VALUES (2)');
    throw new Error('changed my mind');
  });
  await expect(failed).rejects.toThrow('changed my mind');
  expect((await database.query('SELECT n FROM kept')).rows).toEqual([{ n: 1 }]);
});

test('a transaction that swallowed a failed statement does not pass for a committed one', async () => {
  const { database } = await testDatabase();
  const swallowing = database.transaction(async (transaction) => {
    await transaction.query('SELECT 1 / 0').catch(() => undefined);
  });
  await expect(swallowing).rejects.toThrow(/nothing was committed/);
});

test('two transactions that deadlock both come through, one by running again', async () => {
  const { database } = await testDatabase();
  await database.query('CREATE TABLE pair (id integer PRIMARY KEY, n integer)');
  await database.query('INSERT INTO pair VALUES (1, 0), (2, 0)');
  await database.query("SELECT set_config('deadlock_timeout', '10ms', false)");
  let waiting = 0;
  let runs = 0;
  const bumpBoth = (first: number, second: number) =>
    database.transaction(async (transaction) => {
      runs += 1;
      await transaction.query('UPDATE pair SET n = n + 1 WHERE id = $1', [first]);
      waiting += 1;
      await waitFor(() => waiting >= 2);
      await transaction.query('UPDATE pair SET n = n + 1 WHERE id = $1', [second]);
    });
  await Promise.all([bumpBoth(1, 2), bumpBoth(2, 1)]);
  expect(runs).toBe(3);
  expect((await database.query('SELECT n FROM pair')).rows).toEqual([{ n: 2 }, { n: 2 }]);
});

test('a serialization failure that never ends is given up after five runs', async () => {
  const { database } = await testDatabase();
  let runs = 0;
  const endless = database.transaction(async (transaction) => {
    runs += 1;
    await transaction.query("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
  });
  await expect(endless).rejects.toThrow('again');
  expect(runs).toBe(5);
});

test('a statement over its time is ended, and a transaction may have its own limit', async () => {
  const { url } = await testDatabase();
  const database = createDatabase(url, { log, statementTimeout: 50 });
  onTestFinished(() => database.close());
  await expect(database.query('SELECT pg_sleep(5)')).rejects.toThrow(/statement timeout/);
  const longer = database.transaction(
    async (transaction) => (await transaction.query<{ n: number }>('SELECT 1 AS n FROM pg_sleep(0.2)')).rows,
    { statementTimeout: 0 },
  );
  expect(await longer).toEqual([{ n: 1 }]);
});

test('a connection that the server ends in mid-transaction fails that transaction and nothing else', async () => {
  const { database } = await testDatabase();
  const broken = database.transaction(async (transaction) => {
    const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await waitFor(async () => {
      const left = await database.query('SELECT FROM pg_stat_activity WHERE pid = $1', [rows[0]?.pid]);
      return left.rowCount === 0;
    });
    await transaction.query('SELECT 1');
  });
  expect(isConnectionError(await failureOf(broken))).toBe(true);
  expect((await database.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
});

test('a database that is away is named by host and port, never by its password', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  const port = await waitFor(() => portOf(free));
  await new Promise((resolve) => free.close(resolve));
  const database = createDatabase(`postgres://someone:hunter2@127.0.0.1:${port}/dialer`, { log });
  onTestFinished(() => database.close());
  const failure = await failureOf(database.query('SELECT 1'));
  expect(failure).toBeInstanceOf(UserError);
  expect(isConnectionError(failure)).toBe(true);
  expect(String(failure)).toContain(`no database answers at 127.0.0.1:${port}: start PostgreSQL there`);
  expect(String(failure)).not.toContain('hunter2');
});

test('a server that accepts and never answers is given up in the time set', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  const port = await waitFor(() => portOf(silent));
  const database = createDatabase(`postgres://a:b@127.0.0.1:${port}/c`, { log, connectTimeout: 100 });
  await expect(database.query('SELECT 1')).rejects.toThrow(
    `the database at 127.0.0.1:${port} cannot be reached`,
  );
});

test('a wrong password, an unknown database and a broken address each say what to correct', async () => {
  const { url } = await testDatabase();
  const refused = new URL(url);
  refused.password = 'wrong';
  const unknown = new URL(url);
  unknown.pathname = '/nowhere';
  await expect(createDatabase(refused.href, { log }).query('SELECT 1')).rejects.toThrow(/refuses the user "/);
  await expect(createDatabase(unknown.href, { log }).query('SELECT 1')).rejects.toThrow(
    /has no database "nowhere"/,
  );
  expect(() => createDatabase('postgres://a:hunter2@[', { log })).toThrow(/^DATABASE_URL is not an address/);
});
