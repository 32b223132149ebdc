import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced, markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { closeAtDeadline } from '../../src/dialing/reconcile.ts';
import { settleAsUnknown, settleByCall } from '../../src/dialing/settle.ts';
import { dueLooks, lookAgainAfterClose } from '../../src/results/look-store.ts';
import { patient, untilWaiting } from '../contacts/waiting.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { testDatabase } from '../support/database.ts';
import { answered, receive } from '../support/receive-callback.ts';
import { callDetails, claimedAny, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const moveClock = (interval: string) =>
  database.query('update clock set shift = shift + $1::interval', [interval]);
const contact = () => one<{ state: string }>(database, 'select state from contacts');
const attempt = (id: string) =>
  one<{ state: string; outcome: string | null; call_sid: string | null }>(
    database,
    'select state, outcome, call_sid from attempts where id = $1',
    [id],
  );

async function unclear(seeded: Seeded): Promise<string> {
  const { attemptId } = await claimedAny(seeded.claiming);
  await markUnknownIfPlacing(database, attemptId, 'timeout');
  return attemptId;
}

async function closed(seeded: Seeded): Promise<string> {
  const id = await unclear(seeded);
  await settleAsUnknown(database, id);
  return id;
}

const looks = async ({ accountId }: Seeded) =>
  (await dueLooks(database, accountId, 10, false)).map(({ id, closed: late }) => ({ id, closed: late }));

describe('an attempt that learns its call after it closed as unknown', () => {
  test('by the answer to placing is looked at at once', async () => {
    const seeded = await seed(database);
    const id = await closed(seeded);
    expect(await looks(seeded)).toEqual([]);
    await markPlaced(database, id, 'call-1', new Date(), new Date());
    expect(await looks(seeded)).toEqual([{ id, closed: true }]);
    await settleByCall(database, id, callDetails('completed', { callSid: 'call-1' }), 'poll');
    await moveClock('1 day');
    expect(await looks(seeded)).toEqual([]);
    expect(await contact()).toMatchObject({ state: 'finished' });
  });

  test('by a callback is looked at where the callback of its end does not follow', async () => {
    const seeded = await seed(database);
    const id = await closed(seeded);
    await receive(database, id, 'answered', answered);
    expect(await looks(seeded)).toEqual([]);
    await moveClock('20 seconds');
    expect(await looks(seeded)).toEqual([{ id, closed: true }]);
    await receive(database, id, 'terminal', {
      ...answered,
      call_state: 'terminal',
      call_status: 'completed',
    });
    expect(await looks(seeded)).toEqual([]);
    expect(await attempt(id)).toMatchObject({ outcome: 'connected' });
  });

  test('is looked at eleven times at most, at doubling gaps', async () => {
    const seeded = await seed(database);
    const id = await closed(seeded);
    await markPlaced(database, id, 'call-1', new Date(), new Date());
    const minutes: number[] = [];
    for (let minute = 0; minute <= 2 * 1440;) {
      if ((await looks(seeded)).length > 0) {
        minutes.push(minute);
        await lookAgainAfterClose(database, id);
      }
      const { left } = await one<{ left: number | null }>(
        database,
        'select extract(epoch from next_closed_look_at - dialer_now())::float8 / 60 as left from attempts',
      );
      const ahead = left === null ? 1440 : Math.ceil(left);
      await moveClock(`${ahead} minutes`);
      minute += ahead;
    }
    expect(minutes).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023]);
  });

  test('is settled late by what that look tells, and the contact is decided anew', async () => {
    const [number = ''] = someNumbers(1);
    const rig = await createRig({
      scenario: { speed: 60, numbers: { [number]: { outcome: 'connected', answer: 'cut_after' } } },
      callbacks: false,
      requestsPerMinute: 1000,
    });
    const id = await heldInRig(rig, number);
    const [call] = rig.sandbox.truth().calls;
    await receive(rig.database, id, 'answered', { ...answered, call_sid: call?.sid });
    await rig.moveClock('1 minute');
    await waitFor(async () => (await rig.summary('test')).contacts.finished === 1, { timeout: 20_000 });
    expect((await rig.summary('test')).attempts.outcomes).toEqual({ connected: 1 });
  }, 60_000);
});

async function heldInRig(rig: Rig, number: string): Promise<string> {
  await rig.start(['worker']);
  await rig.create({ numbers: [number] });
  const { id } = await waitFor(async () => {
    const found = await rig.database.query<{ id: string }>(`select id from attempts where state = 'unknown'`);
    return found.rows[0] ?? null;
  });
  await waitFor(() => rig.sandbox.truth().calls.every(({ settledAt }) => settledAt !== null));
  await rig.moveClock('10 minutes');
  await waitFor(async () => (await rig.summary('test')).contacts.held === 1, { timeout: 20_000 });
  return id;
}

describe('at its deadline an attempt', () => {
  test('that was given its call just now waits for a look and is not closed', async () => {
    const seeded = await seed(database);
    const id = await unclear(seeded);
    await moveClock('1 hour');
    const closing: Promise<number>[] = [];
    await database.transaction(async (transaction) => {
      await markPlaced(transaction, id, 'call-1', new Date(), new Date());
      closing.push(closeAtDeadline(database, seeded.accountId));
      await untilWaiting(database);
    }, patient);
    expect(await Promise.all(closing)).toEqual([0]);
    expect(await attempt(id)).toEqual({ state: 'placed', outcome: null, call_sid: 'call-1' });
  });

  test('that a look closed is looked at again later', async () => {
    const seeded = await seed(database);
    const id = await unclear(seeded);
    await markPlaced(database, id, 'call-1', new Date(), new Date());
    await moveClock('1 hour');
    expect(await settleAsUnknown(database, id)).toBe('look_needed');
    expect(await settleAsUnknown(database, id, { looked: true })).toBe('settled');
    expect(await looks(seeded)).toEqual([]);
    await moveClock('1 minute');
    expect(await looks(seeded)).toEqual([{ id, closed: true }]);
  });
});

describe('an unknown attempt of Voice v1', () => {
  const quick = (number: string) => ({
    scenario: { speed: 60, numbers: { [number]: { outcome: 'connected', answer: 'cut_after' } } } as const,
    callbacks: false,
    requestsPerMinute: 1000,
  });

  test('that nobody searched for before its deadline is found after it, and settled late', async () => {
    const [number = ''] = someNumbers(1);
    const rig = await createRig(quick(number));
    const before = await rig.start(['worker']);
    await rig.create({ numbers: [number], file: { mode: 'flow', flow: { appId: '208287' } } });
    await waitFor(async () => {
      const found = await rig.database.query(`select 1 from attempts where state = 'unknown'`);
      return found.rowCount === 1;
    });
    await before.stop();
    await waitFor(() => rig.sandbox.truth().calls.every(({ settledAt }) => settledAt !== null));
    expect(await one(rig.database, 'select searches from attempts')).toEqual({ searches: 0 });
    await rig.moveClock('3 hours');
    expect(await closeAtDeadline(rig.database, 1)).toBe(1);
    await rig.start(['worker']);
    await waitFor(async () => (await rig.summary('test')).contacts.finished === 1, { timeout: 20_000 });
    expect((await rig.summary('test')).attempts.outcomes).toEqual({ connected: 1 });
  }, 60_000);
});
