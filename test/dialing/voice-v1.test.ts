import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { lockAttempt, markPlaced, markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { claimNext, lookForWork } from '../../src/dialing/claim.ts';
import { releaseAgentsOfUnknown } from '../../src/dialing/reconcile.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import type { CallDetails } from '../../src/exotel/call-details.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { dueLateLooks, noteLateFacts } from '../../src/results/late-look-store.ts';
import { askForLegsAfter, callsByList, dueLooks } from '../../src/results/look-store.ts';
import { countSearch, dueSearches } from '../../src/results/search-store.ts';
import { testDatabase } from '../support/database.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import { callDetails, claimed, claimedAny, one, seed } from '../support/seed.ts';
import type { SeedOptions, Seeded } from '../support/seed.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const flow = { mode: 'flow', flow: { appId: '208287' } } as const;
const connect = { mode: 'connect' } as const;
const recorded = { recording: true, recordingChannels: 'single', ringSeconds: 30, maxSeconds: 600 } as const;
const kindOf = async (seeded: Seeded) => (await claimNext(seeded.claiming)).kind;
const moveClock = (interval: string) =>
  database.query('update clock set shift = shift + $1::interval', [interval]);

const seedFlow = (options: SeedOptions = {}) => seed(database, { agents: 0, definition: flow, ...options });
async function seedConnect(options: SeedOptions = {}): Promise<Seeded> {
  const seeded = await seed(database, { definition: connect, ...options });
  await database.query(`update agents set contact_uri = '+9197000000' || lpad(id::text, 2, '0')`);
  return seeded;
}

/** A call as v1 tells it. */
function v1Call(
  status: string,
  legs: [string | null, string | null] | null,
  changes: Partial<CallDetails> = {},
) {
  const leg = (word: string | null) => ({
    status: word,
    contactUri: null,
    userId: null,
    onCallSeconds: null,
  });
  return callDetails(status, {
    api: 'v1',
    callSid: 'call-1',
    legsTold: legs !== null,
    agentLeg: leg(legs?.[0] ?? null),
    customerLeg: leg(legs?.[1] ?? null),
    ...changes,
  });
}

async function placed(seeded: Seeded, sid = 'call-1'): Promise<string> {
  const { attemptId } = await claimedAny(seeded.claiming);
  await markPlaced(database, attemptId, sid, new Date(), new Date());
  return attemptId;
}

const attemptOf = (id: string) =>
  one<Record<string, unknown>>(
    database,
    `select t.state, t.outcome, t.unlisted, t.counts, t.agent_held, t.agent_leg_status, t.customer_leg_status,
       t.provider_status, t.talk_seconds, c.state as contact
     from attempts t join contacts c on c.id = t.contact_id where t.id = $1`,
    [id],
  );

describe('a claim for a flow', () => {
  test('takes a contact and no agent, and lacks none', async () => {
    const seeded = await seedFlow({ numbers: someNumbers(2) });
    expect((await lookForWork(seeded.claiming)).ready).toBe(true);
    const claim = await claimedAny(seeded.claiming);
    expect(claim).toMatchObject({ agent: null, number: someNumbers(1)[0] });
    expect(await one(database, 'select agent_id, agent_held, state from attempts')).toEqual({
      agent_id: null,
      agent_held: false,
      state: 'placing',
    });
    expect((await campaignSummary(database, 'test')).reason).toBeNull();
  });

  test('comes in its turn beside campaigns of other modes, and is not kept by one without a free agent', async () => {
    const agents = await seed(database, { numbers: someNumbers(5) });
    const calls = await seedFlow({
      name: 'calls',
      accountId: agents.accountId,
      numbers: someNumbers(5, 100),
    });
    const turns = [];
    for (let turn = 0; turn < 4; turn += 1) turns.push((await claimedAny(calls.claiming)).campaign.name);
    expect(turns).toEqual(['test', 'calls', 'calls', 'calls']);
    expect((await lookForWork(calls.claiming)).ready).toBe(true);
  });
});

describe('concurrent legs', () => {
  test('are one for a call to a flow and two for a call with an agent', async () => {
    const seeded = await seedFlow({ numbers: someNumbers(4) });
    const other = await seedConnect({
      name: 'other',
      accountId: seeded.accountId,
      numbers: someNumbers(4, 50),
    });
    await database.query('update accounts set max_concurrent_legs = 3');
    expect((await claimedAny(other.claiming)).campaign.name).toBe('test');
    expect((await claimedAny(other.claiming)).campaign.name).toBe('other');
    expect(await kindOf(other)).toBe('nothing');
    expect((await campaignSummary(database, 'test')).reason).toMatch(/^the 3 concurrent legs .* are in use/);
    await database.query('update accounts set max_concurrent_legs = 4');
    expect((await claimedAny(other.claiming)).campaign.name).toBe('test');
  });

  test('that come free one by one go to the campaign that has waited longest, though its call takes two', async () => {
    const seeded = await seedFlow({ numbers: someNumbers(4) });
    await database.query('update accounts set max_concurrent_legs = 2');
    const first = await placed(seeded, 'first');
    const second = await placed(seeded, 'second');
    await seedConnect({ name: 'other', accountId: seeded.accountId, numbers: someNumbers(4, 50) });
    await settleByCall(database, first, v1Call('completed', null, { callSid: 'first' }), 'poll');
    expect(await kindOf(seeded)).toBe('nothing');
    expect((await lookForWork(seeded.claiming)).ready).toBe(false);
    await settleByCall(database, second, v1Call('completed', null, { callSid: 'second' }), 'poll');
    expect((await claimed(seeded.claiming)).campaign.name).toBe('other');
  });

  test('fewer than any call of a campaign takes do not stop the others, and the campaign says so', async () => {
    const seeded = await seedConnect({ numbers: someNumbers(4) });
    await seedFlow({ name: 'calls', accountId: seeded.accountId, numbers: someNumbers(4, 50) });
    await database.query('update accounts set max_concurrent_legs = 1');
    expect((await claimedAny(seeded.claiming)).campaign.name).toBe('calls');
    expect((await campaignSummary(database, 'test')).reason).toMatch(
      /a call takes 2 of the 1 concurrent legs/,
    );
  });
});

test('an agent of mode connect is not called again while an unknown call with them may go on', async () => {
  const seeded = await seedConnect({ numbers: someNumbers(2) });
  const { attemptId } = await claimed(seeded.claiming);
  await markUnknownIfPlacing(database, attemptId, 'timeout');
  await moveClock('10 minutes');
  expect(await releaseAgentsOfUnknown(database, seeded.accountId)).toBe(0);
  expect(await kindOf(seeded)).toBe('nothing');
});

describe('the end of a call between an agent and a customer', () => {
  test('that is told without legs settles nothing and has the legs looked at now', async () => {
    const seeded = await seedConnect();
    const id = await placed(seeded);
    await database.query(`update attempts set next_poll_at = dialer_now() + interval '1 hour'`);
    expect(await callsByList(database, seeded.accountId)).toHaveLength(1);
    expect(await settleByCall(database, id, v1Call('no-answer', null), 'callback')).toBe('look_needed');
    expect(await attemptOf(id)).toMatchObject({
      state: 'placed',
      provider_status: 'no-answer',
      agent_held: true,
    });
    expect(await callsByList(database, seeded.accountId)).toHaveLength(0);
    expect(await dueLooks(database, seeded.accountId, 10, false)).toMatchObject([{ id, over: true }]);

    expect(await settleByCall(database, id, v1Call('no-answer', ['no-answer', null]), 'poll')).toBe(
      'settled',
    );
    expect(await attemptOf(id)).toMatchObject({
      outcome: 'agent_no_answer',
      counts: false,
      contact: 'pending',
    });
    expect(await settleByCall(database, id, v1Call('no-answer', null), 'callback')).toBe('already');
  });

  test('whose legs nobody tells is shown as unlisted and burns no contact', async () => {
    const seeded = await seedConnect();
    const id = await placed(seeded);
    for (let look = 1; look < 5; look += 1) {
      expect(await settleByCall(database, id, v1Call('failed', null), 'poll')).toBe('look_needed');
      await askForLegsAfter(database, id, 0);
    }
    const [look] = await dueLooks(database, seeded.accountId, 10, false);
    expect(look?.looks_without_legs).toBe(4);
    await settleByCall(database, id, v1Call('failed', null), 'poll', { withoutLegs: true });
    expect(await attemptOf(id)).toMatchObject({
      state: 'settled',
      outcome: 'unreachable',
      unlisted: true,
      counts: false,
      contact: 'pending',
    });
  });

  test.each([
    ['busy', 5],
    ['failed', 60],
  ])('by the agent’s leg that was %s cools the agent down for %i s', async (leg, seconds) => {
    const seeded = await seedConnect();
    await settleByCall(database, await placed(seeded), v1Call(leg, [leg, null]), 'poll');
    const cooling = await one<{ left: number }>(
      database,
      'select extract(epoch from cooling_until - dialer_now())::float8 as left from agents',
    );
    expect(Math.round(cooling.left)).toBe(seconds);
  });
});

describe('in a call to a flow', () => {
  const settled = async (word: string, raw: Record<string, unknown>) => {
    const seeded = await seedFlow();
    const id = await placed(seeded);
    const leg = { status: word, contactUri: null, userId: null, onCallSeconds: 41 };
    await settleByCall(
      database,
      id,
      v1Call(word, [word, null], { agentLeg: leg, talkSeconds: 41, durationSeconds: 60, raw }),
      'poll',
    );
    return await attemptOf(id);
  };

  test('the first leg is the customer’s, and the length of the call, once filled in, the talk time', async () => {
    expect(await settled('completed', { Duration: '60' })).toMatchObject({
      outcome: 'connected',
      contact: 'finished',
      agent_leg_status: null,
      customer_leg_status: 'completed',
      talk_seconds: 60,
    });
  });

  test('there is no talk time before the length is filled in', async () => {
    expect(await settled('completed', { Duration: null })).toMatchObject({
      outcome: 'connected',
      talk_seconds: null,
    });
  });

  test('there is none where nobody answered', async () => {
    expect(await settled('no-answer', { Duration: 30 })).toMatchObject({
      outcome: 'no_answer',
      talk_seconds: null,
    });
  });
});

describe('late looks', () => {
  test('are for recordings that were asked for and for the length of calls to flows, twice at most', async () => {
    const seeded = await seedFlow({ definition: { ...flow, call: recorded } });
    const id = await placed(seeded);
    const endedAt = (await one<{ now: Date }>(database, 'select dialer_now() as now')).now;
    await settleByCall(database, id, v1Call('completed', null, { endedAt }), 'callback');
    const due = async () => (await dueLateLooks(database, seeded.accountId, 10)).map((look) => look.id);
    expect(await due()).toEqual([]);
    await moveClock('3 minutes');
    expect(await due()).toEqual([id]);
    await noteLateFacts(database, id, { recordingUrl: null, talkSeconds: 33 });
    expect(await due()).toEqual([]);
    await moveClock('7 minutes');
    expect(await due()).toEqual([id]);
    await noteLateFacts(database, id, { recordingUrl: 'https://r/1.mp3', talkSeconds: 44 });
    expect(await one(database, 'select recording_url, talk_seconds, outcome from attempts')).toEqual({
      recording_url: 'https://r/1.mp3',
      talk_seconds: 33,
      outcome: 'connected',
    });
    await moveClock('1 hour');
    expect(await due()).toEqual([]);
  });

  test.each([
    [
      'that brought its recording',
      'completed',
      ['completed', 'completed'] as const,
      'https://r/1.mp3',
      recorded,
    ],
    ['that did not connect', 'no-answer', ['completed', 'no-answer'] as const, null, recorded],
    [
      'not to be recorded',
      'completed',
      ['completed', 'completed'] as const,
      null,
      { ...recorded, recording: false },
    ],
  ])('are not for a call %s', async (_, status, [first, second], recordingUrl, call) => {
    const seeded = await seedConnect({ definition: { ...connect, call } });
    await settleByCall(
      database,
      await placed(seeded),
      v1Call(status, [first, second], { recordingUrl }),
      'poll',
    );
    await moveClock('1 hour');
    expect(await dueLateLooks(database, seeded.accountId, 10)).toEqual([]);
  });
});

test('an unknown attempt is searched for five times: after 1, 2, 4 and 8 minutes, and a minute before its deadline', async () => {
  const seeded = await seedFlow();
  const { attemptId } = await claimedAny(seeded.claiming);
  await markUnknownIfPlacing(database, attemptId, 'timeout');
  const waits: number[] = [];
  for (let minute = 0; minute <= 12; minute += 0.5) {
    const [search] = await dueSearches(database, seeded.accountId, 5);
    if (search !== undefined) {
      expect(search).toMatchObject({ id: attemptId, from: '+919800000001', to: null });
      waits.push(minute);
      await countSearch(database, attemptId);
    }
    await moveClock('30 seconds');
  }
  // ringing twice 30 s, talking 600 s, and two minutes: the deadline is after 13
  expect(waits).toEqual([1, 2, 4, 8, 12]);
  await database.transaction(async (transaction) => {
    expect(await lockAttempt(transaction, attemptId)).toMatchObject({ state: 'unknown', outcome: null });
  });
});

test('a campaign of mode connect wants a plain phone of each agent, and says whose is missing', async () => {
  const rig = await createRig();
  const agents = join(rig.config.dataDirectory, 'agents.csv');
  const creating = async (list: string) => {
    await writeFile(agents, list);
    await rig.create({ numbers: someNumbers(1), file: { ...connect, agents }, start: false });
  };
  await expect(creating('user_id,phone\nasha.rao,+919700000001\nimran.khan,\n')).rejects.toThrow(
    /agents\.csv:3 has no contact_uri; mode connect calls agents on a plain phone/,
  );
  await expect(creating('contact_uri\nsip:asha@voip.example\n')).rejects.toThrow(
    /agents\.csv:2 has sip:asha@voip\.example as contact_uri/,
  );
  await rig.database.query(
    `insert into agents (account_id, user_id, contact_uri) select id, 'asha.rao', 'sip:asha@voip.example' from accounts`,
  );
  await expect(creating('user_id,phone\nasha.rao,+919700000001\n')).rejects.toThrow(
    /the agent asha\.rao is known in this account by sip:asha@voip\.example/,
  );
  await creating('contact_uri\n+919700000001\n');
  await expect(
    rig.create({ name: 'other', numbers: someNumbers(1), file: { ...flow, agents }, start: false }),
  ).rejects.toThrow(/agents: does not go with mode flow/);
}, 30_000);
