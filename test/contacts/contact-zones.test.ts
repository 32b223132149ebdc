import { beforeEach, describe, expect, test } from 'vitest';
import { disposeContact } from '../../src/contacts/dispose-contact.ts';
import { claimNext, lookForWork } from '../../src/dialing/claim.ts';
import type { Database } from '../../src/db/pool.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { loadList } from './load-list.ts';

const [INDIA, DUBAI, SINGAPORE] = ['+919800000001', '+971501234567', '+6581234567'];
const day = [[600, 1140]] as const;
const hours = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day };

let database: Database;
let seeded: Seeded;
beforeEach(async () => {
  ({ database } = await testDatabase());
  const schedule = { timezone: 'Asia/Kolkata', start: null, end: null, hours, holidays: ['2026-12-03'] };
  seeded = await seed(database, { numbers: [], agents: 9, definition: { schedule } });
  await database.query(`delete from imports`);
});

const at = (instant: string) =>
  database.query('update clock set shift = $1::timestamptz - clock_timestamp()', [instant]);
const reason = async () => (await campaignSummary(database, 'test')).reason;

async function numbersClaimed(): Promise<string[]> {
  const numbers: string[] = [];
  for (;;) {
    const result = await claimNext(seeded.claiming);
    if (result.kind !== 'claimed') return numbers;
    numbers.push(result.claim.number);
  }
}

describe('contacts in several time zones', () => {
  test('are dialled when the hours are open both where the campaign is and where they are', async () => {
    await loadList(
      database,
      seeded.campaignId,
      `phone,timezone\n${DUBAI},\n${SINGAPORE},\n${INDIA},\n+91 98000 00002,Asia/Dubai\n+1 202 555 0123,\n`,
    );
    const sources = await database.query(
      'select number, timezone, timezone_source as source from contacts order by id',
    );
    expect(sources.rows.map((row) => [row['timezone'], row['source']])).toEqual([
      ['Asia/Dubai', 'number'],
      ['Asia/Singapore', 'number'],
      ['Asia/Kolkata', 'number'],
      ['Asia/Dubai', 'column'],
      ['US', 'number'],
    ]);
    await at('2026-12-01T09:59:00+05:30');
    expect(await numbersClaimed()).toEqual([]);
    await at('2026-12-01T10:00:00+05:30');
    expect(await numbersClaimed()).toEqual([SINGAPORE, INDIA]);
    // the holiday has begun nowhere yet, but Dubai is still closed
    expect(await reason()).toBe(
      'outside calling hours where the contacts left are, until Tue 1 Dec 2026 10:00 (Asia/Dubai)',
    );
    expect(await lookForWork(seeded.claiming)).toMatchObject({ ready: false });
    await at('2026-12-01T11:29:58+05:30');
    expect(await numbersClaimed()).toEqual([]);
    await at('2026-12-01T11:30:00+05:30');
    expect(await numbersClaimed()).toEqual([DUBAI, '+919800000002']);
  });

  test('keep their order and priorities across zones that are open', async () => {
    await loadList(
      database,
      seeded.campaignId,
      `phone,priority\n${DUBAI},\n${INDIA},\n${SINGAPORE},5\n+91 98000 00002,\n`,
    );
    await at('2026-12-01T13:00:00+05:30');
    expect(await numbersClaimed()).toEqual([SINGAPORE, DUBAI, INDIA, '+919800000002']);
  });

  test('are not dialled where the day is a holiday, and the reason says when and where they are next', async () => {
    await loadList(database, seeded.campaignId, `phone\n${DUBAI}\n`);
    await at('2026-12-02T18:59:30+05:30');
    expect(await numbersClaimed()).toEqual([]);
    await at('2026-12-04T10:00:00+05:30');
    expect(await reason()).toContain('until Fri 4 Dec 2026 10:00 (Asia/Dubai)');
  });

  test('whose hours are never open together with those of the campaign are told as such', async () => {
    await loadList(database, seeded.campaignId, `phone,timezone\n+1 202 555 0123,America/New_York\n`);
    await at('2026-12-01T12:00:00+05:30');
    expect(await numbersClaimed()).toEqual([]);
    expect(await reason()).toMatch(
      /the contacts left are in America\/New_York, where the calling hours are never/,
    );
  });

  test('of a country with several are dialled when the hours are open in all of them', async () => {
    await database.query(
      `update campaigns set definition = jsonb_set(definition, '{schedule,timezone}', '"America/New_York"')`,
    );
    await loadList(
      database,
      seeded.campaignId,
      `phone,timezone\n+1 212 555 0123,\n+1 212 555 0124,America/New_York\n`,
    );
    await at('2026-12-01T14:59:00-05:00');
    expect(await numbersClaimed()).toEqual(['+12125550124']);
    expect(await reason()).toBe(
      'outside calling hours where the contacts left are, until Tue 1 Dec 2026 15:00 (America/New_York)',
    );
    await at('2026-12-01T15:00:00-05:00');
    expect(await numbersClaimed()).toEqual(['+12125550123']);
  });

  test('of a country where they are never open together are told as such', async () => {
    await loadList(database, seeded.campaignId, `phone\n+1 212 555 0123\n`);
    await at('2026-12-01T12:00:00+05:30');
    expect(await numbersClaimed()).toEqual([]);
    expect(await reason()).toMatch(
      /the contacts left are in US \(in any of its 8 time zones\), where the calling hours are never open/,
    );
    const given = { number: '+12125550123', code: 'call_at', note: null } as const;
    await expect(
      disposeContact(database, 'test', { ...given, callAt: new Date('2030-01-07T11:00+05:30') }, 'cli:asha'),
    ).rejects.toThrow(
      /the hours are not open everywhere in US \(in any of its 8 time zones\), and no hours come that are open both there and in Asia\/Kolkata; take the contact into a campaign with hours that fit$/,
    );
  });

  test('wait for their next try by the clock where they are', async () => {
    await loadList(database, seeded.campaignId, `phone\n${SINGAPORE}\n`);
    await at('2026-12-01T14:00:00+05:30');
    const { attemptId } = await claimed(seeded.claiming);
    await settleByCall(database, attemptId, callDetails('customer_unanswered'), 'poll');
    expect(await reason()).toMatch(
      /wait to be called again, the first on Tue 1 Dec 2026 16:00 \(Asia\/Kolkata\)/,
    );
    const { inMs } = await lookForWork(seeded.claiming);
    expect(inMs).toBeGreaterThan(7_100_000);
    await at('2026-12-01T16:29:30+05:30');
    expect(await numbersClaimed()).toEqual([]);
    expect(await reason()).toContain('until Wed 2 Dec 2026 12:30 (Asia/Singapore)');
  });
});

test('a thousand contacts of a closed zone stand in nobody’s way: only the open zones are looked through', async () => {
  const closed = Array.from({ length: 1000 }, (_, row) => `+9715012${String(row).padStart(5, '0')}`);
  await loadList(database, seeded.campaignId, `phone\n${closed.join('\n')}\n${INDIA}\n`);
  await at('2026-12-01T10:00:00+05:30');
  await database.query('analyze contacts');
  const { attemptId } = await claimed(seeded.claiming);
  expect(await one(database, 'select number from attempts where id = $1', [attemptId])).toEqual({
    number: INDIA,
  });
  const plan = await database.query<{ 'QUERY PLAN': string }>(
    `explain (analyze, costs off) select id from contacts c
     where campaign_id = $1 and state = 'pending' and priority = 0 and coalesce(timezone, '') = 'Asia/Kolkata'
       and due_at <= now() order by due_at, id limit 1`,
    [seeded.campaignId],
  );
  const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(text).toContain('contacts_due');
  expect(text).not.toMatch(/Rows Removed by Filter|Sort/);
});
