import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeLease } from '../../src/dialing/lease-store.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';
import { busyForAt } from './limiter-schedules.ts';

const windowMs = 60_000;
const results = ['ok', 'refused', 'throttled', 'unsent', 'unknown', 'failed', 'abandoned'] as const;

/** A request as its row stands at a takeover; ms before it. */
interface Row {
  sentAgo: number;
  /** null: nobody stored an answer; below zero where the process's clock went ahead of the database's */
  answeredAgo: number | null;
  result: (typeof results)[number];
  kind: 'place' | 'details' | 'users';
  ofThisAccount: boolean;
}

const rows: fc.Arbitrary<Row[]> = fc.array(
  fc
    .record({
      answeredAgo: fc.option(fc.integer({ min: -2000, max: 3 * windowMs }), { nil: null, freq: 4 }),
      tookMs: fc.integer({ min: 0, max: 9 * 60_000 }),
      result: fc.constantFrom(...results),
      kind: fc.constantFrom('place', 'details', 'users'),
      ofThisAccount: fc.boolean(),
    })
    .map(({ tookMs, ...row }) => ({ ...row, sentAgo: Math.max(0, row.answeredAgo ?? 0) + tookMs })),
  { maxLength: 40 },
);

test('a takeover reads of the last window just what may still count: answered requests from their answer, others from now', async () => {
  const { database } = await testDatabase();
  const { accountId } = await seed(database, { numbers: [] });
  const other = await one<{ id: number }>(
    database,
    `insert into accounts (name, sid) values ('other', 'other') returning id`,
  );
  await fc.assert(
    fc.asyncProperty(rows, async (requests) => {
      await database.query('delete from requests');
      await database.query('update leases set owner = null, expires_at = null');
      const { now } = await one<{ now: Date }>(database, 'select clock_timestamp() as now');
      const before = (ms: number): Date => new Date(now.getTime() - ms);
      await database.query(
        `insert into requests (account_id, epoch, kind, created_at, answered_at, result)
         select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[])`,
        [
          requests.map(({ ofThisAccount }) => (ofThisAccount ? accountId : other.id)),
          requests.map(() => 1),
          requests.map(({ kind }) => kind),
          requests.map(({ sentAgo }) => before(sentAgo)),
          requests.map(({ answeredAgo }) => (answeredAgo === null ? null : before(answeredAgo))),
          requests.map(({ answeredAgo, result }) => (answeredAgo === null ? null : result)),
        ],
      );
      const taken = await takeLease(database, accountId, 'the next owner', 60_000, windowMs);
      const { ms: took } = await one<{ ms: number }>(
        database,
        'select extract(epoch from clock_timestamp() - $1::timestamptz)::float8 * 1000 as ms',
        [now],
      );

      const own = requests.filter(({ ofThisAccount }) => ofThisAccount);
      const counting = own.filter(({ answeredAgo, result }) => answeredAgo === null || result !== 'unsent');
      const expected = busyForAt(
        counting.map(({ answeredAgo }) => ({
          answeredAt: answeredAgo === null ? null : now.getTime() - Math.max(0, answeredAgo),
        })),
        now.getTime(),
        windowMs,
      ).toSorted((a, b) => b - a);
      const read = (taken?.busyFor ?? []).toSorted((a, b) => b - a);
      // what would come free while the test looked may be there or not
      expect(read.length).toBeLessThanOrEqual(expected.length);
      expect(read.length).toBeGreaterThanOrEqual(expected.filter((left) => left > took).length);
      for (const [index, ms] of read.entries()) {
        expect(ms).toBeLessThanOrEqual((expected[index] ?? 0) + 1);
        expect(ms).toBeGreaterThanOrEqual((expected[index] ?? 0) - took - 1);
      }
      const open = await database.query<{ account_id: number; count: number }>(
        `select account_id, count(*)::int as count from requests where answered_at is null group by account_id`,
      );
      const unansweredElsewhere = requests.filter(
        ({ answeredAgo, ofThisAccount }) => answeredAgo === null && !ofThisAccount,
      ).length;
      expect(open.rows).toEqual(
        unansweredElsewhere === 0 ? [] : [{ account_id: other.id, count: unansweredElsewhere }],
      );
    }),
    { numRuns: 100 },
  );
}, 60_000);
