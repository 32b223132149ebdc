import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cancelCampaign, pauseByPerson } from '../../src/campaigns/lifecycle.ts';
import { watchCampaign } from '../../src/cli/watch.ts';
import type { Database } from '../../src/db/pool.ts';
import { textSink } from '../reports/dialled.ts';
import { testDatabase } from '../support/database.ts';
import { seed } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
  await seed(database, { numbers: someNumbers(2) });
});

function watching(from: Database = database) {
  const sink = textSink();
  const controller = new AbortController();
  const { signal } = controller;
  const ended = watchCampaign({ database: from, name: 'test', output: sink.output, signal, everyMs: 5 });
  onTestFinished(async () => {
    controller.abort();
    await Promise.allSettled([ended]);
  });
  return {
    ended,
    leave: () => controller.abort(),
    lines: () => sink.text().trimEnd().split('\n'),
    said: (text: string) => waitFor(() => sink.text().includes(text), { what: `a line with "${text}"` }),
  };
}

describe('watching a campaign', () => {
  test('tells each change of state, and ends with the campaign', async () => {
    const watch = watching();
    await watch.said('test is running: 0 of 2 done');
    await pauseByPerson(database, 'test', 'asha');
    await watch.said('test is paused: 0 of 2 done');
    await cancelCampaign(database, 'test', 'asha');
    expect(await watch.ended).toMatchObject({ status: 'canceled', contacts: { canceled: 2 } });
    expect(watch.lines()).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d test is running: 0 of 2 done/),
      expect.stringMatching(/^\d\d:\d\d:\d\d test is paused: .*not dialling: paused by asha/),
      expect.stringMatching(/^\d\d:\d\d:\d\d test is canceled: 2 of 2 done \(100 %\)/),
    ]);
  });

  test('says anything new after five seconds at the latest, and nothing twice', async () => {
    const watch = watching();
    await watch.said('0 of 2 done');
    await database.query(`update contacts set state = 'finished' where row_number = 2`);
    await database.query(`update clock set shift = '6 s'`);
    await watch.said('1 of 2 done');
    await database.query(`update clock set shift = '60 s'`);
    watch.leave();
    expect(await watch.ended).toMatchObject({ status: 'running' });
    expect(watch.lines()).toHaveLength(2);
  });

  test('waits for a database that went away, says so once, and goes on', async () => {
    let away = false;
    let refused = 0;
    const watch = watching({
      ...database,
      query: (sql, parameters) => {
        if (!away) return database.query(sql, parameters);
        refused += 1;
        return Promise.reject(new Error('Connection terminated unexpectedly'));
      },
    });
    await watch.said('test is running');
    away = true;
    await waitFor(() => refused >= 3, { what: 'three refused readings' });
    away = false;
    await cancelCampaign(database, 'test', 'asha');
    expect((await watch.ended).status).toBe('canceled');
    expect(watch.lines().filter((line) => line.includes('does not answer'))).toHaveLength(1);
  });

  test('leaves at once, even while a reading hangs', async () => {
    let hangs = false;
    const watch = watching({
      ...database,
      query: (sql, parameters) => (hangs ? new Promise(() => undefined) : database.query(sql, parameters)),
    });
    await watch.said('test is running');
    hangs = true;
    watch.leave();
    expect((await watch.ended).status).toBe('running');
  });

  test('ends with what is wrong when it is nothing that passes', async () => {
    let broken = false;
    const watch = watching({
      ...database,
      query: (sql, parameters) => database.query(broken ? 'select nonsense' : sql, broken ? [] : parameters),
    });
    await watch.said('test is running');
    broken = true;
    await expect(watch.ended).rejects.toThrow('nonsense');
  });
});
