import { expect, onTestFinished, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { waitFor } from '../../test/support/wait.ts';
import { createLog } from '../log.ts';
import { listen } from './listen.ts';

const log = createLog('silent');

test('a notification on one of the channels arrives with its payload', async () => {
  const { url, database } = await testDatabase();
  const heard: unknown[] = [];
  const listener = await listen({
    url,
    channels: ['work', 'Other one'],
    onNotification: (it) => heard.push(it),
    log,
  });
  onTestFinished(() => listener.stop());
  await database.query(
    "SELECT pg_notify('work', 'first'), pg_notify('unheard', ''), pg_notify('Other one', '')",
  );
  await waitFor(() => heard.length === 2);
  expect(heard).toEqual([
    { channel: 'work', payload: 'first' },
    { channel: 'Other one', payload: '' },
  ]);
});

test('a broken connection is opened again, says so, and hears again', async () => {
  const { url, database } = await testDatabase();
  const heard: string[] = [];
  let reconnected = 0;
  const listener = await listen({
    url,
    channels: ['work'],
    onNotification: ({ payload }) => heard.push(payload),
    onReconnected: () => {
      reconnected += 1;
    },
    log,
  });
  onTestFinished(() => listener.stop());
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'campaign-dialer listen' AND datname = current_database()",
  );
  await waitFor(() => reconnected === 1);
  await database.query("SELECT pg_notify('work', 'after')");
  await waitFor(() => heard.length > 0);
  expect(heard).toEqual(['after']);
});

test('after stop no connection is left', async () => {
  const { url, database } = await testDatabase();
  const listener = await listen({ url, channels: ['work'], onNotification: () => undefined, log });
  await listener.stop();
  const left = () =>
    database.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'campaign-dialer listen' AND datname = current_database()",
    );
  await waitFor(async () => (await left()).rowCount === 0);
  expect((await left()).rowCount).toBe(0);
});

test('a handler that throws does not end the listening', async () => {
  const { url, database } = await testDatabase();
  const heard: string[] = [];
  const listener = await listen({
    url,
    channels: ['work'],
    onNotification: ({ payload }) => {
      heard.push(payload);
      if (payload === 'bad') throw new Error('cannot be handled');
    },
    log,
  });
  onTestFinished(() => listener.stop());
  await database.query("SELECT pg_notify('work', 'bad'), pg_notify('work', 'good')");
  await waitFor(() => heard.length === 2);
  expect(heard).toEqual(['bad', 'good']);
});
