import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { completeDone } from '../../src/campaigns/sweep.ts';
import { disposeContact } from '../../src/contacts/dispose-contact.ts';
import type { Disposed, GivenDisposition } from '../../src/contacts/dispose-contact.ts';
import { disposeList } from '../../src/contacts/disposition-list.ts';
import type { Database } from '../../src/db/pool.ts';
import { markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { settleAsUnknown, settleByCall } from '../../src/dialing/settle.ts';
import { testDatabase } from '../support/database.ts';
import { someNumbers } from '../support/rig.ts';
import { callDetails, claimed, definitionOf, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { interleave } from './waiting.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const [first = '', second = '', third = ''] = someNumbers(3);
const actor = 'cli:asha';

async function dispose(
  code: GivenDisposition['code'],
  { number = first, callAt = null, note = null }: Partial<GivenDisposition> = {},
): Promise<Disposed> {
  return await disposeContact(database, 'test', { number, code, callAt, note }, actor);
}

async function standing(): Promise<string[]> {
  const found = await database.query<{ standing: string }>(
    `select number || ' ' || state || coalesce(' ' || state_reason, '') as standing from contacts order by id`,
  );
  return found.rows.map((row) => row.standing);
}

async function call(seeded: Seeded, status = 'completed'): Promise<string> {
  await database.query('update agents set wrap_up_until = null, cooling_until = null');
  const { attemptId } = await claimed(seeded.claiming);
  await settleByCall(database, attemptId, callDetails(status), 'callback');
  return attemptId;
}

const inAnHour = async (): Promise<Date> =>
  (await one<{ at: Date }>(database, `select date_trunc('s', dialer_now()) + interval '1 hour' as at`)).at;

async function giveSecondNumber(): Promise<void> {
  await database.query('update contacts set numbers = array[number, $2] where number = $1', [first, second]);
}

describe('what people say of a contact', () => {
  test('finishes one that waits, is held or was given up, and stays with who said it and when', async () => {
    for (const state of ['pending', 'held', 'exhausted', 'finished']) {
      const seeded = await seed(database, { name: state, numbers: [first], accountId: await anAccount() });
      await database.query('update contacts set state = $2 where campaign_id = $1', [
        seeded.campaignId,
        state,
      ]);
      const given = { number: first, code: 'sale', callAt: null, note: 'two years' } as const;
      const disposed = await disposeContact(database, state, given, actor);
      expect(disposed).toMatchObject({
        campaign: state,
        number: first,
        list: 'contacts.csv',
        row: 2,
        disposition: 'sale',
        result: 'done',
        contactState: 'finished',
      });
      expect(
        await one(
          database,
          'select code, note, actor, moved_to, applied_at = created_at as at_once from dispositions where contact_id = $1',
          [seeded.contactIds[0]],
        ),
      ).toMatchObject({ code: 'sale', note: 'two years', actor, moved_to: 'finished' });
    }
  });

  test('is stored and moves nothing where it is a note, or where a rule took the contact out', async () => {
    const seeded = await seed(database, { numbers: [first, second] });
    await database.query(`update contacts set state = 'canceled' where number = $1`, [second]);
    expect(await dispose('answering_machine')).toMatchObject({ result: 'done', contactState: 'pending' });
    expect(await dispose('sale', { number: second })).toMatchObject({ contactState: 'canceled' });
    expect(await standing()).toEqual([`${first} pending`, `${second} canceled`]);
    expect((await claimNext(seeded.claiming)).kind).toBe('claimed');
  });

  test('changes nothing when it is said again', async () => {
    await seed(database, { numbers: [first] });
    expect((await dispose('sale', { note: 'x' })).result).toBe('done');
    expect((await dispose('sale', { note: 'x' })).result).toBe('already');
    expect((await dispose('sale', { note: 'y' })).result).toBe('done');
    expect((await database.query('select 1 from dispositions')).rowCount).toBe(2);
  });

  test('is of the contact that was called last, where several have the number', async () => {
    const seeded = await seed(database, { numbers: [first] });
    await database.query(
      `insert into contacts (campaign_id, import_id, row_number, number, numbers, cells)
       select campaign_id, import_id, row_number + 1, number, numbers, cells from contacts`,
    );
    await database.query(`update contacts set priority = 5 where row_number = 3`);
    await call(seeded, 'no_answer');
    expect((await dispose('not_interested')).row).toBe(3);
  });

  test('is of the contact that is still called, where another took the place of the first', async () => {
    await seed(database, { numbers: [first] });
    await database.query(
      `insert into contacts (campaign_id, import_id, row_number, number, numbers, cells)
       select campaign_id, import_id, row_number + 1, number, numbers, cells from contacts`,
    );
    await database.query(
      `update contacts set state = 'canceled', state_reason = 'replaced' where row_number = 2`,
    );
    expect(await dispose('call_at', { callAt: await inAnHour() })).toMatchObject({ row: 3 });
    expect(await dispose('wrong_number')).toMatchObject({ row: 3, contactState: 'finished' });
  });

  test('of a number that no contact has, or of no campaign, is an error', async () => {
    await seed(database, { numbers: [first] });
    await expect(dispose('sale', { number: third })).rejects.toThrow(
      `no contact of campaign test has the number ${third}`,
    );
    const given = { number: first, code: 'sale', callAt: null, note: null } as const;
    await expect(disposeContact(database, 'nope', given, actor)).rejects.toThrow('there is no campaign nope');
  });
});

async function anAccount(): Promise<number> {
  const { id } = await one<{ id: number }>(
    database,
    `insert into accounts (name, sid) values ('a' || (select count(*) from accounts), 'sandbox') returning id`,
  );
  await database.query('insert into leases (account_id) values ($1)', [id]);
  return id;
}

describe('a wrong number', () => {
  test('finishes a contact without another, and goes on with the next one otherwise', async () => {
    const seeded = await seed(database, { numbers: [first, third], agents: 2 });
    await giveSecondNumber();
    await call(seeded);
    expect(await dispose('wrong_number')).toMatchObject({ contactState: 'pending', nextNumber: second });
    expect(await dispose('wrong_number', { number: third })).toMatchObject({
      contactState: 'finished',
      nextNumber: null,
    });
    expect((await claimed(seeded.claiming)).number).toBe(second);
    expect(await dispose('wrong_number')).toMatchObject({ result: 'already' });
    expect(await one(database, 'select numbers from contacts where number = $1', [second])).toEqual({
      numbers: [second],
    });
  });

  test('that is not dialled next only goes, and the contact stays in its place', async () => {
    await seed(database, { numbers: [first] });
    await giveSecondNumber();
    expect(await dispose('wrong_number', { number: second })).toMatchObject({ contactState: 'pending' });
    expect(await one(database, 'select number, numbers from contacts')).toEqual({
      number: first,
      numbers: [first],
    });
  });

  test('does not go on with a number that is suppressed', async () => {
    const seeded = await seed(database, { numbers: [first] });
    await giveSecondNumber();
    await database.query(
      `insert into suppressions (account_id, number, source, actor) values ($1, $2, 'person', 'test')`,
      [seeded.accountId, second],
    );
    expect(await dispose('wrong_number')).toMatchObject({ contactState: 'finished', nextNumber: null });
  });

  test('finishes where the campaign is over and takes nothing back', async () => {
    const seeded = await seed(database, { numbers: [first] });
    await giveSecondNumber();
    await call(seeded);
    await completeDone(database, seeded.accountId);
    expect(await dispose('wrong_number')).toMatchObject({ contactState: 'finished', nextNumber: null });
    expect(await one(database, 'select state_reason from contacts')).toEqual({
      state_reason: 'wrong_number',
    });
  });
});

describe('a time to call at', () => {
  test('puts back whoever was finished, at that time and not earlier', async () => {
    const seeded = await seed(database, { numbers: [first] });
    await call(seeded);
    const callAt = await inAnHour();
    expect(await dispose('call_at', { callAt })).toMatchObject({ contactState: 'pending', callAt });
    expect((await claimNext(seeded.claiming)).kind).toBe('nothing');
    expect(await completeDone(database, seeded.accountId)).toBe(0);
    await database.query(`update clock set shift = interval '61 min'`);
    expect((await claimed(seeded.claiming)).number).toBe(first);
  });

  test('stands against a truth that comes later', async () => {
    const seeded = await seed(database, { numbers: [first] });
    const { attemptId } = await claimed(seeded.claiming);
    await markUnknownIfPlacing(database, attemptId, 'the connection was cut');
    await settleAsUnknown(database, attemptId);
    expect(await standing()).toEqual([`${first} held unknown`]);
    await dispose('call_at', { callAt: await inAnHour() });
    await settleByCall(database, attemptId, callDetails('completed'), 'poll');
    expect(await standing()).toEqual([`${first} pending call_at`]);
  });

  test('is refused in words where nobody would call then', async () => {
    const closed = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
    const seeded = await seed(database, { numbers: [first, second] });
    const callAt = await inAnHour();
    await expect(dispose('call_at', { callAt: new Date('2020-01-01') })).rejects.toThrow(
      /is past: name a time/,
    );
    const { schedule } = definitionOf('test');
    const closing = { ...schedule, hours: closed };
    await database.query(`update campaigns set definition = jsonb_set(definition, '{schedule}', $1)`, [
      JSON.stringify(closing),
    ]);
    await expect(dispose('call_at', { callAt })).rejects.toThrow(/outside calling hours.*name another time$/);
    await database.query(`update campaigns set definition = jsonb_set(definition, '{schedule}', $1)`, [
      JSON.stringify({ ...schedule, end: new Date(callAt.getTime() - 1000).toISOString() }),
    ]);
    await expect(dispose('call_at', { callAt })).rejects.toThrow('past the end');
    await database.query(`update campaigns set definition = jsonb_set(definition, '{schedule}', $1)`, [
      JSON.stringify(schedule),
    ]);
    await dispose('do_not_call');
    await expect(dispose('call_at', { callAt })).rejects.toThrow(`${first} must not be called`);
    await database.query(`update contacts set state = 'finished' where number = $1`, [second]);
    await completeDone(database, seeded.accountId);
    await expect(dispose('call_at', { number: second, callAt })).rejects.toThrow(
      'campaign test is completed and is not opened again',
    );
    expect(await dispose('sale', { number: second })).toMatchObject({ contactState: 'finished' });
    expect((await database.query('select 1 from dispositions')).rowCount).toBe(2);
  });

  test('is kept on the clocks of the contact, too', async () => {
    const daily = [[600, 1080]] as const;
    const hours = { mon: daily, tue: daily, wed: daily, thu: daily, fri: daily, sat: daily, sun: daily };
    await seed(database, {
      numbers: [first],
      definition: { schedule: { ...definitionOf('test').schedule, hours } },
    });
    await database.query(`update contacts set timezone = 'Asia/Dubai'`);
    const year = new Date().getUTCFullYear() + 1;
    const at = (time: string) => dispose('call_at', { callAt: new Date(`${year}-03-02T${time}+05:30`) });
    await expect(at('10:30')).rejects.toThrow(
      /^nobody is called on .* 10:30 \(Asia\/Kolkata\): then it is .* 09:00 \(Asia\/Dubai\) where the contact is, and hours come on .* 11:30/,
    );
    expect(await at('11:30')).toMatchObject({ contactState: 'pending' });
    await expect(at('09:59')).rejects.toThrow('outside calling hours until');
  });

  test('keeps a campaign from being completed that is just about to be, or comes too late', async () => {
    const seeded = await seed(database, { numbers: [first] });
    await call(seeded);
    const callAt = await inAnHour();
    await interleave(
      database,
      () => dispose('call_at', { callAt }),
      async () => expect(await completeDone(database, seeded.accountId)).toBe(0),
    );
    await database.query(`update contacts set state = 'finished'`);
    await interleave(
      database,
      () => completeDone(database, seeded.accountId),
      () =>
        expect(dispose('call_at', { callAt: new Date(callAt.getTime() + 1000) })).rejects.toThrow(
          'is completed',
        ),
    );
    expect(await standing()).toEqual([`${first} finished call_at`]);
  });
});

describe('never again', () => {
  test('holds at once for every number of the contact in every campaign of the account', async () => {
    const seeded = await seed(database, { numbers: [first, third], agents: 2 });
    const other = await seed(database, {
      name: 'other',
      numbers: [second],
      accountId: seeded.accountId,
    });
    await giveSecondNumber();
    expect(await dispose('do_not_call', { note: 'angry' })).toMatchObject({ contactState: 'suppressed' });
    expect(await standing()).toEqual([
      `${first} suppressed suppressed`,
      `${third} pending`,
      `${second} suppressed suppressed`,
    ]);
    expect(
      (await database.query('select source, reason, actor from suppressions order by number')).rows,
    ).toEqual([first, second].map(() => ({ source: 'disposition', reason: 'angry', actor })));
    expect((await claimed(other.claiming)).number).toBe(third);
  });

  test('takes a held contact out, and leaves one that was reached as it is', async () => {
    const seeded = await seed(database, { numbers: [first, second] });
    await call(seeded);
    await database.query(`update contacts set state = 'held', state_reason = 'unknown' where number = $1`, [
      second,
    ]);
    expect((await dispose('do_not_call')).contactState).toBe('finished');
    expect((await dispose('do_not_call', { number: second })).contactState).toBe('suppressed');
  });
});

describe('while a call is under way', () => {
  test.each([
    ['sale', 'no_answer', 'finished sale'],
    ['call_at', 'completed', 'pending call_at'],
    ['wrong_number', 'completed', 'finished wrong_number'],
    ['other', 'completed', 'finished'],
    ['do_not_call', 'no_answer', 'suppressed suppressed'],
  ] as const)('%s leaves it alone, and counts when it ended as %s', async (code, status, after) => {
    const seeded = await seed(database, { numbers: [first] });
    const { attemptId } = await claimed(seeded.claiming);
    const callAt = code === 'call_at' ? await inAnHour() : null;
    const { result } = await dispose(code, { callAt });
    expect(result).toBe(code === 'other' ? 'done' : 'after_call');
    expect(await standing()).toEqual([`${first} dialing`]);
    await settleByCall(database, attemptId, callDetails(status), 'callback');
    expect(await standing()).toEqual([`${first} ${after}`]);
    expect((await database.query('select 1 from dispositions where applied_at is null')).rowCount).toBe(0);
  });

  test('the last word counts', async () => {
    const seeded = await seed(database, { numbers: [first] });
    const { attemptId } = await claimed(seeded.claiming);
    await dispose('call_at', { callAt: await inAnHour() });
    await dispose('not_interested');
    await settleByCall(database, attemptId, callDetails('busy'), 'callback');
    expect(await standing()).toEqual([`${first} finished not_interested`]);
  });

  test('what is said just as the call settles counts', async () => {
    const seeded = await seed(database, { numbers: [first] });
    const { attemptId } = await claimed(seeded.claiming);
    await interleave(
      database,
      () => dispose('sale'),
      () => settleByCall(database, attemptId, callDetails('busy'), 'callback'),
    );
    expect(await standing()).toEqual([`${first} finished sale`]);
  });
});

test('a file costs its bad rows, tells them, and can be given again', async () => {
  const numbers = someNumbers(4);
  const seeded = await seed(database, { numbers });
  const folder = await mkdtemp(join(tmpdir(), 'dispositions-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'said.csv');
  const at = await inAnHour();
  await writeFile(
    file,
    `Said in November,,,\nNumber,Disposition,call_at,note\n${numbers[0]},Sale,,"two, years"\n${numbers[1]},sail,,\n12,sale,,\n` +
      `${numbers[2]},call at,${at.toISOString().slice(0, 19)}Z,\n\n${numbers[3]},sale,2026-12-02T15:00,\n` +
      `+14155550123,sale,,\n${numbers[3]},call_at,soon,\n${numbers[3]},call_at,,\n`,
  );
  const { definition } = await one<{ definition: ReturnType<typeof definitionOf> }>(
    database,
    'select definition from campaigns where id = $1',
    [seeded.campaignId],
  );
  const give = () => disposeList({ database, campaign: 'test', definition, file, actor });
  const disposed = await give();
  expect(disposed).toMatchObject({ done: 2, afterCall: 0, already: 0, rejected: 6 });
  expect(disposed.rejects.map(({ rowNumber }) => rowNumber)).toEqual([4, 5, 8, 9, 10, 11]);
  expect(disposed.rejects.map(({ reason }) => reason)).toEqual([
    '"sail" is no disposition; did you mean sale?',
    expect.stringContaining('"12": the phone number has too few digits'),
    expect.stringContaining('a time goes with call_at alone, not with sale'),
    expect.stringContaining('no contact of campaign test has the number +14155550123'),
    expect.stringContaining('"soon" is not a date with a time'),
    expect.stringContaining('call_at needs its time'),
  ]);
  expect(await standing()).toEqual([
    `${numbers[0]} finished sale`,
    `${numbers[1]} pending`,
    `${numbers[2]} pending call_at`,
    `${numbers[3]} pending`,
  ]);
  expect(await give()).toMatchObject({ done: 0, already: 2, rejected: 6 });
});

test('a file that is given again says nothing new, whatever was said since', async () => {
  const [number = ''] = someNumbers(1);
  const { campaignId } = await seed(database, { numbers: [number] });
  const folder = await mkdtemp(join(tmpdir(), 'dispositions-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'said.csv');
  const at = await inAnHour();
  await writeFile(
    file,
    `Number,Disposition,call_at\n${number},interested,\n${number},call_at,${at.toISOString().slice(0, 19)}Z\n`,
  );
  const { definition } = await one<{ definition: ReturnType<typeof definitionOf> }>(
    database,
    'select definition from campaigns where id = $1',
    [campaignId],
  );
  const give = () => disposeList({ database, campaign: 'test', definition, file, actor });
  expect(await give()).toMatchObject({ done: 2, already: 0 });
  expect(await give()).toMatchObject({ done: 0, already: 2 });
  expect(await standing()).toEqual([`${number} pending call_at`]);
  await dispose('sale', { number });
  await database.query(`update clock set shift = interval '2 hours'`);
  expect(await give()).toMatchObject({ done: 0, already: 2, rejected: 0 });
  expect(await standing()).toEqual([`${number} finished sale`]);
  expect((await database.query('select 1 from dispositions')).rowCount).toBe(3);
});
