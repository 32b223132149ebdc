import { DatabaseError } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { testDatabase } from './database.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { refuseCommits } from './refuse-commits.ts';

test('a commit is refused by the server itself, nothing of it is kept, and the connection is of use afterwards', async () => {
  const { url, database: direct } = await testDatabase();
  await direct.query('create table kept (row integer)');
  const { hostname, port } = new URL(url);
  const proxy = await startFaultProxy({ target: () => ({ host: hostname, port: Number(port) }) });
  const through = new URL(url);
  through.port = String(proxy.port);
  const database = createDatabase(through.href, { log: createLog('silent'), maxConnections: 1 });
  onTestFinished(async () => {
    await database.close();
    await proxy.close();
  });
  const insert = async (row: number): Promise<unknown> =>
    await database.transaction((transaction) => transaction.query('insert into kept values ($1)', [row]));

  await proxy.disturb({ rewrite: refuseCommits('53100') });
  const refused = await insert(1).catch((error: unknown) => error);
  expect(refused instanceof DatabaseError ? refused.code : refused).toBe('53100');
  await proxy.pass();
  await insert(2);
  expect((await direct.query('select row from kept')).rows).toEqual([{ row: 2 }]);
});
