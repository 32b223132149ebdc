import { beforeEach, describe, expect, test } from 'vitest';
import { cancelCampaign, pauseByPerson } from '../../src/campaigns/lifecycle.ts';
import { completeDone } from '../../src/campaigns/sweep.ts';
import { heldPages, releaseHeld } from '../../src/contacts/held-contacts.ts';
import type { HeldContact } from '../../src/contacts/held-contacts.ts';
import { suppressNumbers } from '../../src/contacts/suppress-numbers.ts';
import { suppressionScope } from '../../src/contacts/suppression-scope.ts';
import type { Database } from '../../src/db/pool.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { settleAsUnknown, settleByCall } from '../../src/dialing/settle.ts';
import { testDatabase } from '../support/database.ts';
import { someNumbers } from '../support/rig.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { interleave } from './waiting.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

/** Calls the next contact; whether it rang is never learned. */
async function callWithoutTruth(seeded: Seeded): Promise<string> {
  const { attemptId } = await claimed(seeded.claiming);
  await markUnknownIfPlacing(database, attemptId, 'the connection was cut');
  await settleAsUnknown(database, attemptId);
  return attemptId;
}

async function heldOf(campaignId: number, rowsAtOnce?: number): Promise<HeldContact[]> {
  const all: HeldContact[] = [];
  for await (const page of heldPages(database, campaignId, rowsAtOnce)) all.push(...page);
  return all;
}

async function states(): Promise<string[]> {
  const found = await database.query<{ standing: string }>(
    `select state || coalesce(' ' || state_reason, '') as standing from contacts order by id`,
  );
  return found.rows.map((row) => row.standing);
}

const suppress = async (number: string) =>
  await suppressNumbers(
    database,
    await suppressionScope(database, { campaign: null, account: null }),
    [number],
    { source: 'person', reason: null, expiresAt: null, actor: 'cli:asha' },
  );

describe('the held contacts', () => {
  test('are listed with the reason in words and the last attempt', async () => {
    const seeded = await seed(database, { numbers: someNumbers(3), agents: 3 });
    const attemptId = await callWithoutTruth(seeded);
    await database.query(
      `update contacts set state = 'held', state_reason = 'agent_faults', name = 'Asha Rao' where id = $1`,
      [seeded.contactIds[1]],
    );
    const [first, second, ...others] = await heldOf(seeded.campaignId);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      number: someNumbers(1)[0],
      list: 'contacts.csv',
      row: 2,
      code: 'unknown',
      reason: expect.stringMatching(/^may have been called/),
      lastAttempt: {
        id: attemptId,
        attemptNumber: 1,
        agent: 'agent-001',
        outcome: 'unknown',
        errorText: 'the connection was cut',
      },
    });
    expect(second).toMatchObject({
      name: 'Asha Rao',
      code: 'agent_faults',
      reason: expect.stringMatching(/agents in a row did not take its call/),
      lastAttempt: null,
    });
  });

  test('are listed page by page, each once', async () => {
    const numbers = someNumbers(7);
    const seeded = await seed(database, { numbers });
    await database.query(`update contacts set state = 'held', state_reason = 'unlisted_status'`);
    expect((await heldOf(seeded.campaignId, 3)).map((contact) => contact.number)).toEqual(numbers);
  });
});

describe('releasing', () => {
  test('puts all of them back, due at once, and says so in the trail', async () => {
    const seeded = await seed(database, { numbers: someNumbers(3), agents: 3 });
    await callWithoutTruth(seeded);
    await callWithoutTruth(seeded);
    expect(await releaseHeld(database, 'test', null, 'cli:asha')).toEqual({
      campaign: 'test',
      released: 2,
      suppressed: 0,
    });
    expect(await states()).toEqual(['pending', 'pending', 'pending']);
    const again = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      await database.query('update agents set wrap_up_until = null, cooling_until = null');
      again.add((await claimed(seeded.claiming)).number);
    }
    expect(again).toEqual(new Set(someNumbers(3)));
    expect(
      await one(database, `select actor, campaign_id, new from trail where what = 'contacts_released'`),
    ).toEqual({ actor: 'cli:asha', campaign_id: seeded.campaignId, new: { released: 2, suppressed: 0 } });
  });

  test('puts back one by its number, and fails when that is not held', async () => {
    const numbers = someNumbers(3);
    const seeded = await seed(database, { numbers, agents: 3 });
    await callWithoutTruth(seeded);
    await callWithoutTruth(seeded);
    expect(await releaseHeld(database, 'test', numbers[1] ?? '', 'cli:asha')).toMatchObject({ released: 1 });
    expect(await states()).toEqual(['held unknown', 'pending', 'pending']);
    await expect(releaseHeld(database, 'test', numbers[2] ?? '', 'cli:asha')).rejects.toThrow(
      /^no contact with \+\d+ is held in campaign test/,
    );
  });

  test('lets those out whose number is suppressed, without calling them', async () => {
    const numbers = someNumbers(3);
    const seeded = await seed(database, { numbers, agents: 3 });
    await callWithoutTruth(seeded);
    await callWithoutTruth(seeded);
    await suppress(numbers[0] ?? '');
    expect(await states()).toEqual(['held unknown', 'held unknown', 'pending']);
    expect(await releaseHeld(database, 'test', null, 'cli:asha')).toMatchObject({
      released: 1,
      suppressed: 1,
    });
    expect(await states()).toEqual(['suppressed suppressed', 'pending', 'pending']);
  });

  test('waits for a suppression under way, so that it calls nobody whom that takes out', async () => {
    const numbers = someNumbers(2);
    const seeded = await seed(database, { numbers, agents: 2 });
    await callWithoutTruth(seeded);
    await interleave(
      database,
      () => suppress(numbers[0] ?? ''),
      () => releaseHeld(database, 'test', null, 'cli:asha'),
    );
    expect(await states()).toEqual(['suppressed suppressed', 'pending']);
  });

  test('says that there was nothing to release, and leaves no trail of it', async () => {
    await seed(database);
    expect(await releaseHeld(database, 'test', null, 'cli:asha')).toMatchObject({
      released: 0,
      suppressed: 0,
    });
    expect((await database.query('select 1 from trail')).rowCount).toBe(0);
  });

  test('works while the campaign is paused, and calls nobody until it goes on', async () => {
    const seeded = await seed(database, { numbers: someNumbers(2), agents: 2 });
    await callWithoutTruth(seeded);
    await pauseByPerson(database, 'test', 'cli:asha');
    expect(await releaseHeld(database, 'test', null, 'cli:asha')).toMatchObject({ released: 1 });
    expect((await claimNext(seeded.claiming)).kind).toBe('nothing');
  });

  test('leaves a contact to the truth that decided it meanwhile', async () => {
    const seeded = await seed(database, { numbers: someNumbers(2), agents: 2 });
    const attemptId = await callWithoutTruth(seeded);
    await settleByCall(database, attemptId, callDetails('completed'), 'callback');
    expect(await releaseHeld(database, 'test', null, 'cli:asha')).toMatchObject({ released: 0 });
    expect(await states()).toEqual(['finished', 'pending']);
  });
});

describe('a campaign that is over takes nothing back', () => {
  async function withHeld(): Promise<Seeded> {
    const seeded = await seed(database, { numbers: someNumbers(2), agents: 2 });
    await callWithoutTruth(seeded);
    return seeded;
  }
  const release = () => releaseHeld(database, 'test', null, 'cli:asha');

  test('when it was canceled', async () => {
    await withHeld();
    await cancelCampaign(database, 'test', 'cli:asha');
    await expect(release()).rejects.toThrow('campaign test is canceled');
    expect(await states()).toEqual(['held unknown', 'canceled']);
  });

  test('when it is completed', async () => {
    const seeded = await withHeld();
    await callWithoutTruth(seeded);
    await completeDone(database, seeded.accountId);
    await expect(release()).rejects.toThrow('campaign test is completed and is not opened again');
  });

  test('when its end has come, whether or not anybody has seen to it', async () => {
    await withHeld();
    await database.query(`update campaigns set starts_at = null, ends_at = dialer_now()`);
    await expect(release()).rejects.toThrow('campaign test is past its end');
  });

  test('when it is just being completed, and is not completed when it just took one back', async () => {
    const seeded = await withHeld();
    await callWithoutTruth(seeded);
    const complete = () => completeDone(database, seeded.accountId);
    await interleave(
      database,
      () => releaseHeld(database, 'test', someNumbers(1)[0] ?? '', 'cli:asha'),
      async () => expect(await complete()).toBe(0),
    );
    expect(await states()).toEqual(['pending', 'held unknown']);
    await database.query(`update contacts set state = 'finished' where state = 'pending'`);
    await interleave(database, complete, () =>
      expect(release()).rejects.toThrow('campaign test is completed and is not opened again'),
    );
    expect(await states()).toEqual(['finished', 'held unknown']);
  });

  test('and one that is not there is named', async () => {
    await expect(releaseHeld(database, 'nope', null, 'cli:asha')).rejects.toThrow(
      'there is no campaign nope',
    );
  });
});
