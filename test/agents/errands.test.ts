import { describe, expect, test } from 'vitest';
import { listAgents } from '../../src/agents/agent-standing.ts';
import { chooseAccount } from '../../src/campaigns/choose-account.ts';
import { askOwner } from '../../src/errands/ask-owner.ts';
import type { Asking } from '../../src/errands/ask-owner.ts';
import { takeLease } from '../../src/dialing/lease-store.ts';
import { createLog } from '../../src/log.ts';
import { one } from '../support/seed.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

const log = createLog('error');

async function askingOf({ database, config }: Rig, changes: Partial<Asking> = {}): Promise<Asking> {
  const account = await chooseAccount(database, null, 'with --account');
  return { database, config, log, account, actor: 'cli:asha', ...changes };
}

const sync = async (rig: Rig, dryRun = false) =>
  await askOwner(await askingOf(rig), 'sync_agents', { dryRun });
const devices = async (
  rig: Rig,
  agentId: number,
  turn: 'on' | 'off' | null,
  deviceId: string | null = null,
) => await askOwner(await askingOf(rig), 'agent_devices', { agentId, turn, deviceId });

/** A call that goes on for as long as a test. */
const longTalks = { talk: { mean: '60s', spread: '0s' } };

describe('a sync of the agents', () => {
  test('takes over all users, page by page, once, while no worker runs', async () => {
    const rig = await createRig({ scenario: { agents: { count: 53 } } });
    expect(await sync(rig, true)).toMatchObject({ dryRun: true, users: 53 });
    expect(await listAgents(rig.database)).toEqual([]);
    const first = await sync(rig);
    expect(first.added).toHaveLength(53);
    expect(first.added[0]).toEqual({ userId: 'agent-001', contactUri: '+919000000001', name: 'Agent 001' });
    expect(await listAgents(rig.database)).toHaveLength(53);
    expect(await sync(rig)).toMatchObject({
      account: 'main',
      added: [],
      updated: [],
      unchanged: 53,
      notInAccount: [],
    });
    expect(
      await one(rig.database, `select actor, jsonb_array_length(new->'added') as added from trail`),
    ).toEqual({
      actor: 'cli:asha',
      added: 53,
    });
    // two pages each time, and nothing is left behind
    expect(await one(rig.database, `select count(*) as requests from requests where kind = 'users'`)).toEqual(
      {
        requests: 6,
      },
    );
    expect(
      await one(rig.database, 'select owner, (select count(*) from errands) as errands from leases'),
    ).toEqual({
      owner: null,
      errands: 0,
    });
  });

  test('is done by the worker that owns the account, in its one term, while it places calls', async () => {
    const rig = await createRig({ scenario: { agents: { count: 4 } } });
    await rig.start();
    await rig.create({ numbers: someNumbers(3), agents: ['agent-001', 'nobody'] });
    await waitFor(
      async () => (await rig.database.query('select 1 from leases where owner is not null')).rowCount,
      {
        what: 'the worker to own the account',
      },
    );
    const answer = await sync(rig);
    expect(answer.added.map((agent) => agent.userId)).toEqual(['agent-002', 'agent-003', 'agent-004']);
    expect(answer.notInAccount).toMatchObject([{ userId: 'nobody' }]);
    expect(await one(rig.database, 'select max(epoch) as epoch from requests')).toEqual({ epoch: 1 });
    expect(await one(rig.database, 'select epoch from leases')).toEqual({ epoch: 1 });
  });

  test('starts from what the last minute used up, whoever used it', async () => {
    const rig = await createRig({ scenario: { agents: { count: 2 } }, requestsPerMinute: 2, windowMs: 3000 });
    await sync(rig);
    await sync(rig);
    const started = performance.now();
    await sync(rig);
    // the first of the two comes free a window after its answer
    expect(performance.now() - started).toBeGreaterThan(500);
    const gaps = await rig.database.query<{ ms: number }>(
      `select extract(epoch from created_at - lag(answered_at, 2) over (order by id))::float8 * 1000 as ms from requests`,
    );
    expect(gaps.rows.at(-1)?.ms).toBeGreaterThan(3000);
  });

  test('unites one person named by user id in one list and by phone in another', async () => {
    const rig = await createRig({ scenario: { agents: { count: 2 } } });
    await rig.create({ name: 'by-id', numbers: someNumbers(1), agents: ['agent-002'], start: false });
    await rig.database.query(
      `insert into agents (account_id, contact_uri) select id, '+919000000002' from accounts`,
    );
    const answer = await sync(rig);
    expect(answer).toMatchObject({
      united: [{ userId: 'agent-002' }],
      added: [{ userId: 'agent-001' }],
      waiting: 0,
    });
    expect(
      (await listAgents(rig.database)).map(({ userId, contactUri }) => ({ userId, contactUri })),
    ).toEqual([
      { userId: 'agent-002', contactUri: '+919000000002' },
      { userId: 'agent-001', contactUri: '+919000000001' },
    ]);
  });
});

test('a worker unites two rows of one person when it reads the devices', async () => {
  const rig = await createRig({ scenario: { agents: { count: 1 } } });
  await rig.create({ numbers: someNumbers(1), agents: ['agent-001'] });
  await rig.database.query(
    `with phone as (insert into agents (account_id, contact_uri) select id, '+919000000001' from accounts returning id)
     insert into campaign_agents select k.id, phone.id from campaigns k, phone`,
  );
  await rig.start();
  await waitFor(async () => (await listAgents(rig.database)).length === 1, {
    what: 'the two rows to be one',
  });
  expect((await listAgents(rig.database))[0]).toMatchObject({
    userId: 'agent-001',
    contactUri: '+919000000001',
  });
  expect(await one(rig.database, `select actor from trail where what = 'agents_united'`)).toEqual({
    actor: 'dialer',
  });
});

test('a worker unites a user id of one mode with the phone that another mode rings', async () => {
  const rig = await createRig({ scenario: { agents: { count: 2 }, durations: longTalks } });
  await rig.create({ numbers: someNumbers(1), agents: ['agent-001'] });
  await rig.start();
  await waitFor(async () => (await rig.summary('test')).attempts.live === 1, { what: 'the call of v2' });
  await rig.create({
    name: 'by-phone',
    numbers: someNumbers(1, 10),
    phones: ['+919000000001'],
    file: { mode: 'connect' },
  });
  await waitFor(async () => (await rig.summary('by-phone')).status === 'running', {
    what: 'the campaign that rings phones to start',
  });
  expect(await listAgents(rig.database)).toMatchObject([
    { userId: 'agent-001', contactUri: '+919000000001', campaigns: ['test', 'by-phone'] },
  ]);
  expect(rig.sandbox.truth().calls).toHaveLength(1);
});

describe('where the list of users shows no devices', () => {
  const hidden = { agents: { count: 3, off: 1 }, variants: { hideDevices: true } };

  test('a sync asks for the users one by one, fills in phones and unites who is one person', async () => {
    const rig = await createRig({ scenario: hidden });
    await rig.create({ name: 'by-id', numbers: someNumbers(1), agents: ['agent-002'], start: false });
    await rig.database.query(
      `insert into agents (account_id, contact_uri) select id, '+919000000002' from accounts`,
    );
    expect(await sync(rig)).toMatchObject({
      united: [{ userId: 'agent-002' }],
      added: [
        { userId: 'agent-001', contactUri: '+919000000001' },
        { userId: 'agent-003', contactUri: '+919000000003' },
      ],
      undecided: [],
    });
    expect(rig.sandbox.truth().requests.byKind).toMatchObject({ users: 1 + 3 });
  });

  test('a worker does so before the first call, and not again for those who can be called', async () => {
    const rig = await createRig({ scenario: hidden, callbacks: false });
    await rig.create({ numbers: someNumbers(2), agents: ['agent-001', 'agent-003', 'nobody'] });
    await rig.database.query(
      `with phone as (insert into agents (account_id, contact_uri) select id, '+919000000001' from accounts returning id)
       insert into campaign_agents select k.id, phone.id from campaigns k, phone`,
    );
    await rig.start();
    await waitFor(async () => rig.sandbox.truth().calls.length > 0, { what: 'the first call' });
    expect((await listAgents(rig.database)).map(({ userId, health }) => [userId, health])).toEqual([
      ['agent-001', 'on_call'],
      ['agent-003', 'cooling_down'],
      ['nobody', expect.any(String)],
    ]);
    const asked = async () =>
      (await one<{ count: number }>(rig.database, `select count(*) from requests where kind = 'devices'`))
        .count;
    expect(await asked()).toBe(3);
    await rig.moveClock('20 s');
    await waitFor(async () => (rig.sandbox.truth().requests.byKind['users'] ?? 0) >= 5, {
      timeout: 45_000,
      what: 'another reading of the list',
    });
    expect(await asked()).toBe(3);
  });
});

describe('the devices of an agent', () => {
  test('are shown, and switched off and on, which counts for the agent at once', async () => {
    const rig = await createRig({ scenario: { agents: { count: 1 } } });
    await sync(rig);
    const agent = async () => (await listAgents(rig.database))[0] ?? expect.fail('there is no agent');
    const { id } = await agent();
    const [device] = (await devices(rig, id, null)).devices;
    expect(device).toMatchObject({
      contactUri: '+919000000001',
      available: true,
      verified: true,
      status: 'free',
    });
    const off = await devices(rig, id, 'off');
    expect(off).toMatchObject({
      agent: { id, userId: 'agent-001', name: 'Agent 001' },
      switched: { deviceId: device?.id, to: 'off' },
      devices: [{ available: false }],
    });
    expect(await agent()).toMatchObject({ health: 'cooling_down', reason: 'the device is switched off' });
    expect(await devices(rig, id, 'off')).toMatchObject({ switched: null });
    expect(await devices(rig, id, 'on', device?.id)).toMatchObject({ devices: [{ available: true }] });
    expect((await agent()).health).toBe('available');
    expect(
      await one(rig.database, `select count(*) as switches from trail where what = 'device_switched'`),
    ).toEqual({ switches: 2 });
  });

  test('are found by the phone of an agent without a user id', async () => {
    const rig = await createRig({ scenario: { agents: { count: 2 } } });
    const { id } = await one<{ id: number }>(
      rig.database,
      `insert into agents (account_id, contact_uri) select id, '+919000000002' from accounts returning id`,
    );
    expect(await devices(rig, id, null)).toMatchObject({ agent: { userId: 'agent-002' } });
  });

  test.each([
    [
      'unverified',
      'on',
      null,
      /^device 100001 with \+919000000001 is not verified.*\(10809\): have it verified/,
    ],
    ['no_device', 'on', null, /^agent-001 has no device at Exotel: add one/],
    ['available', 'off', '42', /^agent-001 has no device 42: there is 100001 with \+919000000001$/],
  ] as const)('say what to do where an agent is %s', async (state, turn, deviceId, sentence) => {
    const list = [{ userId: 'agent-001', name: 'Asha Rao', contactUri: '+919000000001', state }];
    const rig = await createRig({ scenario: { agents: { list } } });
    await sync(rig);
    const { id } = await one<{ id: number }>(rig.database, 'select id from agents');
    await expect(devices(rig, id, turn, deviceId)).rejects.toThrow(sentence);
  });
});

describe('an errand', () => {
  test('that an owner lost the account over is done by the next one', async () => {
    const rig = await createRig({ scenario: { agents: { count: 1 } } });
    const { id } = await chooseAccount(rig.database, null, '');
    const asking = sync(rig);
    // a worker takes it and dies: the lease is taken from whoever has it, with the errand under way
    await rig.database.query('update leases set owner = null, expires_at = null where account_id = $1', [id]);
    await takeLease(rig.database, id, 'dead worker', 300, 60_000);
    await rig.database.query(`update errands set state = 'taken', epoch = (select epoch from leases)`);
    expect((await asking).added).toHaveLength(1);
  });

  test('fails with what Exotel said', async () => {
    const rig = await createRig();
    const [account] = rig.config.accounts;
    if (account !== undefined) account.credentials = { key: 'a-wrong-key', token: 'a-wrong-token' };
    await expect(sync(rig)).rejects.toThrow(/^Exotel: .*401.*EXOTEL_API_KEY/);
  });

  test('says so where nobody can do it', async () => {
    const rig = await createRig();
    const asking = await askingOf(rig, { config: { ...rig.config, accounts: [] } });
    await expect(askOwner(asking, 'sync_agents', { dryRun: false })).rejects.toThrow(
      /^no worker serves account main, and its credentials are not set here: run `dialer start`/,
    );
    expect((await rig.database.query('select 1 from errands')).rowCount).toBe(0);
  });

  test('is taken back when its owner does not answer', async () => {
    const rig = await createRig();
    const { id } = await chooseAccount(rig.database, null, '');
    await takeLease(rig.database, id, 'a stopped worker', 60_000, 60_000);
    const asking = await askingOf(rig, { patienceMs: 300 });
    await expect(askOwner(asking, 'sync_agents', { dryRun: false })).rejects.toThrow(
      /did not answer in time/,
    );
    expect((await rig.database.query('select 1 from errands')).rowCount).toBe(0);
  });
});
