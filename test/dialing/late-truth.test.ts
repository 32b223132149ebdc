import { beforeEach, describe, expect, test } from 'vitest';
import { releaseHeld } from '../../src/contacts/held-contacts.ts';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced, markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { settleAsUnknown, settleByCall } from '../../src/dialing/settle.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, definitionOf, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const contact = () =>
  one<{ state: string; state_reason: string | null; wait: number | null }>(
    database,
    `select state, state_reason, extract(epoch from nullif(due_at, '-infinity') - dialer_now())::float8 as wait
     from contacts`,
  );

async function closed(seeded: Seeded): Promise<string> {
  const { attemptId } = await claimed(seeded.claiming);
  await markUnknownIfPlacing(database, attemptId, 'timeout');
  await settleAsUnknown(database, attemptId);
  return attemptId;
}

describe('a contact with two unknown calls, the first of which a person let pass', () => {
  const late = (id: string, status: string) =>
    settleByCall(database, id, callDetails(status, { callSid: `call of ${id}` }), 'callback');

  async function twice(): Promise<{ first: string; second: string }> {
    const seeded = await seed(database);
    const first = await closed(seeded);
    await releaseHeld(database, 'test', null, 'asha');
    const second = await closed(seeded);
    expect(await contact()).toMatchObject({ state: 'held' });
    return { first, second };
  }

  test.each(['agent_unanswered', 'customer_unanswered', 'something_new'])(
    'stays held when the first turns out to be %s: the second may have reached them',
    async (status) => {
      const { first, second } = await twice();
      expect(await late(first, status)).toBe('settled');
      expect(await contact()).toMatchObject({ state: 'held', state_reason: 'unknown' });
      await late(second, 'agent_unanswered');
      expect(await contact()).toMatchObject({ state: 'pending' });
    },
  );

  test('is finished when the first turns out to have reached them', async () => {
    const { first } = await twice();
    await late(first, 'completed');
    expect(await contact()).toMatchObject({ state: 'finished' });
  });
});

test('a late truth that gives a contact its budget back leaves it the wait that a later call asked for', async () => {
  const { retry } = definitionOf('test');
  const seeded = await seed(database, { definition: { retry: { ...retry, maxAttempts: 2 } } });
  const first = await closed(seeded);
  await releaseHeld(database, 'test', null, 'asha');
  const { attemptId: second } = await claimed(seeded.claiming);
  await markPlaced(database, second, 'call-2', new Date(), new Date());
  await settleByCall(database, second, callDetails('customer_unanswered', { callSid: 'call-2' }), 'poll');
  expect(await contact()).toMatchObject({ state: 'exhausted' });
  await database.query(`update clock set shift = shift + interval '30 minutes'`);
  await settleByCall(database, first, callDetails('agent_unanswered', { callSid: 'call-1' }), 'callback');
  const { state, wait } = await contact();
  expect(state).toBe('pending');
  expect(wait).toBeGreaterThan(5300);
  expect(wait).toBeLessThanOrEqual(5400);
});

test('a contact that is held for another reason is finished when an earlier call turns out to have reached it', async () => {
  const seeded = await seed(database, { definition: { onUnknown: 'retry' } });
  const first = await closed(seeded);
  for (const sid of ['call-2', 'call-3', 'call-4']) {
    await database.query(`update clock set shift = shift + interval '1 day'`);
    const { attemptId } = await claimed(seeded.claiming);
    await markPlaced(database, attemptId, sid, new Date(), new Date());
    await settleByCall(database, attemptId, callDetails('something_new', { callSid: sid }), 'poll');
  }
  expect(await contact()).toMatchObject({ state: 'held', state_reason: 'unlisted_status' });
  await settleByCall(database, first, callDetails('completed', { callSid: 'call-1' }), 'callback');
  expect(await contact()).toMatchObject({ state: 'finished' });
});
