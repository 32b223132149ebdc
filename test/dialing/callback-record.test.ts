import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { callbackRecord } from '../../src/results/callback-record-store.ts';
import { standingOf } from '../../src/results/callback-record.ts';
import { testDatabase } from '../support/database.ts';
import { someNumbers } from '../support/rig.ts';
import { seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

/** Of seconds: how long ago a call was placed and ended, and how long after its end that was known. */
interface Ended {
  placed?: number;
  ended: number;
  knownAfter: number;
  by?: 'callback' | 'poll';
  /** after its end, when its legs were told later still */
  overAfter?: number;
}

interface Live {
  answered: boolean;
  heard: boolean;
}

async function campaignOf(calls: number, mode: 'agents' | 'flow' = 'agents'): Promise<Calls> {
  const { database } = await testDatabase();
  return {
    database,
    used: 0,
    ...(await seed(database, { numbers: someNumbers(calls), definition: { mode } })),
  };
}

interface Calls extends Seeded {
  database: Database;
  used: number;
}

async function insert(calls: Calls, columns: string, values: unknown[]): Promise<void> {
  const { database, accountId, campaignId, contactIds, used } = calls;
  calls.used += 1;
  await database.query(
    `insert into attempts (id, account_id, campaign_id, contact_id, attempt_number, number, caller_id, epoch, agent_held,
       claimed_at, agent_free_at, deadline_at, call_sid, state, placed_at, ended_at, settled_at, over_at, first_callback_at,
       settled_by, outcome, agent_leg_status)
     select gen_random_uuid(), $1, $2, $3, 1, $4, '+918045680000', 1, false, now(), now(), now() + interval '1 hour', $5, ${columns}`,
    [
      accountId,
      campaignId,
      contactIds[used],
      `+9198100${String(used).padStart(5, '0')}`,
      `sid-${used}`,
      ...values,
    ],
  );
}

async function ended(
  calls: Calls,
  { placed = 120, ended: at, knownAfter, by = 'callback', overAfter }: Ended,
): Promise<void> {
  await insert(
    calls,
    `'settled', now() - $6 * interval '1 s', now() - $7 * interval '1 s', now() - ($7 - $8) * interval '1 s',
     now() - ($7 - $9::float8) * interval '1 s', now() - ($7 - $8) * interval '1 s', $10, 'connected', 'completed'`,
    [placed, at, knownAfter, overAfter ?? null, by],
  );
}

async function live(calls: Calls, { answered, heard }: Live): Promise<void> {
  await insert(
    calls,
    `'placed', now() - interval '30 s', null, null, null, case when $6 then now() end, null, null, $7`,
    [heard, answered ? 'in-progress' : null],
  );
}

describe('of calls that ended', () => {
  test('those are missed that a look told 5 s after their end, or a callback 20 s after it', async () => {
    const calls = await campaignOf(6);
    await ended(calls, { ended: 60, knownAfter: 1 });
    await ended(calls, { ended: 60, knownAfter: 19 });
    await ended(calls, { ended: 60, knownAfter: 21 });
    await ended(calls, { ended: 60, knownAfter: 4, by: 'poll' });
    await ended(calls, { ended: 60, knownAfter: 6, by: 'poll' });
    // its end was told by a callback at once, and only its legs by a look
    await ended(calls, { ended: 60, knownAfter: 12, by: 'poll', overAfter: 1 });
    expect(await callbackRecord(calls.database, calls.accountId)).toEqual({
      come: true,
      calls: 6,
      ended: 6,
      missed: 2,
    });
  });

  test('those do not count that were placed so lately that no look would have told of one without a callback', async () => {
    const calls = await campaignOf(25, 'flow');
    for (let call = 0; call < 24; call += 1) await ended(calls, { placed: 40, ended: 30, knownAfter: 1 });
    const record = await callbackRecord(calls.database, calls.accountId);
    expect(record).toEqual({ come: true, calls: 0, ended: 0, missed: 0 });
    expect(standingOf(record)).toBe('tried');
  });

  test('all of the last two minutes count, since the latest ones are those that were not missed', async () => {
    const calls = await campaignOf(60, 'flow');
    for (let call = 0; call < 15; call += 1) await ended(calls, { ended: 40, knownAfter: 20, by: 'poll' });
    for (let call = 0; call < 45; call += 1) await ended(calls, { ended: 10, knownAfter: 1 });
    const record = await callbackRecord(calls.database, calls.accountId);
    expect(record).toEqual({ come: true, calls: 60, ended: 60, missed: 15 });
    expect(standingOf(record)).toBe('poor');
  });

  test('the latest forty count, so that callbacks are trusted again once they come in time', async () => {
    const calls = await campaignOf(80, 'flow');
    for (let call = 0; call < 40; call += 1)
      await ended(calls, { placed: 300, ended: 200, knownAfter: 15, by: 'poll' });
    expect(standingOf(await callbackRecord(calls.database, calls.accountId))).toBe('poor');
    for (let call = 0; call < 37; call += 1) await ended(calls, { ended: 60, knownAfter: 1 });
    expect(await callbackRecord(calls.database, calls.accountId)).toMatchObject({
      calls: 40,
      ended: 40,
      missed: 3,
    });
    expect(standingOf(await callbackRecord(calls.database, calls.accountId))).toBe('trusted');
  });
});

describe('of calls under way', () => {
  test('those are missed whose agent has answered without an event, where others brought theirs', async () => {
    const calls = await campaignOf(8);
    await live(calls, { answered: true, heard: true });
    await live(calls, { answered: true, heard: false });
    await live(calls, { answered: true, heard: false });
    await live(calls, { answered: false, heard: false });
    expect(await callbackRecord(calls.database, calls.accountId)).toEqual({
      come: true,
      calls: 3,
      ended: 0,
      missed: 2,
    });
  });

  test('those do not show that callbacks come in time, since those without an event are not known', async () => {
    const calls = await campaignOf(30);
    for (let call = 0; call < 30; call += 1) await live(calls, { answered: true, heard: true });
    expect(standingOf(await callbackRecord(calls.database, calls.accountId))).toBe('tried');
  });

  test('an account that sends nothing but the end of calls is not held to have missed the events before it', async () => {
    const calls = await campaignOf(30);
    for (let call = 0; call < 21; call += 1) await ended(calls, { ended: 60, knownAfter: 1 });
    for (let call = 0; call < 5; call += 1) await live(calls, { answered: true, heard: false });
    const record = await callbackRecord(calls.database, calls.accountId);
    expect(record).toEqual({ come: true, calls: 21, ended: 21, missed: 0 });
    expect(standingOf(record)).toBe('trusted');
  });
});

test('three missed calls of thirty are enough to have looks tell, two are not', () => {
  expect(standingOf({ come: true, calls: 30, ended: 30, missed: 3 })).toBe('poor');
  expect(standingOf({ come: true, calls: 31, ended: 31, missed: 3 })).toBe('trusted');
  expect(standingOf({ come: true, calls: 2, ended: 2, missed: 2 })).toBe('tried');
  expect(standingOf({ come: false, calls: 40, ended: 40, missed: 40 })).toBe('none');
});
