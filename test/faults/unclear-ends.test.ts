import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced } from '../../src/dialing/attempt-store.ts';
import { settleByAnswer, settleByCall } from '../../src/dialing/settle.ts';
import { throttledVerdict, verdictOfRefusal } from '../../src/dialing/verdict.ts';
import { dueLooks } from '../../src/results/look-store.ts';
import { testDatabase } from '../support/database.ts';
import { answered, receive } from '../support/receive-callback.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const contact = () => one<{ state: string }>(database, 'select state from contacts');
const attempt = (id: string) =>
  one<{ state: string; outcome: string | null; call_sid: string | null }>(
    database,
    'select state, outcome, call_sid from attempts where id = $1',
    [id],
  );
const looks = async ({ accountId }: Seeded) =>
  (await dueLooks(database, accountId, 10, false)).map(({ id }) => id);

describe('an answer that denies a call which a callback has proved', () => {
  test.each([
    ['429', throttledVerdict],
    ['a refusal', verdictOfRefusal('agent_busy')],
    ['a refusal for the whole account', verdictOfRefusal('pause_account')],
  ])('(%s) settles nothing: a look tells', async (code, verdict) => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await receive(database, attemptId, 'answered', answered);
    expect(await looks(seeded)).toEqual([]);
    expect(
      await settleByAnswer(
        database,
        attemptId,
        verdict,
        { errorCode: code, errorText: null },
        { code, sentence: code },
      ),
    ).toBe('contradicts');
    expect(await attempt(attemptId)).toEqual({ state: 'placed', outcome: null, call_sid: 'call-1' });
    expect(await contact()).toMatchObject({ state: 'dialing' });
    expect(await looks(seeded)).toEqual([attemptId]);
    await settleByCall(database, attemptId, callDetails('completed', { callSid: 'call-1' }), 'poll');
    expect(await contact()).toMatchObject({ state: 'finished' });
  });
});

describe('an end that does not say what it was', () => {
  test.each([
    ['a terminal event with an active call', 'active', null],
    ['a terminal event with the status of an active call', 'active', 'in-progress'],
    ['a terminal event with a state that nobody documented', 'wound_up', 'completed'],
    ['a terminal call without a status', 'terminal', null],
  ])('(%s) settles nothing and has the call looked at at once', async (_, state, status) => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await markPlaced(database, attemptId, 'call-1', new Date(), new Date(Date.now() + 3_600_000));
    await receive(database, attemptId, 'terminal', { ...answered, call_state: state, call_status: status });
    expect(await attempt(attemptId)).toMatchObject({ state: 'placed', outcome: null });
    expect(await looks(seeded)).toEqual([attemptId]);
    await receive(database, attemptId, 'terminal', {
      ...answered,
      call_state: 'terminal',
      call_status: 'completed',
    });
    expect(await attempt(attemptId)).toMatchObject({ outcome: 'connected' });
    expect(await contact()).toMatchObject({ state: 'finished' });
    expect(await one(database, `select count(*) as odd from callbacks where state = 'contradicts'`)).toEqual({
      odd: 0,
    });
  });

  test('told by a look is asked about again, until it counts as unlisted', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await markPlaced(database, attemptId, 'call-1', new Date(), new Date());
    const silent = callDetails('', { callSid: 'call-1', status: null, givenStatus: null });
    expect(await settleByCall(database, attemptId, silent, 'poll')).toBe('look_needed');
    expect(await settleByCall(database, attemptId, silent, 'poll', { withoutLegs: true })).toBe('settled');
    expect(
      await one(database, 'select outcome, unlisted, counts from attempts where id = $1', [attemptId]),
    ).toEqual({ outcome: 'unreachable', unlisted: true, counts: false });
  });
});
