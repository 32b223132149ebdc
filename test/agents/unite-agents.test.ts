import { beforeEach, describe, expect, test } from 'vitest';
import { uniteAgents } from '../../src/agents/unite-agents.ts';
import type { Database } from '../../src/db/pool.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import type { ExotelUser } from '../../src/exotel/users.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';

const phone = '+919900000001';
const phoneDevice = {
  id: '1',
  contactUri: '09900000001',
  type: 'tel',
  available: true,
  verified: true,
  status: 'free',
};
const asha: ExotelUser = { userId: 'agent-001', name: 'Asha Rao', email: null, devices: [phoneDevice] };

let database: Database;
let seeded: Seeded;
let byUser: number;
let byContact: number;

/** Asha stands in one list by user id and in another by phone. */
beforeEach(async () => {
  ({ database } = await testDatabase());
  seeded = await seed(database, { agents: 1, numbers: someNumbers(60) });
  const other = await seed(database, {
    name: 'other',
    accountId: seeded.accountId,
    agents: 0,
    numbers: someNumbers(60, 100),
  });
  byUser = seeded.agentIds[0] ?? 0;
  const { id } = await one<{ id: number }>(
    database,
    `insert into agents (account_id, contact_uri, name) values ($1, $2, 'Asha') returning id`,
    [seeded.accountId, phone],
  );
  byContact = id;
  await database.query('insert into campaign_agents values ($1, $2), ($3, $2)', [
    seeded.campaignId,
    byContact,
    other.campaignId,
  ]);
});

const unite = async () => await uniteAgents(database, seeded.accountId, [asha], 'test');
const agents = async () =>
  (
    await database.query<{ id: number; user_id: string | null; contact_uri: string | null }>(
      'select * from agents',
    )
  ).rows;

test('makes one agent of two, with the campaigns, attempts and health of both, and says so in the trail', async () => {
  const first = await claimed(seeded.claiming);
  await settleByCall(database, first.attemptId, callDetails('completed'), 'poll');
  const second = await claimed(seeded.claiming);
  await settleByCall(database, second.attemptId, callDetails('completed'), 'poll');
  expect(new Set([first.agent.id, second.agent.id])).toEqual(new Set([byUser, byContact]));
  await database.query(
    `update agents set paused_at = dialer_now(), paused_by = 'cli:asha', paused_reason = 'lunch' where id = $1`,
    [byContact],
  );
  await database.query(
    `update agents set cooling_since = '2026-12-01', cooling_until = '2026-12-02', cooling_code = '10706', cooling_streak = 3,
       wrap_up_until = '2026-12-03' where id = $1`,
    [byUser],
  );

  expect(await unite()).toEqual({
    united: [{ userId: 'agent-001', contactUri: phone, kept: byUser, gone: byContact }],
    waiting: 0,
  });
  expect(await agents()).toMatchObject([
    {
      id: byUser,
      user_id: 'agent-001',
      contact_uri: phone,
      name: 'Asha',
      paused_by: 'cli:asha',
      cooling_code: '10706',
      cooling_streak: 3,
      wrap_up_until: new Date('2026-12-03T00:00:00Z'),
    },
  ]);
  expect(await one(database, 'select array_agg(distinct agent_id) as ids from attempts')).toEqual({
    ids: [byUser],
  });
  expect(await one(database, 'select count(*) as joined from campaign_agents')).toEqual({ joined: 2 });
  expect(
    await one(
      database,
      `select actor, agent_id, old->'goes'->>'contact_uri' as gone, new->>'contact_uri' as is from trail
       where what = 'agents_united'`,
    ),
  ).toEqual({ actor: 'test', agent_id: byUser, gone: phone, is: phone });
});

test.each([
  { beside: 'sip:asha@exotel', alone: phone, is: phone },
  { beside: phone, alone: 'sip:asha@exotel', is: phone },
  { beside: '+919900000009', alone: 'sip:asha@exotel', is: '+919900000009' },
  { beside: '+919900000009', alone: phone, is: phone },
  { beside: null, alone: 'sip:asha@exotel', is: 'sip:asha@exotel' },
])(
  'keeps the address that can be rung as a phone: of $beside and $alone it is $is',
  async ({ beside, alone, is }) => {
    await database.query('update agents set contact_uri = $2 where id = $1', [byContact, alone]);
    await database.query('update agents set contact_uri = $2 where id = $1', [byUser, beside]);
    const devices = [phoneDevice, { ...phoneDevice, id: '2', contactUri: 'sip:asha@exotel', type: 'sip' }];
    await uniteAgents(database, seeded.accountId, [{ ...asha, devices }], 'test');
    expect(await agents()).toMatchObject([{ user_id: 'agent-001', contact_uri: is }]);
  },
);

describe('the row that is on a call', () => {
  test('stays, whichever it is, and the call settles as it would have', async () => {
    await database.query(`update agents set paused_at = dialer_now(), paused_reason = 'x' where id = $1`, [
      byUser,
    ]);
    const { attemptId, agent } = await claimed(seeded.claiming);
    expect(agent.id).toBe(byContact);
    expect((await unite()).united).toMatchObject([{ kept: byContact, gone: byUser }]);
    expect(await settleByCall(database, attemptId, callDetails('completed'), 'poll')).toBe('settled');
    expect(await agents()).toMatchObject([{ id: byContact, user_id: 'agent-001', contact_uri: phone }]);
  });

  test('makes the other wait while that is on one too', async () => {
    const first = await claimed(seeded.claiming);
    await claimed(seeded.claiming);
    expect(await unite()).toEqual({ united: [], waiting: 1 });
    expect(await agents()).toHaveLength(2);
    await settleByCall(database, first.attemptId, callDetails('completed'), 'poll');
    expect((await unite()).united).toHaveLength(1);
  });
});

test('leaves two alone of whom Exotel does not say that they are one', async () => {
  const elsewhere = { ...asha, devices: [{ ...phoneDevice, contactUri: '+919900000099' }] };
  const others = [elsewhere, { ...asha, devices: null }, { ...asha, userId: 'agent-009' }];
  expect(await uniteAgents(database, seeded.accountId, others, 'test')).toEqual({ united: [], waiting: 0 });
  await database.query(`update agents set user_id = 'agent-002' where id = $1`, [byContact]);
  expect(await unite()).toEqual({ united: [], waiting: 0 });
  expect(await agents()).toHaveLength(2);
});

test('waits for nobody who holds one of the two, and is done when they let go', async () => {
  await database.transaction(async (other) => {
    await other.query('select 1 from agents where id = $1 for update', [byContact]);
    expect(await unite()).toEqual({ united: [], waiting: 1 });
    // claims go on meanwhile
    expect((await claimed(seeded.claiming)).agent.id).toBe(byUser);
  });
  expect((await unite()).united).toHaveLength(1);
});

test('loses no attempt and calls nobody twice while claims and settlements race it', async () => {
  const claims: string[] = [];
  const racing = new AbortController();
  const claimer = async (): Promise<void> => {
    while (!racing.signal.aborted) {
      const result = await claimNext(seeded.claiming);
      if (result.kind !== 'claimed') continue;
      claims.push(result.claim.attemptId);
      expect(await settleByCall(database, result.claim.attemptId, callDetails('completed'), 'poll')).toBe(
        'settled',
      );
    }
  };
  const claimers = [claimer(), claimer(), claimer()];
  const watcher = (async (): Promise<void> => {
    while (!racing.signal.aborted) {
      // a person is one row; once there is one, it is on one call at the most
      const { rows, live } = await one<{ rows: number; live: number }>(
        database,
        `select (select count(*) from agents) as rows, (select count(*) from attempts where agent_held) as live`,
      );
      expect(live).toBeLessThanOrEqual(rows);
    }
  })();
  let tries = 0;
  while ((await unite()).united.length === 0) tries += 1;
  const before = claims.length;
  while (claims.length < before + 3 && claims.length < 110) await new Promise(setImmediate);
  racing.abort();
  await Promise.all([...claimers, watcher]);

  expect(tries).toBeLessThan(200);
  expect(await agents()).toMatchObject([{ user_id: 'agent-001', contact_uri: phone }]);
  const { id } = await one<{ id: number }>(database, 'select id from agents');
  expect(
    await one(
      database,
      `select count(*) as attempts, count(*) filter (where agent_id = $1) as theirs,
         count(*) filter (where state = 'settled' and outcome = 'connected') as connected from attempts`,
      [id],
    ),
  ).toEqual({ attempts: claims.length, theirs: claims.length, connected: claims.length });
  expect(await one(database, 'select count(*) as joined from campaign_agents')).toEqual({ joined: 2 });
});
