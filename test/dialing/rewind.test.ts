import { beforeEach, describe, expect, test } from 'vitest';
import { resumeCampaign } from '../../src/campaigns/lifecycle.ts';
import type { Database } from '../../src/db/pool.ts';
import { createRewindGuard } from '../../src/dialing/rewind-guard.ts';
import { createLog } from '../../src/log.ts';
import { createCallbackInbox } from '../../src/results/callback-inbox.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

let database: Database;
let seeded: Seeded;
beforeEach(async () => {
  ({ database } = await testDatabase());
  seeded = await seed(database);
});

const pausedCode = async (): Promise<string | null> =>
  (await one<{ paused_code: string | null }>(database, 'select paused_code from accounts')).paused_code;

describe('a valid callback for an attempt that the database does not know', () => {
  async function receive(attemptId: string, issuedAt: Date): Promise<void> {
    const inbox = createCallbackInbox({ database, log: createLog('silent') });
    const body = Buffer.from(
      JSON.stringify({
        event_details: { event_type: 'terminal' },
        call_details: { call_sid: 'x', call_state: 'terminal' },
      }),
    );
    await inbox.receive({
      address: { accountId: seeded.accountId, attemptId, issuedAt },
      contentType: 'application/json',
      query: {},
      body,
    });
    await inbox.close();
  }

  test('stops the account, says how to confirm, and is kept', async () => {
    await receive('0b5f3c1e-6d1a-4b5e-9a51-0d7c6d0f7a11', new Date());
    const account = await one<{ paused_reason: string }>(database, 'select paused_reason from accounts');
    expect(account.paused_reason).toMatch(/restored from an older copy.*campaign resume/);
    expect(await one(database, 'select state from callbacks')).toEqual({ state: 'unmatched' });
    await expect(claimed(seeded.claiming)).rejects.toThrow('nothing');
  });

  test('does not stop it again once somebody has confirmed, unless its call was placed after that', async () => {
    const issuedBefore = new Date();
    await receive('0b5f3c1e-6d1a-4b5e-9a51-0d7c6d0f7a11', issuedBefore);
    await resumeCampaign(database, 'test', 'test');
    await receive('0b5f3c1e-6d1a-4b5e-9a51-0d7c6d0f7a12', issuedBefore);
    expect(await pausedCode()).toBeNull();
    await receive('0b5f3c1e-6d1a-4b5e-9a51-0d7c6d0f7a13', new Date(Date.now() + 1000));
    expect(await pausedCode()).toBe('database_rewound');
  });

  test('is not seen where the attempt is known', async () => {
    const { attemptId } = await claimed(seeded.claiming);
    await receive(attemptId, new Date());
    expect(await pausedCode()).toBeNull();
  });
});

describe('a clock that was set back', () => {
  const clockAt = (state: { monotonic: number }) => ({
    now: () => Date.now(),
    monotonic: () => state.monotonic,
  });

  test('between two looks stops the account; an answer that took long does not', async () => {
    const state = { monotonic: 0 };
    const guard = createRewindGuard({ database, accountId: seeded.accountId, clock: clockAt(state) });
    await guard.check();
    await guard.check();
    expect(await pausedCode()).toBeNull();
    state.monotonic += 10_000;
    await guard.check();
    expect(await pausedCode()).toBe('clock_stepped_back');
  });

  test('since the last requests stops the account at a takeover, until somebody confirms', async () => {
    await database.query(
      `insert into requests (account_id, epoch, kind, created_at) values ($1, 1, 'users', clock_timestamp() + interval '10 min')`,
      [seeded.accountId],
    );
    const check = () =>
      createRewindGuard({ database, accountId: seeded.accountId, clock: clockAt({ monotonic: 0 }) }).check();
    await check();
    expect(await pausedCode()).toBe('clock_stepped_back');
    await resumeCampaign(database, 'test', 'test');
    await check();
    expect(await pausedCode()).toBeNull();
  });
});
