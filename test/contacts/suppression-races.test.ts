import { beforeEach, describe, expect, test } from 'vitest';
import { cancelCampaign } from '../../src/campaigns/lifecycle.ts';
import { completeDone } from '../../src/campaigns/sweep.ts';
import { suppressLoaded } from '../../src/contacts/suppress-loaded.ts';
import type { SuppressionScope } from '../../src/contacts/suppression-scope.ts';
import { suppressionOf } from '../../src/contacts/suppressions.ts';
import type { Database } from '../../src/db/pool.ts';
import { createDatabase } from '../../src/db/pool.ts';
import {
  lockAttempt,
  markPlaced,
  markSettled,
  markUnknownIfPlacing,
} from '../../src/dialing/attempt-store.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { moveContact } from '../../src/dialing/contact-steps.ts';
import { settleAsUnknown, settleByAnswer, settleByCall } from '../../src/dialing/settle.ts';
import { throttledVerdict, verdictOfRefusal } from '../../src/dialing/verdict.ts';
import { createLog } from '../../src/log.ts';
import { testDatabase } from '../support/database.ts';
import { someNumbers } from '../support/rig.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';
import { contactStates, scopeOf, suppress } from './suppressing.ts';
import { loadList } from './load-list.ts';
import { interleave, patient, untilWaiting } from './waiting.ts';

let database: Database;
let url: string;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
});

const number = '+919800000001';
const noFacts = { errorCode: null, errorText: null };
const wholeAccount = () => scopeOf(database);
const campaignOnly = (campaign: string) => scopeOf(database, campaign);
const suppressing = (scope: SuppressionScope, numbers = [number], days: number | null = null) =>
  suppress(database, scope, numbers, days);
const states = (campaignId: number) => contactStates(database, campaignId);
const moveClock = (interval: string) =>
  database.query('update clock set shift = shift + $1::interval', [interval]);

describe('while others claim', () => {
  test('no claim of the number commits after it returned, with twenty sessions claiming', async () => {
    const numbers = someNumbers(12);
    const seeded = await seed(database, { agents: 20, numbers });
    const scope = await wholeAccount();
    const wide = createDatabase(url, { log: createLog('error'), maxConnections: 20 });
    const stopped = new AbortController();
    // a throttled call changes nothing and its contact is due again at once, so the line never runs dry
    const sessions = Array.from({ length: 20 }, async () => {
      while (!stopped.signal.aborted) {
        const result = await claimNext({ ...seeded.claiming, database: wide });
        if (result.kind === 'claimed') {
          await settleByAnswer(wide, result.claim.attemptId, throttledVerdict, noFacts, null);
        }
      }
    });
    const attempts = async (to: string) =>
      (
        await one<{ attempts: number }>(
          database,
          'select count(*) as attempts from attempts where number = $1',
          [to],
        )
      ).attempts;
    const atReturn: [string, number][] = [];
    for (const next of numbers) {
      await waitFor(async () => (await attempts(next)) > 0, { what: 'a claim of the next number' });
      await suppressing(scope, [next]);
      atReturn.push([next, await attempts(next)]);
    }
    const after = await Promise.all(
      Array.from({ length: 20 }, async () => (await claimNext({ ...seeded.claiming, database: wide })).kind),
    );
    stopped.abort();
    await Promise.all(sessions);
    await wide.close();
    expect(new Set(after)).toEqual(new Set(['nothing']));
    for (const [to, count] of atReturn) expect([to, await attempts(to)]).toEqual([to, count]);
    expect(new Set(await states(seeded.campaignId))).toEqual(new Set(['suppressed suppressed']));
  });

  test('it waits for a claim under way', async () => {
    const seeded = await seed(database);
    const scope = await wholeAccount();
    const underWay: Promise<unknown>[] = [];
    await database.transaction(async (claim) => {
      await claim.query('select 1 from accounts where id = $1 for share', [seeded.accountId]);
      underWay.push(suppressing(scope));
      await untilWaiting(database);
      expect(await suppressionOf(database, scope, number)).toBeNull();
    }, patient);
    await Promise.all(underWay);
    expect(await suppressionOf(database, scope, number)).not.toBeNull();
  });
});

describe('a contact that is being dialled', () => {
  async function placed(seeded: Seeded, sid = 'call-1'): Promise<string> {
    const { attemptId } = await claimed(seeded.claiming);
    await markPlaced(database, attemptId, sid, new Date(), new Date());
    return attemptId;
  }

  test('is left alone, and is suppressed instead of called again when nobody answered', async () => {
    const seeded = await seed(database);
    const id = await placed(seeded);
    expect(await suppressing(await wholeAccount())).toMatchObject({ contacts: 0, live: 1 });
    expect(await states(seeded.campaignId)).toEqual(['dialing']);
    await settleByCall(database, id, callDetails('customer_unanswered', { callSid: 'call-1' }), 'callback');
    expect(await states(seeded.campaignId)).toEqual(['suppressed suppressed']);
    expect(await completeDone(database, seeded.accountId)).toBe(1);
  });

  test('is finished as always when it was reached', async () => {
    const seeded = await seed(database);
    const id = await placed(seeded);
    await suppressing(await wholeAccount());
    await settleByCall(database, id, callDetails('completed', { callSid: 'call-1' }), 'callback');
    expect(await states(seeded.campaignId)).toEqual(['finished']);
  });

  test('keeps no place in the line when it was the agent’s fault either', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await suppressing(await campaignOnly('test'));
    await settleByAnswer(database, attemptId, verdictOfRefusal('agent_busy'), noFacts, null);
    expect(await states(seeded.campaignId)).toEqual(['suppressed suppressed']);
  });

  test('goes back to the line when its suppression has ended meanwhile', async () => {
    const seeded = await seed(database);
    const id = await placed(seeded);
    await suppressing(await wholeAccount(), [number], 1);
    await moveClock('25 hours');
    await settleByCall(database, id, callDetails('customer_unanswered', { callSid: 'call-1' }), 'callback');
    expect(await states(seeded.campaignId)).toEqual(['pending no_answer']);
  });

  test('is suppressed whichever commits first, its settling or the suppression', async () => {
    const seeded = await seed(database);
    const scope = await wholeAccount();
    const settling = await placed(seeded);
    const underWay: Promise<unknown>[] = [];
    await database.transaction(async (transaction) => {
      const attempt = await lockAttempt(transaction, settling);
      if (attempt === null) throw new Error('the attempt is gone');
      await markSettled(transaction, settling, {
        outcome: 'no_answer',
        counts: true,
        unlisted: false,
        by: 'poll',
      });
      await moveContact(transaction, attempt, { state: 'pending', due: 'as_before', reason: null });
      underWay.push(suppressing(scope));
      await untilWaiting(database);
    }, patient);
    await Promise.all(underWay);
    expect(await states(seeded.campaignId)).toEqual(['suppressed suppressed']);

    const other = await seed(database, {
      name: 'other',
      accountId: seeded.accountId,
      numbers: ['+919800000002'],
    });
    const late = await placed(other, 'call-2');
    const noAnswer = callDetails('customer_unanswered', { callSid: 'call-2' });
    await interleave(
      database,
      () => suppressing(scope, ['+919800000002']),
      () => settleByCall(database, late, noAnswer, 'callback'),
    );
    expect(await states(other.campaignId)).toEqual(['suppressed suppressed']);
  });

  test('that was held is not called again by a late truth either', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await markUnknownIfPlacing(database, attemptId, 'timeout');
    await settleAsUnknown(database, attemptId);
    await suppressing(await wholeAccount());
    expect(await states(seeded.campaignId)).toEqual(['held unknown']);
    await settleByCall(database, attemptId, callDetails('customer_unanswered'), 'callback');
    expect(await states(seeded.campaignId)).toEqual(['suppressed suppressed']);
  });

  test('is not given back with the others after five rejections in a row', async () => {
    const numbers = someNumbers(6);
    const seeded = await seed(database, { numbers });
    const scope = await wholeAccount();
    for (let round = 0; round < 5; round += 1) {
      const { attemptId } = await claimed(seeded.claiming);
      if (round === 2) await suppressing(scope, [numbers[0] ?? '']);
      await settleByAnswer(database, attemptId, verdictOfRefusal('rejected'), noFacts, null);
    }
    expect(await states(seeded.campaignId)).toEqual([
      'suppressed suppressed',
      'pending',
      'pending',
      'pending',
      'pending',
      'pending',
    ]);
  });
});

describe('a list that is loaded', () => {
  test('has its suppressed numbers out of the line from the start, and no others', async () => {
    const { campaignId, claiming } = await seed(database, { numbers: [] });
    await seed(database, { name: 'other', accountId: claiming.accountId, numbers: [] });
    await suppressing(await wholeAccount(), ['+919800000001']);
    await suppressing(await campaignOnly('test'), ['+919800000002']);
    await suppressing(await campaignOnly('other'), ['+919800000003']);
    const importId = await loadList(
      database,
      campaignId,
      'phone\n9800000001\n9800000002\n9800000003\n9800000004\n',
    );
    expect(await states(campaignId)).toEqual([
      'suppressed suppressed',
      'suppressed suppressed',
      'pending',
      'pending',
    ]);
    expect(await one(database, 'select accepted from imports where id = $1', [importId])).toEqual({
      accepted: 4,
    });
    expect(await one(database, `select actor, new from trail where what = 'contacts_suppressed'`)).toEqual({
      actor: 'dialer',
      new: { import: importId, contacts: 2 },
    });
  });

  test('has them out whichever commits first, the list or the suppression', async () => {
    const { campaignId, accountId } = await seed(database, { numbers: [] });
    const scope = await wholeAccount();
    const underWay: Promise<unknown>[] = [];
    await database.transaction(async (loading) => {
      const { rows } = await loading.query<{ id: number }>(
        `with list as (insert into imports (campaign_id, file_name, sha256, size_bytes, actor)
           values ($1, 'list.csv', '', 0, 'test') returning id)
         insert into contacts (campaign_id, import_id, row_number, number, numbers, cells)
         select $1, id, 2, $2, array[$2], array[$2] from list returning import_id as id`,
        [campaignId, number],
      );
      await suppressLoaded(loading, { importId: rows[0]?.id ?? 0, campaignId, accountId });
      underWay.push(suppressing(scope));
      await untilWaiting(database);
    }, patient);
    await Promise.all(underWay);
    expect(await states(campaignId)).toEqual(['suppressed suppressed']);

    await interleave(
      database,
      () => suppressing(scope, ['+919800000002']),
      () => loadList(database, campaignId, 'phone\n9800000002\n'),
    );
    expect(await states(campaignId)).toEqual(['suppressed suppressed', 'suppressed suppressed']);
  });

  test('neither holds up a command that wants its campaign nor is held up by it', async () => {
    const { campaignId, accountId } = await seed(database, { numbers: [] });
    await database.transaction(async (loading) => {
      await loading.query(`set local lock_timeout = '500ms'`);
      // what the rows of the list keep locked through their foreign key
      await loading.query('select 1 from campaigns where id = $1 for key share', [campaignId]);
      await cancelCampaign(database, 'test', 'cli:asha');
      await suppressLoaded(loading, { importId: 0, campaignId, accountId });
    }, patient);
    expect(await one(database, 'select status from campaigns')).toEqual({ status: 'canceled' });
  });
});
