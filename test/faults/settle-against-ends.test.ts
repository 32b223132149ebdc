import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cancelCampaign } from '../../src/campaigns/lifecycle.ts';
import { completeDone } from '../../src/campaigns/sweep.ts';
import { createDatabase } from '../../src/db/pool.ts';
import type { Database, Transaction } from '../../src/db/pool.ts';
import { markPlaced, markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { settleAsUnknown, settleByAnswer, settleByCall } from '../../src/dialing/settle.ts';
import { verdictOfRefusal } from '../../src/dialing/verdict.ts';
import { createLog } from '../../src/log.ts';
import { patient, untilWaiting } from '../contacts/waiting.ts';
import { someNumbers } from '../support/rig.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

let database: Database;
let url: string;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
});

type Act = () => Promise<unknown>;

/** Before this lock a settling stops that is about to put its contact back into the line: it asks for suppressions. */
const beforeMoving = 'lock table suppressions in access exclusive mode';
/** Before this one whatever writes to the trail stops right before it commits. */
const beforeCommit = 'lock table trail in share mode';

/** Starts `first`, which that lock stops, then `second`, and once that is through or waits too lets both go on. */
async function whileFirstStands(lock: string, first: Act, second: Act): Promise<void> {
  const running: Promise<unknown>[] = [];
  await database.transaction(async (holdup: Transaction) => {
    await holdup.query(lock);
    running.push(first());
    await untilWaiting(database);
    let through = false;
    running.push(second().finally(() => (through = true)));
    await waitFor(async () => through || (await waitingSessions()) === 2);
  }, patient);
  await Promise.all(running);
}

async function waitingSessions(): Promise<number | null> {
  const waiting = await database.query(
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return waiting.rowCount;
}

const standing = () =>
  one<{ campaign: string; contact: string }>(
    database,
    'select k.status as campaign, c.state as contact from campaigns k join contacts c on c.campaign_id = k.id',
  );

async function placed(seeded: Seeded): Promise<string> {
  const { attemptId } = await claimed(seeded.claiming);
  await markPlaced(database, attemptId, 'call-1', new Date(), new Date());
  return attemptId;
}

async function heldAsUnknown(seeded: Seeded): Promise<string> {
  const { attemptId } = await claimed(seeded.claiming);
  await markUnknownIfPlacing(database, attemptId, 'timeout');
  await settleAsUnknown(database, attemptId);
  return attemptId;
}

const notTaken = (id: string) =>
  settleByCall(database, id, callDetails('customer_unanswered', { callSid: 'call-1' }), 'callback');
const cancel = () => cancelCampaign(database, 'test', 'asha');

describe('a call whose end puts its contact back into the line', () => {
  test('while its campaign is being canceled leaves nobody waiting in it', async () => {
    const id = await placed(await seed(database));
    await whileFirstStands(beforeMoving, () => notTaken(id), cancel);
    expect(await standing()).toEqual({ campaign: 'canceled', contact: 'canceled' });
  });

  test('while the cancel that it cannot see yet commits leaves nobody waiting either', async () => {
    const id = await placed(await seed(database));
    await whileFirstStands(beforeCommit, cancel, () => notTaken(id));
    expect(await standing()).toEqual({ campaign: 'canceled', contact: 'canceled' });
  });

  test('late, while its campaign would be completed, keeps the campaign open', async () => {
    const seeded = await seed(database);
    const id = await heldAsUnknown(seeded);
    await whileFirstStands(
      beforeMoving,
      () => notTaken(id),
      () => completeDone(database, seeded.accountId),
    );
    expect(await standing()).toEqual({ campaign: 'running', contact: 'pending' });
  });

  test('late, while the completion that it cannot see yet commits, does not wait in a completed campaign', async () => {
    const seeded = await seed(database);
    const id = await heldAsUnknown(seeded);
    await whileFirstStands(
      beforeCommit,
      () => completeDone(database, seeded.accountId),
      () => notTaken(id),
    );
    expect(await standing()).toEqual({ campaign: 'completed', contact: 'expired' });
  });
});

describe('a refusal that pauses the campaign', () => {
  const rejected = (db: Database, id: string) =>
    settleByAnswer(
      db,
      id,
      verdictOfRefusal('rejected'),
      { errorCode: '10725', errorText: null },
      { code: '10725', sentence: 'rejected' },
    );

  /** A pool of its own, and how often one of its transactions had to run again. */
  function countingRetries(): { counted: Database; retries: () => number } {
    const log = createLog('silent');
    const debug = vi.spyOn(log, 'debug');
    const counted = createDatabase(url, { log });
    onTestFinished(() => counted.close());
    return { counted, retries: () => debug.mock.calls.length };
  }

  async function fourRejected(seeded: Seeded): Promise<void> {
    for (let nth = 0; nth < 4; nth += 1) {
      await rejected(database, (await claimed(seeded.claiming)).attemptId);
    }
  }

  test('and another source that settles the same attempt do not wait for each other', async () => {
    const seeded = await seed(database, { numbers: someNumbers(6) });
    await fourRejected(seeded);
    const { attemptId } = await claimed(seeded.claiming);
    const { counted, retries } = countingRetries();
    await whileFirstStands(
      'lock table dispositions in access exclusive mode',
      () => rejected(counted, attemptId),
      () => settleByCall(counted, attemptId, callDetails('completed', { callSid: 'call-1' }), 'callback'),
    );
    expect(await one(database, 'select status, paused_code from campaigns')).toEqual({
      status: 'paused',
      paused_code: '10725',
    });
    expect(retries()).toBe(0);
  });

  test('in a campaign that was canceled meanwhile gives no contact back into its line', async () => {
    const seeded = await seed(database, { numbers: someNumbers(6) });
    await fourRejected(seeded);
    const { attemptId } = await claimed(seeded.claiming);
    await cancel();
    await rejected(database, attemptId);
    const states = await database.query<{ state: string }>('select distinct state from contacts');
    expect(states.rows).toEqual([{ state: 'canceled' }]);
  });
});
