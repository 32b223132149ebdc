import type { Database } from '../db/pool.ts';

/** Answers that say nothing, in a row, after which nothing is placed until a probe tells more. */
export const unknownsBeforeOpening = 3;

const second = 1000;
const longestMs = { unsent: 60 * second, unknown: 300 * second };
const firstMs = { unsent: 1 * second, unknown: 30 * second };

/**
 * Opens the account's breaker: after the first request that could not leave, or after three answers in a row that
 * said nothing. It stays open for a second (unsent) or half a minute (unknown), doubling while probes fail.
 * @returns for how long, in ms, or null when it stays closed
 */
export async function openBreaker(
  database: Database,
  accountId: number,
  cause: 'unsent' | 'unknown',
  why: string,
): Promise<number | null> {
  return await database.transaction(async (transaction) => {
    const account = await transaction.query<{ breaker_openings: number; open: boolean }>(
      `select breaker_openings, coalesce(breaker_until > dialer_now(), false) as open
       from accounts where id = $1 for no key update`,
      [accountId],
    );
    const { breaker_openings: openings = 0, open = false } = account.rows[0] ?? {};
    // the other requests that were under way when it opened: they are no failed probes
    if (open) return null;
    if (cause === 'unknown' && openings === 0) {
      const latest = await transaction.query<{ result: string }>(
        `select result from requests where account_id = $1 and kind = 'place' and result is not null
           and result <> 'throttled'
         order by id desc limit $2`,
        [accountId, unknownsBeforeOpening],
      );
      const silent = latest.rows.filter((row) => row.result === 'unknown').length;
      if (silent < unknownsBeforeOpening) return null;
    }
    const openFor = Math.min(firstMs[cause] * 2 ** Math.min(openings, 20), longestMs[cause]);
    await transaction.query(
      `update accounts set breaker_openings = breaker_openings + 1, breaker_reason = $2,
         breaker_until = dialer_now() + $3 * interval '1 ms'
       where id = $1`,
      [accountId, why, openFor],
    );
    return openFor;
  });
}

/** Any clear answer of Exotel's closes the breaker. */
export async function closeBreaker(database: Database, accountId: number): Promise<void> {
  await database.query(
    `update accounts set breaker_openings = 0, breaker_until = null, breaker_reason = null
     where id = $1 and breaker_openings > 0`,
    [accountId],
  );
}
