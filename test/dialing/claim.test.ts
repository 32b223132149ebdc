import { beforeEach, describe, expect, test } from 'vitest';
import { cancelCampaign, pauseByPerson, resumeCampaign } from '../../src/campaigns/lifecycle.ts';
import { lockAccount } from '../../src/campaigns/pausing.ts';
import { expireEnded } from '../../src/campaigns/sweep.ts';
import type { Database } from '../../src/db/pool.ts';
import { createDatabase } from '../../src/db/pool.ts';
import { markPlaced } from '../../src/dialing/attempt-store.ts';
import { claimNext, lookForWork } from '../../src/dialing/claim.ts';
import { takeLease } from '../../src/dialing/lease-store.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import { createLog } from '../../src/log.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, definitionOf, one, seed } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

let database: Database;
let url: string;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
});

const countAttempts = async () =>
  (await one<{ attempts: number }>(database, 'select count(*) as attempts from attempts')).attempts;
const kindOf = async (options: Parameters<typeof claimNext>[0]) => (await claimNext(options)).kind;

describe('a claim', () => {
  test('takes the agent who has been idle longest and the best due contact, and writes attempt and request together', async () => {
    const seeded = await seed(database, { agents: 2, numbers: someNumbers(3) });
    await database.query('update contacts set priority = 5 where id = $1', [seeded.contactIds[2]]);
    const claim = await claimed(seeded.claiming);
    expect(claim.agent.id).toBe(seeded.agentIds[0]);
    expect(claim.number).toBe(someNumbers(3)[2]);
    const request = await one(database, 'select kind, attempt_id, answered_at from requests where id = $1', [
      claim.requestId,
    ]);
    expect(request).toEqual({ kind: 'place', attempt_id: claim.attemptId, answered_at: null });
    expect((await claimed(seeded.claiming)).agent.id).toBe(seeded.agentIds[1]);
    expect(await kindOf(seeded.claiming)).toBe('nothing');
  });

  test('never gives a number of the account a second live call, in whichever campaign it stands', async () => {
    const seeded = await seed(database, { agents: 3, numbers: ['+919800000001'] });
    await seed(database, {
      name: 'other',
      accountId: seeded.accountId,
      agents: 3,
      numbers: ['+919800000001'],
    });
    await claimed(seeded.claiming);
    expect(await kindOf(seeded.claiming)).toBe('nothing');
  });

  test.each([
    ['contact', 'one_live_attempt_of_contact', { contact: 'first', number: 'second', agent: 'second' }],
    ['number', 'one_live_attempt_to_number', { contact: 'second', number: 'first', agent: 'second' }],
    ['agent', 'one_live_attempt_with_agent', { contact: 'second', number: 'second', agent: 'first' }],
  ] as const)(
    'gives no second live attempt to one %s even when a statement asks for it',
    async (_whose, index, shares) => {
      const seeded = await seed(database, { agents: 2, numbers: someNumbers(2) });
      const claim = await claimed(seeded.claiming);
      const { contact_id: contactId } = await one<{ contact_id: number }>(
        database,
        'select contact_id from attempts where id = $1',
        [claim.attemptId],
      );
      const other = {
        contact: seeded.contactIds.find((id) => id !== contactId),
        number: someNumbers(2).find((number) => number !== claim.number),
        agent: seeded.agentIds.find((id) => id !== claim.agent.id),
      };
      const second = {
        contact: shares.contact === 'first' ? contactId : other.contact,
        number: shares.number === 'first' ? claim.number : other.number,
        agent: shares.agent === 'first' ? claim.agent.id : other.agent,
      };
      const insert = ({ contact, number, agent }: typeof other) =>
        database.query(
          `insert into attempts (id, account_id, campaign_id, contact_id, agent_id, attempt_number, number, caller_id,
             epoch, state, agent_held, claimed_at, agent_free_at, deadline_at)
           select gen_random_uuid(), account_id, campaign_id, $2, $4, attempt_number + 1, $3, caller_id, epoch,
             'placing', true, claimed_at, agent_free_at, deadline_at
           from attempts where id = $1`,
          [claim.attemptId, contact, number, agent],
        );
      await expect(insert(second)).rejects.toThrow(index);
      // with nothing shared the very same statement is taken
      await insert(other);
    },
  );

  test('passes over contacts that are suppressed or not due yet, and tells when the next one is', async () => {
    const seeded = await seed(database, { agents: 2, numbers: someNumbers(3) });
    await database.query(
      `insert into suppressions (account_id, number, source, actor) values ($1, $2, 'test', 'test')`,
      [seeded.accountId, someNumbers(1)[0]],
    );
    await database.query(`update contacts set due_at = dialer_now() + interval '30 s' where id = $1`, [
      seeded.contactIds[1],
    ]);
    expect((await claimed(seeded.claiming)).number).toBe(someNumbers(3)[2]);
    const work = await lookForWork(seeded.claiming);
    expect(work.ready).toBe(false);
    expect(work.inMs).toBeGreaterThan(25_000);
    expect(work.inMs).toBeLessThanOrEqual(30_000);
  });

  test('is refused outside calling hours and when the last call would ring after they close', async () => {
    const day = [[540, 602]] as const;
    const hours = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day };
    const schedule = { timezone: 'Asia/Kolkata', start: null, end: null, hours, holidays: [] };
    const local = await one<{ minute: number }>(
      database,
      `select (extract(hour from t) * 60 + extract(minute from t))::int as minute from (select dialer_now() at time zone 'Asia/Kolkata' as t) now`,
    );
    await database.query(`update clock set shift = ($1 * interval '1 minute')`, [600 - local.minute]);
    const seeded = await seed(database, { definition: { schedule } });
    await database.query(`update clock set shift = shift + interval '59 minutes'`);
    expect(await kindOf(seeded.claiming)).toBe('nothing');
    await database.query(`update clock set shift = shift - interval '59 minutes'`);
    expect(await kindOf(seeded.claiming)).toBe('claimed');
  });

  test('keeps to the account’s calls a minute and to its concurrent legs', async () => {
    const seeded = await seed(database, { agents: 5, numbers: someNumbers(5) });
    await database.query('update accounts set max_concurrent_legs = 4');
    await claimed(seeded.claiming);
    await claimed(seeded.claiming);
    expect(await kindOf(seeded.claiming)).toBe('nothing');
    await database.query('update accounts set max_concurrent_legs = null, calls_per_minute = 3');
    await claimed(seeded.claiming);
    expect(await kindOf(seeded.claiming)).toBe('nothing');
  });

  test('waits when Exotel is slow to answer, so that a silence makes few contacts unknown', async () => {
    const seeded = await seed(database, { agents: 12, numbers: someNumbers(12) });
    for (let index = 0; index < 8; index += 1) await claimed(seeded.claiming);
    expect(await kindOf(seeded.claiming)).toBe('claimed');
    await database.query(`update clock set shift = interval '4 seconds'`);
    expect(await kindOf(seeded.claiming)).toBe('nothing');
    expect((await lookForWork(seeded.claiming)).ready).toBe(false);
    expect((await campaignSummary(database, 'test')).reason).toMatch(/slow to answer/);
  });

  test('lets one probe at a time through a breaker that has half opened', async () => {
    const seeded = await seed(database, { agents: 3, numbers: someNumbers(3) });
    await database.query(
      `update accounts set breaker_until = dialer_now() + interval '1 minute', breaker_reason = 'test', breaker_openings = 1`,
    );
    expect(await kindOf(seeded.claiming)).toBe('nothing');
    await database.query(`update clock set shift = interval '61 seconds'`);
    expect(await kindOf(seeded.claiming)).toBe('claimed');
    expect(await kindOf(seeded.claiming)).toBe('nothing');
  });
});

describe('ownership', () => {
  test('an owner whose epoch was taken over claims nothing any more', async () => {
    const seeded = await seed(database, { agents: 2, numbers: someNumbers(2) });
    await database.query(`update leases set expires_at = clock_timestamp() - interval '1 s'`);
    const taken = await takeLease(database, seeded.accountId, 'another', 5000, 60_000);
    expect(taken?.epoch).toBe(seeded.claiming.epoch + 1);
    expect(await kindOf(seeded.claiming)).toBe('not_owner');
  });

  test('is not to be had while the lease of another runs', async () => {
    const seeded = await seed(database);
    expect(await takeLease(database, seeded.accountId, 'another', 5000, 60_000)).toBeNull();
  });

  test('tells a new owner which requests of the last window still count, and closes those without an answer', async () => {
    const seeded = await seed(database, { agents: 2, numbers: someNumbers(2) });
    await claimed(seeded.claiming);
    const answered = await claimed(seeded.claiming);
    await database.query(
      `update requests set answered_at = clock_timestamp() - interval '20 s', result = 'ok' where id = $1`,
      [answered.requestId],
    );
    await database.query(`update leases set expires_at = clock_timestamp()`);
    const taken = await takeLease(database, seeded.accountId, 'another', 5000, 60_000);
    const busyFor = taken?.busyFor.toSorted((a, b) => a - b) ?? [];
    expect(busyFor).toHaveLength(2);
    expect(busyFor[0]).toBeGreaterThan(39_000);
    expect(busyFor[0]).toBeLessThanOrEqual(40_000);
    expect(busyFor[1]).toBeGreaterThan(59_000);
    const open = await one<{ open: number }>(
      database,
      'select count(*) as open from requests where answered_at is null',
    );
    expect(open.open).toBe(0);
  });
});

describe('a command that tightens a rule', () => {
  test.each([
    ['pause', (db: Database) => pauseByPerson(db, 'test', 'test')],
    ['cancel', (db: Database) => cancelCampaign(db, 'test', 'test')],
  ])('%s: after it returned no claim commits, with twenty sessions claiming', async (_name, tighten) => {
    const seeded = await seed(database, { agents: 200, numbers: someNumbers(200) });
    const wide = createDatabase(url, { log: createLog('error'), maxConnections: 20 });
    const stopped = new AbortController();
    const sessions = Array.from({ length: 20 }, async () => {
      while (!stopped.signal.aborted) await claimNext({ ...seeded.claiming, database: wide });
    });
    await waitFor(async () => (await countAttempts()) >= 5);
    await tighten(database);
    const atReturn = await countAttempts();
    const claimsAfter = await Promise.all(
      Array.from({ length: 20 }, () => kindOf({ ...seeded.claiming, database: wide })),
    );
    stopped.abort();
    await Promise.all(sessions);
    const inTheEnd = await countAttempts();
    await wide.close();
    expect(inTheEnd).toBe(atReturn);
    expect(new Set(claimsAfter)).toEqual(new Set(['nothing']));
  });

  test('waits for a claim under way, so that it never returns before that claim is committed', async () => {
    const seeded = await seed(database);
    let returned = false;
    let pausing: Promise<unknown> = Promise.resolve();
    await database.transaction(async (transaction) => {
      await transaction.query('select 1 from accounts where id = $1 for share', [seeded.accountId]);
      pausing = pauseByPerson(database, 'test', 'test').then(() => {
        returned = true;
      });
      await transaction.query('select pg_sleep(0.2)');
      expect(returned).toBe(false);
    });
    await pausing;
    expect(returned).toBe(true);
  });
});

test('a campaign that is resumed goes on where it stood', async () => {
  const seeded = await seed(database);
  await pauseByPerson(database, 'test', 'test');
  expect(await kindOf(seeded.claiming)).toBe('nothing');
  await resumeCampaign(database, 'test', 'test');
  expect(await kindOf(seeded.claiming)).toBe('claimed');
});

test('a campaign that was mended goes on by its new file, and its name and mode stay', async () => {
  const seeded = await seed(database);
  const other = '+918045680099';
  await pauseByPerson(database, 'test', 'test');
  await expect(resumeCampaign(database, 'test', 'test', definitionOf('another'))).rejects.toThrow('not test');
  expect(await kindOf(seeded.claiming)).toBe('nothing');
  await resumeCampaign(database, 'test', 'test', definitionOf('test', { callerIds: [other] }));
  expect((await claimed(seeded.claiming)).callerId).toBe(other);
});

test('past a campaign’s end what waits is expired, and what rings ends as it does', async () => {
  const seeded = await seed(database, { agents: 1, numbers: someNumbers(3) });
  const { attemptId } = await claimed(seeded.claiming);
  await markPlaced(database, attemptId, 'sid', new Date(), new Date());
  await database.query('update campaigns set ends_at = dialer_now()');
  await expireEnded(database, seeded.accountId);
  await settleByCall(database, attemptId, callDetails('completed', { callSid: 'sid' }), 'poll');
  const states = await database.query<{ state: string }>('select state from contacts order by id');
  expect(states.rows.map((row) => row.state)).toEqual(['finished', 'expired', 'expired']);
});

test('the trail is only ever added to', async () => {
  await seed(database);
  await pauseByPerson(database, 'test', 'asha');
  expect(await one(database, 'select actor, what from trail')).toEqual({
    actor: 'asha',
    what: 'campaign_paused',
  });
  await expect(database.query(`update trail set actor = 'nobody'`)).rejects.toThrow('only ever added');
  await expect(database.query('delete from trail')).rejects.toThrow('only ever added');
});

test('locking an account for a rule works from a campaign and from an attempt', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  for (const of of [{ accountId: seeded.accountId }, { campaignId: seeded.campaignId }, { attemptId }]) {
    await database.transaction(async (transaction) => {
      await lockAccount(transaction, of);
      const blocked = await database.query('select 1 from accounts for update skip locked');
      expect(blocked.rowCount).toBe(0);
    });
  }
});
