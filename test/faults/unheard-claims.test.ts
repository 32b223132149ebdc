import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { claimNext } from '../../src/dialing/claim.ts';
import type { ClaimOptions } from '../../src/dialing/claim.ts';
import { createUnheardClaims } from '../../src/dialing/unheard-claims.ts';
import { createLog } from '../../src/log.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';
import { startDialerProcess, takeCallbacks } from './dialer.ts';
import type { DialerProcess } from './dialer.ts';
import { proveAll } from './proof.ts';
import { faultyWay } from './relays.ts';

const numbers = someNumbers(6);

interface Unheard {
  rig: Rig;
  name: string;
  claimer: DialerProcess;
  /** the claimer's way to the database, which is cut */
  way: FaultProxy;
  attemptId: string;
}

/** A worker that never heard of a commit, cut off from the database until another has taken the account and the attempt. */
async function takenFromClaimer(): Promise<Unheard> {
  const rig = await createRig({
    scenario: { speed: 200, agents: { count: 3 }, outcomes: { connected: 1 } },
    requestsPerMinute: 1000,
  });
  rig.config.timings.leaseMs = 1000;
  await takeCallbacks(rig);
  const name = await rig.create({ numbers });
  const { url: databaseUrl, way } = await faultyWay(rig.database.url);
  const claimer = await startDialerProcess(rig, {
    databaseUrl,
    trap: { statement: 'insert into attempts', nth: 2, when: 'after_commit', act: 'hold_then_lose' },
  });
  await claimer.trapped;
  const { id: attemptId } = await one<{ id: string }>(
    rig.database,
    'select id from attempts order by claimed_at desc limit 1',
  );
  await way.disturb('refuse');
  await rig.start(['worker']);
  await waitFor(async () => (await stateOf(rig, attemptId)).state === 'unknown', {
    what: 'another owner, who took the attempt up',
  });
  return { rig, name, claimer, way, attemptId };
}

async function stateOf({ database }: Rig, attemptId: string) {
  return await one<{ state: string; outcome: string | null }>(
    database,
    'select state, outcome from attempts where id = $1',
    [attemptId],
  );
}

async function expectEverybodyCalledOnce({ rig, name, attemptId }: Unheard): Promise<void> {
  const summary = await rig.completed(name, 20_000);
  expect(summary.contacts.finished).toBe(numbers.length);
  const request = 'select result from requests where attempt_id = $1';
  expect(await one(rig.database, request, [attemptId])).toEqual({ result: 'unsent' });
  await proveAll(rig, name);
}

test('a claim whose commit was not heard of is settled by who knows that it was not sent, though another has the account', async () => {
  const unheard = await takenFromClaimer();
  unheard.claimer.letGo();
  await unheard.way.pass();
  await waitFor(async () => (await stateOf(unheard.rig, unheard.attemptId)).outcome !== null);
  expect(await stateOf(unheard.rig, unheard.attemptId)).toEqual({ state: 'settled', outcome: 'unsent' });
  await expectEverybodyCalledOnce(unheard);
}, 60_000);

test('a worker that is stopped tells of such a claim before it ends', async () => {
  const unheard = await takenFromClaimer();
  const { claimer, way, attemptId, rig } = unheard;
  claimer.letGo();
  claimer.signal('SIGTERM');
  await way.pass();
  await claimer.gone;
  expect(await stateOf(rig, attemptId)).toEqual({ state: 'settled', outcome: 'unsent' });
  await expectEverybodyCalledOnce(unheard);
}, 60_000);

test.each(['is committed', 'is rolled back'] as const)(
  'a claim that still goes on when its end is in doubt is waited for: it %s',
  async (end) => {
    const { database } = await testDatabase();
    const { accountId, claiming } = await seed(database);
    const attemptId = randomUUID();
    const [claimed, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held: ClaimOptions['database'] = {
      ...database,
      transaction: async (work) =>
        await database.transaction(async (transaction) => {
          const result = await work(transaction);
          claimed.resolve();
          await goOn.promise;
          if (end === 'is rolled back') throw new Error('as the test wishes');
          return result;
        }),
    };
    const claim = claimNext({ ...claiming, database: held }, attemptId).catch(() => null);
    await claimed.promise;
    const unheard = createUnheardClaims({ database, accountId, log: createLog('silent') });
    unheard.add(attemptId);
    await waitFor(
      async () =>
        (
          await one<{ waiting: number }>(
            database,
            `select count(*) as waiting from pg_locks where not granted`,
          )
        ).waiting > 0,
      { what: 'waiting for the claim' },
    );
    goOn.resolve();
    await Promise.all([claim, unheard.settled()]);
    const attempts = await database.query('select id, outcome from attempts');
    const settled = [{ id: attemptId, outcome: 'unsent' }];
    expect(attempts.rows).toEqual(end === 'is committed' ? settled : []);
    expect(await one(database, 'select state from contacts')).toEqual({ state: 'pending' });
  },
);
