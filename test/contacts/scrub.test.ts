import { beforeEach, describe, expect, test } from 'vitest';
import { releaseHeld } from '../../src/contacts/held-contacts.ts';
import { scrubProgress } from '../../src/contacts/scrub-progress.ts';
import type { ScrubSettings } from '../../src/contacts/scrub-settings.ts';
import {
  applyMetadata,
  campaignsToScrub,
  storeMetadata,
  storeUnavailable,
  tellScrubProblem,
  unclearedContacts,
} from '../../src/contacts/scrub-store.ts';
import type { Database } from '../../src/db/pool.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import type { NumberMetadata } from '../../src/exotel/number-metadata.ts';
import { attemptRows } from '../../src/reports/attempt-rows.ts';
import { contactRows } from '../../src/reports/contact-rows.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

const week = 7 * 86_400_000;
const dialling: ScrubSettings = { maxAgeMs: week, unavailable: 'dial' };
const told = (dnd: NumberMetadata['dnd']): NumberMetadata => ({
  dnd,
  circle: 'Gujarat Telecom Circle',
  operator: 'Reliance',
  type: 'Mobile',
});

describe('a campaign with a scrub', () => {
  let database: Database;
  let seeded: Seeded;
  const numbers = someNumbers(5);
  const [first = '', second = ''] = numbers;

  const seedWith = async (scrub: ScrubSettings, changes: Parameters<typeof seed>[1] = {}): Promise<void> => {
    seeded = await seed(database, { numbers, agents: 5, definition: { scrub }, ...changes });
  };
  const know = async (number: string, dnd: NumberMetadata['dnd']): Promise<void> =>
    await storeMetadata(database, seeded.accountId, number, told(dnd));
  const apply = async (): Promise<{ suppressed: number; held: number }> => {
    const [campaign] = await campaignsToScrub(database, seeded.accountId);
    if (campaign === undefined) throw new Error('there is no campaign to scrub');
    const ids: number[] = [];
    for await (const some of unclearedContacts(database, campaign, 2)) ids.push(...some.map(({ id }) => id));
    return await applyMetadata(database, campaign, ids);
  };
  const kind = async (): Promise<string> => (await claimNext(seeded.claiming)).kind;

  beforeEach(async () => {
    ({ database } = await testDatabase());
  });

  test('calls no number before it is cleared, and each one as it is', async () => {
    await seedWith(dialling);
    expect(await kind()).toBe('nothing');
    await know(second, 'no');
    expect((await claimed(seeded.claiming)).number).toBe(second);
    await know(first, 'yes');
    expect(await kind()).toBe('nothing');
    await storeUnavailable(database, [numbers[2] ?? '']);
    expect((await claimed(seeded.claiming)).number).toBe(numbers[2]);
  });

  test('asks anew once what was said is too old, also for a retry', async () => {
    await seedWith(dialling, { numbers: [first] });
    await know(first, 'no');
    const { attemptId } = await claimed(seeded.claiming);
    await settleByCall(database, attemptId, callDetails('customer_unanswered'), 'poll');
    await database.query(`update clock set shift = '6 days 23 hours'`);
    expect((await claimed(seeded.claiming)).number).toBe(first);
    await database.query(`update contacts set state = 'pending'`);
    await database.query(`update attempts set state = 'settled', outcome = 'no_answer', settled_at = now(), settled_by = 'poll',
      agent_held = false where state <> 'settled'`);
    await database.query(`update clock set shift = '7 days 1 minute'`);
    expect(await kind()).toBe('nothing');
    await know(first, 'no');
    expect(await kind()).toBe('claimed');
  });

  test('suppresses those on the register before they are called, and says so in the trail', async () => {
    await seedWith(dialling);
    await know(first, 'yes');
    await know(second, 'no');
    expect(await apply()).toEqual({ suppressed: 1, held: 0 });
    expect(
      await one(database, `select number, state_reason from contacts where state = 'suppressed'`),
    ).toEqual({ number: first, state_reason: 'do_not_disturb' });
    expect(await one(database, `select new from trail where what = 'contacts_scrubbed'`)).toEqual({
      new: { suppressed: 1, held: 0 },
    });
  });

  test('goes on with another number of a contact whose first is on the register', async () => {
    await seedWith(dialling, { numbers: [first] });
    await database.query('update contacts set numbers = $1', [[first, second]]);
    await know(first, 'yes');
    expect(await apply()).toEqual({ suppressed: 0, held: 0 });
    expect(await kind()).toBe('nothing');
    await know(second, 'no');
    expect((await claimed(seeded.claiming)).number).toBe(second);
  });

  test('holds those of whom nothing is known, where it says so, and calls them once a person releases them', async () => {
    await seedWith({ maxAgeMs: week, unavailable: 'hold' }, { numbers: [first] });
    await know(first, 'unavailable');
    expect(await kind()).toBe('nothing');
    expect(await apply()).toEqual({ suppressed: 0, held: 1 });
    expect(await one(database, 'select state, state_reason from contacts')).toEqual({
      state: 'held',
      state_reason: 'scrub_unavailable',
    });
    await releaseHeld(database, 'test', null, 'cli:asha');
    expect(await apply()).toEqual({ suppressed: 0, held: 0 });
    expect((await claimed(seeded.claiming)).number).toBe(first);
  });

  test('is no way around: a number that turns out to be on the register is not claimed by a claim under way', async () => {
    await seedWith(dialling, { numbers: [first] });
    await know(first, 'no');
    const learned: Promise<void>[] = [];
    await database.transaction(async (claim) => {
      await claim.query('select 1 from accounts where id = $1 for share', [seeded.accountId]);
      learned.push(know(first, 'yes'));
      await waitFor(
        async () =>
          (
            await database.query(
              `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            )
          ).rowCount === 1,
        { what: 'the answer to wait for the claim' },
      );
    });
    await Promise.all(learned);
    expect(await kind()).toBe('nothing');
  });

  test('goes through its line as claims do, however long it is and whatever stands in front', async () => {
    await seedWith(dialling, { numbers: someNumbers(450), agents: 1 });
    await database.query(`update contacts set priority = 5 where row_number > 430`);
    const [campaign] = await campaignsToScrub(database, seeded.accountId);
    if (campaign === undefined) throw new Error('there is no campaign to scrub');
    const order: number[] = [];
    for await (const some of unclearedContacts(database, campaign, 100))
      order.push(...some.map(({ id }) => id));
    const expected = await database.query<{ id: number }>(
      'select id from contacts order by priority desc, due_at, id',
    );
    expect(order).toEqual(expected.rows.map(({ id }) => id));
    // far behind the front: cleared by another campaign, and called when its turn comes
    await database.query(
      `insert into number_metadata (number, dnd, seen_at) select number, 'no', dialer_now() from contacts where row_number = 400`,
    );
    expect(await kind()).toBe('nothing');
    await database.query(
      `update contacts set state = 'suppressed' where row_number < 300 or row_number > 430`,
    );
    expect(await kind()).toBe('claimed');
  });

  test('says why it does not dial', async () => {
    await seedWith(dialling);
    await database.query(`update leases set expires_at = clock_timestamp() + interval '1 hour'`);
    const reason = async (): Promise<string | null> => (await campaignSummary(database, 'test')).reason;
    expect(await reason()).toMatch(
      /^the numbers due next are not cleared.*: see `dialer contacts scrub test`/,
    );
    await tellScrubProblem(database, seeded.accountId, 'Exotel does not answer');
    expect(await reason()).toMatch(/not cleared .* yet: Exotel does not answer$/);
    await know(first, 'no');
    expect(await reason()).toBeNull();
  });

  test('that starts later is scrubbed so late that it is still believed at the start', async () => {
    const start = new Date(Date.now() + 5 * 86_400_000).toISOString();
    await seedWith(dialling, {
      status: 'scheduled',
      definition: {
        scrub: dialling,
        schedule: { timezone: 'Asia/Kolkata', start, end: null, hours: null, holidays: [] },
      },
    });
    expect(await campaignsToScrub(database, seeded.accountId)).toEqual([]);
    await database.query(`update clock set shift = '2 days'`);
    expect(await campaignsToScrub(database, seeded.accountId)).toHaveLength(1);
  });
});

test(
  'a whole campaign is scrubbed and dialled, and another one asks nothing again',
  { timeout: 60_000 },
  async () => {
    const [plain = '', onRegister = ''] = someNumbers(2);
    const foreign = '+12015550123';
    const numbers = [plain, onRegister, foreign];
    const rig = await createRig({ scenario: { speed: 100, doNotDisturb: { numbers: [onRegister] } } });
    const name = await rig.create({ numbers, file: { scrub: { maxAge: '7d' }, retry: { maxAttempts: 1 } } });
    expect(await scrubProgress(rig.database, name)).toMatchObject({
      waiting: 3,
      requests: 2,
      minutes: 1,
      cleared: 0,
    });
    await rig.start();
    const { contacts } = await rig.completed(name);
    expect(contacts).toMatchObject({ total: 3, suppressed: 1 });
    expect(
      (await rig.database.query('select distinct number from attempts order by 1')).rows.map(
        (row) => row['number'],
      ),
    ).toEqual([foreign, plain]);
    const asked = `select count(*) as requests from requests where kind = 'numbers'`;
    expect(await one(rig.database, asked)).toEqual({ requests: 2 });
    expect(
      await one(rig.database, `select dnd, type from number_metadata where number = $1`, [onRegister]),
    ).toEqual({
      dnd: 'yes',
      type: 'Mobile',
    });
    expect(await scrubProgress(rig.database, name)).toMatchObject({
      waiting: 0,
      onRegister: 1,
      problem: null,
    });

    const again = await rig.create({ name: 'again', numbers: [onRegister], file: { scrub: {} } });
    expect((await rig.completed(again)).contacts).toMatchObject({ suppressed: 1 });
    expect(await one(rig.database, asked)).toEqual({ requests: 2 });
  },
);

test('the report tells circle and operator of each number, in a campaign that asks for them', async () => {
  const { database } = await testDatabase();
  const [first = '', second = ''] = someNumbers(2);
  const asking = await seed(database, { numbers: [first, second], definition: { scrub: dialling } });
  await storeMetadata(database, asking.accountId, first, told('no'));
  await claimed(asking.claiming);
  const contacts = await contactRows(database, 'test');
  expect(contacts.ours.slice(-2)).toEqual(['circle', 'operator']);
  expect((await contacts.pages(10).next()).value).toMatchObject([
    { ours: expect.arrayContaining(['Gujarat Telecom Circle', 'Reliance']) },
    { ours: expect.arrayContaining([second, 'pending']) },
  ]);
  const attempts = await attemptRows(database, 'test');
  const [attempt] = (await attempts.pages(10).next()).value ?? [];
  expect(attempt?.ours.slice(-2)).toEqual(['Gujarat Telecom Circle', 'Reliance']);

  await seed(database, { name: 'plain', accountId: asking.accountId });
  expect((await contactRows(database, 'plain')).ours).not.toContain('circle');
  expect((await attemptRows(database, 'plain')).ours).not.toContain('circle');
});
