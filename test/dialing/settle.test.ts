import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced, markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { adoptAttempts, closeAtDeadline, releaseAgentsOfUnknown } from '../../src/dialing/reconcile.ts';
import { settleAsUnknown, settleByAnswer, settleByCall } from '../../src/dialing/settle.ts';
import { verdictOfRefusal } from '../../src/dialing/verdict.ts';
import { cancelCampaign } from '../../src/campaigns/lifecycle.ts';
import { completeDone, expireEnded } from '../../src/campaigns/sweep.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, definitionOf, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const contactOf = (seeded: Seeded) =>
  one<{ state: string; state_reason: string | null; wait: number | null }>(
    database,
    `select state, state_reason, extract(epoch from nullif(due_at, '-infinity') - dialer_now())::float8 as wait
     from contacts where id = $1`,
    [seeded.contactIds[0]],
  );
const attemptOf = (id: string) =>
  one<{
    state: string;
    outcome: string | null;
    counts: boolean;
    agent_held: boolean;
    call_sid: string | null;
    recording_url: string | null;
    talk_seconds: number | null;
  }>(
    database,
    'select state, outcome, counts, agent_held, call_sid, recording_url, talk_seconds from attempts where id = $1',
    [id],
  );
const moveClock = (interval: string) =>
  database.query('update clock set shift = shift + $1::interval', [interval]);
const noFacts = { errorCode: null, errorText: null };

async function placed(seeded: Seeded, sid = 'call-1'): Promise<string> {
  const { attemptId } = await claimed(seeded.claiming);
  await markPlaced(database, attemptId, sid, new Date(), new Date());
  return attemptId;
}

describe('an outcome', () => {
  test('is final: what contradicts it later changes nothing, and the same again only fills what was missing', async () => {
    const seeded = await seed(database);
    const id = await placed(seeded);
    const call = callDetails('completed', { callSid: 'call-1', talkSeconds: 12 });
    expect(await settleByCall(database, id, call, 'callback')).toBe('settled');
    expect(
      await settleByCall(
        database,
        id,
        { ...call, recordingUrl: 'https://r/1.mp3', talkSeconds: null },
        'poll',
      ),
    ).toBe('already');
    expect(await settleByCall(database, id, { ...call, status: 'customer_unanswered' }, 'poll')).toBe(
      'contradicts',
    );
    expect(
      await settleByCall(database, id, callDetails('completed', { callSid: 'another' }), 'callback'),
    ).toBe('contradicts');
    expect(await attemptOf(id)).toMatchObject({
      outcome: 'connected',
      talk_seconds: 12,
      recording_url: 'https://r/1.mp3',
      agent_held: false,
    });
    expect(await contactOf(seeded)).toMatchObject({ state: 'finished' });
  });

  test('cannot be changed even by a statement that means to', async () => {
    const seeded = await seed(database);
    const id = await placed(seeded);
    await settleByCall(database, id, callDetails('completed', { callSid: 'call-1' }), 'poll');
    await expect(database.query(`update attempts set outcome = 'busy' where id = $1`, [id])).rejects.toThrow(
      'cannot become',
    );
    await expect(database.query(`update attempts set state = 'placed' where id = $1`, [id])).rejects.toThrow(
      'is settled',
    );
    await expect(
      database.query(`update attempts set call_sid = 'other' where id = $1`, [id]),
    ).rejects.toThrow('already has call');
  });

  test('settled by fifty sources at once is settled once', async () => {
    const seeded = await seed(database);
    const id = await placed(seeded);
    const call = callDetails('customer_unanswered', { callSid: 'call-1' });
    const results = await Promise.all(
      Array.from({ length: 50 }, () => settleByCall(database, id, call, 'callback')),
    );
    expect(results.filter((result) => result === 'settled')).toHaveLength(1);
    expect(results.filter((result) => result === 'already')).toHaveLength(49);
  });
});

describe('the contact', () => {
  test('waits by the campaign’s rule after no answer and is exhausted when its budget is', async () => {
    const seeded = await seed(database);
    for (const [round, expected] of [
      [1, 'pending'],
      [2, 'pending'],
      [3, 'exhausted'],
    ] as const) {
      const id = await placed(seeded, `call-${round}`);
      await settleByCall(
        database,
        id,
        callDetails('customer_unanswered', { callSid: `call-${round}` }),
        'poll',
      );
      expect(await contactOf(seeded)).toMatchObject({ state: expected, state_reason: 'no_answer' });
      if (expected === 'pending') expect((await contactOf(seeded)).wait).toBeGreaterThan(7190);
      await moveClock('2 hours');
    }
  });

  test('keeps its place after an agent’s fault, at no cost to its budget', async () => {
    const seeded = await seed(database, { agents: 2 });
    const { attemptId } = await claimed(seeded.claiming);
    await settleByAnswer(
      database,
      attemptId,
      verdictOfRefusal('agent_busy'),
      { errorCode: '10706', errorText: null },
      null,
    );
    expect(await contactOf(seeded)).toEqual({ state: 'pending', state_reason: null, wait: null });
    expect(await attemptOf(attemptId)).toMatchObject({ outcome: 'agent_busy', counts: false });
    const next = await claimed(seeded.claiming);
    expect(next.agent.id).toBe(seeded.agentIds[1]);
  });

  test('is put back after three faults by different agents, who are not held to it', async () => {
    const seeded = await seed(database, { agents: 3 });
    for (const sid of ['a', 'b', 'c']) {
      const id = await placed(seeded, sid);
      await settleByCall(database, id, callDetails('agent_unanswered', { callSid: sid }), 'poll');
    }
    const contact = await contactOf(seeded);
    expect(contact).toMatchObject({ state: 'pending', state_reason: 'agent_faults' });
    expect(contact.wait).toBeGreaterThan(55);
    const excused = await one<{ excused: number }>(
      database,
      'select count(*) as excused from attempts where excused',
    );
    expect(excused.excused).toBe(3);
  });

  test('is suppressed when Exotel says do not disturb, and exhausted when its number is invalid', async () => {
    const seeded = await seed(database, { numbers: ['+919800000001', '+919800000002'] });
    const first = await claimed(seeded.claiming);
    await settleByAnswer(database, first.attemptId, verdictOfRefusal('do_not_disturb'), noFacts, null);
    const second = await claimed(seeded.claiming);
    await settleByAnswer(database, second.attemptId, verdictOfRefusal('rejected'), noFacts, null);
    const states = await database.query<{ state: string }>('select state from contacts order by id');
    expect(states.rows.map((row) => row.state)).toEqual(['suppressed', 'exhausted']);
  });

  test('five rejections in a row with none placed pause the campaign and give the contacts back', async () => {
    const numbers = Array.from({ length: 6 }, (_, index) => `+9198000000${10 + index}`);
    const seeded = await seed(database, { numbers });
    for (let round = 0; round < 5; round += 1) {
      const { attemptId } = await claimed(seeded.claiming);
      await settleByAnswer(
        database,
        attemptId,
        verdictOfRefusal('rejected'),
        { errorCode: '10725', errorText: null },
        null,
      );
    }
    const campaign = await one<{ status: string; paused_reason: string }>(
      database,
      'select status, paused_reason from campaigns',
    );
    expect(campaign.status).toBe('paused');
    expect(campaign.paused_reason).toContain('rejected the last five numbers');
    const pending = await one<{ pending: number }>(
      database,
      `select count(*) as pending from contacts where state = 'pending'`,
    );
    expect(pending.pending).toBe(6);
  });

  test('never comes back into the line of a campaign that was canceled or has ended', async () => {
    const seeded = await seed(database, { numbers: ['+919800000001', '+919800000002'] });
    const id = await placed(seeded);
    await cancelCampaign(database, 'test', 'test');
    await settleByCall(database, id, callDetails('customer_unanswered', { callSid: 'call-1' }), 'callback');
    const states = await database.query<{ state: string }>('select state from contacts order by id');
    expect(states.rows.map((row) => row.state)).toEqual(['canceled', 'canceled']);

    const ending = await seed(database, {
      name: 'ending',
      accountId: seeded.accountId,
      numbers: ['+919800000003'],
    });
    const live = await placed(ending, 'call-2');
    await database.query(`update campaigns set ends_at = dialer_now() where name = 'ending'`);
    await expireEnded(database, seeded.accountId);
    await settleByCall(database, live, callDetails('agent_unanswered', { callSid: 'call-2' }), 'callback');
    expect(await contactOf(ending)).toMatchObject({ state: 'expired' });
    await completeDone(database, seeded.accountId);
    expect(await one(database, `select status from campaigns where name = 'ending'`)).toEqual({
      status: 'completed',
    });
  });
});

describe('an attempt without a clear answer', () => {
  test('frees its agent after twice the ring time and its number only at the deadline, and the contact is held', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await markUnknownIfPlacing(database, attemptId, 'timeout');
    expect(await releaseAgentsOfUnknown(database, seeded.accountId)).toBe(0);
    await moveClock('61 seconds');
    expect(await releaseAgentsOfUnknown(database, seeded.accountId)).toBe(1);
    expect(await closeAtDeadline(database, seeded.accountId)).toBe(0);
    await moveClock('720 seconds');
    expect(await closeAtDeadline(database, seeded.accountId)).toBe(1);
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'settled', outcome: 'unknown' });
    expect(await contactOf(seeded)).toMatchObject({ state: 'held', state_reason: 'unknown' });
  });

  test('may become known once, late: the held contact is decided anew, a completed campaign is corrected and not reopened', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await markUnknownIfPlacing(database, attemptId, 'timeout');
    await settleAsUnknown(database, attemptId);
    await completeDone(database, seeded.accountId);
    expect(
      await settleByCall(database, attemptId, callDetails('completed', { talkSeconds: 9 }), 'callback'),
    ).toBe('settled');
    expect(await attemptOf(attemptId)).toMatchObject({ outcome: 'connected', talk_seconds: 9 });
    expect(await contactOf(seeded)).toMatchObject({ state: 'finished' });
    expect(await one(database, 'select status from campaigns')).toEqual({ status: 'completed' });
    expect(await settleByCall(database, attemptId, callDetails('customer_unanswered'), 'poll')).toBe(
      'contradicts',
    );
  });

  test('may become known once the budget is gone: who was reached is finished, and what was nobody’s fault is called again', async () => {
    const seeded = await seed(database, {
      definition: { onUnknown: 'retry', retry: { ...definitionOf('x').retry, maxAttempts: 2 } },
    });
    const unclear: string[] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      const { attemptId } = await claimed(seeded.claiming);
      await markUnknownIfPlacing(database, attemptId, 'timeout');
      await settleAsUnknown(database, attemptId);
      unclear.push(attemptId);
      await moveClock('1 day');
    }
    expect(await contactOf(seeded)).toMatchObject({ state: 'exhausted', state_reason: 'unknown' });
    const [first = '', second = ''] = unclear;
    await settleByCall(database, second, callDetails('agent_unanswered', { callSid: 'b' }), 'callback');
    expect(await contactOf(seeded)).toMatchObject({ state: 'pending' });
    await settleByCall(database, first, callDetails('completed', { callSid: 'a' }), 'callback');
    expect(await contactOf(seeded)).toMatchObject({ state: 'finished' });
  });

  test('may turn out to have reached somebody while the next call rings: it is the last one', async () => {
    const seeded = await seed(database, { definition: { onUnknown: 'retry' } });
    const { attemptId: unclear } = await claimed(seeded.claiming);
    await markUnknownIfPlacing(database, unclear, 'timeout');
    await settleAsUnknown(database, unclear);
    await moveClock('1 day');
    const next = await placed(seeded, 'second');
    await settleByCall(database, unclear, callDetails('completed', { callSid: 'first' }), 'callback');
    expect(await contactOf(seeded)).toMatchObject({ state: 'dialing' });
    await settleByCall(database, next, callDetails('customer_unanswered', { callSid: 'second' }), 'callback');
    expect(await contactOf(seeded)).toMatchObject({ state: 'finished' });
  });

  test('may turn out to have reached somebody whose campaign has ended: the contact is finished, not expired', async () => {
    const seeded = await seed(database, { definition: { onUnknown: 'retry' } });
    const { attemptId } = await claimed(seeded.claiming);
    await markUnknownIfPlacing(database, attemptId, 'timeout');
    await settleAsUnknown(database, attemptId);
    await database.query(`update campaigns set ends_at = dialer_now() where id = $1`, [seeded.campaignId]);
    await expireEnded(database, seeded.accountId);
    expect(await contactOf(seeded)).toMatchObject({ state: 'expired' });
    await settleByCall(database, attemptId, callDetails('completed'), 'callback');
    expect(await contactOf(seeded)).toMatchObject({ state: 'finished' });
  });

  test('left by a former owner is unknown and is never claimed again while it may be ringing', async () => {
    const seeded = await seed(database, { agents: 2 });
    const { attemptId } = await claimed(seeded.claiming);
    expect(await adoptAttempts(database, seeded.accountId, seeded.claiming.epoch)).toBe(0);
    expect(await adoptAttempts(database, seeded.accountId, seeded.claiming.epoch + 1)).toBe(1);
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'unknown', agent_held: true });
    await expect(claimed(seeded.claiming)).rejects.toThrow('nothing');
  });
});

describe('the agent', () => {
  test('wraps up after a talk, and only then', async () => {
    const seeded = await seed(database, {
      definition: { wrapUpMs: 30_000 },
      numbers: ['+919800000001', '+919800000002'],
    });
    const first = await placed(seeded, 'a');
    await settleByCall(database, first, callDetails('customer_unanswered', { callSid: 'a' }), 'poll');
    const second = await placed(seeded, 'b');
    await settleByCall(database, second, callDetails('completed', { callSid: 'b' }), 'poll');
    const wrap = await one<{ left: number }>(
      database,
      'select extract(epoch from wrap_up_until - dialer_now())::float8 as left from agents',
    );
    expect(wrap.left).toBeGreaterThan(25);
    expect(wrap.left).toBeLessThanOrEqual(30);
  });

  test('cools down for seconds when busy, a minute when off, doubling, and is never claimed meanwhile', async () => {
    const seeded = await seed(database);
    const waits: number[] = [];
    for (const decision of ['agent_busy', 'agent_busy', 'agent_unavailable'] as const) {
      const { attemptId } = await claimed(seeded.claiming);
      await settleByAnswer(database, attemptId, verdictOfRefusal(decision), noFacts, null);
      await expect(claimed(seeded.claiming)).rejects.toThrow('nothing');
      const cooling = await one<{ left: number }>(
        database,
        'select extract(epoch from cooling_until - dialer_now())::float8 as left from agents',
      );
      waits.push(Math.round(cooling.left));
      await moveClock('10 minutes');
    }
    expect(waits).toEqual([5, 10, 240]);
  });

  test('who misses three calls in a row is left out for a time that ends', async () => {
    const numbers = ['+919800000001', '+919800000002', '+919800000003', '+919800000004'];
    const seeded = await seed(database, { numbers });
    for (const sid of ['a', 'b', 'c']) {
      const id = await placed(seeded, sid);
      await settleByCall(database, id, callDetails('agent_unanswered', { callSid: sid }), 'poll');
    }
    await expect(claimed(seeded.claiming)).rejects.toThrow('nothing');
    await moveClock('11 minutes');
    await claimed(seeded.claiming);
  });

  test('who cannot be called at all is disabled with the reason', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await settleByAnswer(
      database,
      attemptId,
      verdictOfRefusal('agent_disabled'),
      { errorCode: '10705', errorText: 'unverified' },
      null,
    );
    expect(await one(database, 'select disabled_code, disabled_reason from agents')).toEqual({
      disabled_code: '10705',
      disabled_reason: 'unverified',
    });
  });
});
