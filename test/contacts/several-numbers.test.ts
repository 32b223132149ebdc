import { beforeEach, describe, expect, test } from 'vitest';
import { releaseHeld } from '../../src/contacts/held-contacts.ts';
import type { Database } from '../../src/db/pool.ts';
import { settleAsUnknown, settleByAnswer, settleByCall } from '../../src/dialing/settle.ts';
import type { Refusal } from '../../src/exotel/place-call.ts';
import { verdictOfRefusal } from '../../src/dialing/verdict.ts';
import { campaignWithoutList } from '../reports/dialled.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, one } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { loadList } from './load-list.ts';
import { scopeOf, suppress } from './suppressing.ts';

const [A, B, C] = ['+919800000001', '+919800000002', '+919800000003'];
const noText = { errorCode: null, errorText: null };

let database: Database;
let seeded: Seeded;
beforeEach(async () => {
  ({ database } = await testDatabase());
  seeded = await campaignWithoutList(database);
});

const load = (rows: string) => loadList(database, seeded.campaignId, `phone,phone 2,phone 3\n${rows}\n`);

/** Claims the next number, says what came of it, and makes everybody ready for the next. */
async function dial(outcome: string | { refused: Refusal }): Promise<string> {
  const { attemptId, number } = await claimed(seeded.claiming);
  if (typeof outcome !== 'string')
    await settleByAnswer(database, attemptId, verdictOfRefusal(outcome.refused), noText, null);
  else if (outcome === 'unknown') await settleAsUnknown(database, attemptId);
  else await settleByCall(database, attemptId, callDetails(outcome), 'poll');
  await database.query('update agents set wrap_up_until = null, cooling_until = null');
  return number;
}

const standing = () =>
  one<Record<string, unknown>>(
    database,
    `select state, state_reason as reason, number, due_at > dialer_now() as later,
       (select count(*) from attempts t where t.contact_id = c.id and t.counts) as counted from contacts c`,
  );

const makeDue = () => database.query('update contacts set due_at = dialer_now()');

describe('a contact with several numbers', () => {
  test('is dialled at the next one when one cannot be reached, at once and without cost, and then from the first', async () => {
    await load('9800000001,9800000002,9800000003');
    expect(await dial('customer_no_dial')).toBe(A);
    expect(await standing()).toMatchObject({ state: 'pending', number: B, later: false, counted: 0 });
    expect(await dial({ refused: 'rejected' })).toBe(B);
    expect(await dial('customer_no_dial')).toBe(C);
    expect(await standing()).toMatchObject({ state: 'pending', number: A, later: true, counted: 1 });
    await makeDue();
    expect(await dial('customer_no_dial')).toBe(A);
    // what was turned down as no number is not tried again
    expect(await dial('completed')).toBe(C);
    expect(await standing()).toMatchObject({ state: 'finished', counted: 2 });
  });

  test('stays with a number whose phone rang', async () => {
    await load('9800000001,9800000002,');
    expect(await dial('customer_no_dial')).toBe(A);
    expect(await dial('customer_unanswered')).toBe(B);
    expect(await standing()).toMatchObject({ state: 'pending', number: B, later: true, counted: 1 });
  });

  test('goes on with the earlier ones when the last turns out to be none', async () => {
    await load('9800000001,9800000002,');
    await dial('customer_no_dial');
    await dial({ refused: 'do_not_disturb' });
    expect(await standing()).toMatchObject({ state: 'pending', number: A, later: true, counted: 0 });
    await makeDue();
    expect(await dial('customer_no_dial')).toBe(A);
    expect(await standing()).toMatchObject({ state: 'pending', number: A, counted: 1 });
  });

  test('is out when all of them are turned down', async () => {
    await load('9800000001,9800000002,');
    await dial({ refused: 'rejected' });
    await dial({ refused: 'rejected' });
    expect(await standing()).toMatchObject({ state: 'exhausted', reason: 'rejected', counted: 0 });
  });

  test('is given back at its first number when all numbers of five contacts in a row were rejected', async () => {
    const rows = [1, 2, 3, 4, 5].map((row) => `98000000${row}1,98000000${row}2,`);
    await load(rows.join('\n'));
    for (let calls = 0; calls < 9; calls += 1) await dial({ refused: 'rejected' });
    const running = await one(database, 'select status from campaigns');
    expect(running).toEqual({ status: 'paused' });
    const contacts = await database.query(
      'select distinct state, number = numbers[1] as first from contacts',
    );
    expect(contacts.rows).toEqual([{ state: 'pending', first: true }]);
  });

  test('moves on when its number is suppressed while it waits, and is out with the last one', async () => {
    await load('9800000001,9800000002,9800000003');
    const scope = await scopeOf(database);
    expect(await suppress(database, scope, [B])).toMatchObject({ contacts: 0 });
    expect(await standing()).toMatchObject({ state: 'pending', number: A });
    expect(await suppress(database, scope, [A])).toMatchObject({ contacts: 0 });
    expect(await standing()).toMatchObject({ state: 'pending', number: C });
    expect(await dial('customer_no_dial')).toBe(C);
    expect(await standing()).toMatchObject({ state: 'pending', number: C, counted: 1 });
    expect(await suppress(database, scope, [C])).toMatchObject({ contacts: 1 });
    expect(await standing()).toMatchObject({ state: 'suppressed', reason: 'suppressed' });
  });

  test('moves on when its number is suppressed during the call', async () => {
    await load('9800000001,9800000002,');
    const { attemptId } = await claimed(seeded.claiming);
    await suppress(database, await scopeOf(database), [A]);
    await settleByCall(database, attemptId, callDetails('customer_unanswered'), 'poll');
    expect(await standing()).toMatchObject({ state: 'pending', number: B, later: true, counted: 1 });
  });

  test('is loaded with the first number that is not suppressed, and released with it', async () => {
    await suppress(database, await scopeOf(database), [A]);
    await load('9800000001,9800000002,9800000003\n9800000001,,');
    expect(await one(database, 'select state, number from contacts')).toEqual({
      state: 'pending',
      number: B,
    });
    expect(await dial('unknown')).toBe(B);
    await suppress(database, await scopeOf(database), [B]);
    expect(await releaseHeld(database, 'test', null, 'test')).toMatchObject({ released: 1, suppressed: 0 });
    expect(await standing()).toMatchObject({ state: 'pending', number: C });
  });

  test('is decided anew by a late truth, as if it had been told in time', async () => {
    await load('9800000001,9800000002,');
    const { attemptId } = await claimed(seeded.claiming);
    await settleAsUnknown(database, attemptId);
    expect(await standing()).toMatchObject({ state: 'held', counted: 1 });
    await settleByCall(database, attemptId, callDetails('customer_no_dial'), 'callback');
    expect(await standing()).toMatchObject({ state: 'pending', number: B, counted: 0 });
  });
});
