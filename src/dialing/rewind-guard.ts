import { lockAccount, pauseAccount } from '../campaigns/pausing.ts';
import type { Clock } from '../clock.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { requestsFromTheFuture } from './lease-store.ts';

/** How far a clock may step back before it is taken for more than an adjustment, in ms. */
const toleranceMs = 5000;

const confirm =
  'confirm with `dialer campaign resume NAME` once you know that nobody would be called twice (the call log in the Exotel dashboard tells whom the calls went to)';

/**
 * A valid callback for an attempt that nobody knows: the database was restored from an older copy, and what was dialled
 * since would be dialled again. Stops the account, unless somebody has confirmed since that callback's call was placed.
 */
export async function stopOnUnknownAttempt(
  transaction: Transaction,
  accountId: number,
  issuedAt: Date,
): Promise<void> {
  await lockAccount(transaction, { accountId });
  const account = await transaction.query<{ confirmed: boolean }>(
    'select coalesce(confirmed_at >= $2, false) as confirmed from accounts where id = $1',
    [accountId, issuedAt],
  );
  if (account.rows[0]?.confirmed !== false) return;
  await pauseAccount(transaction, accountId, 'dialer', {
    code: 'database_rewound',
    sentence: `Exotel reports a call of ${issuedAt.toISOString()} that this database does not know, so it seems to be restored from an older copy: ${confirm}`,
  });
}

/** Watches the database's clock beside one that never steps. */
export interface RewindGuard {
  /** Stops the account when the database's clock stepped back, since the last look or since its last requests. */
  check(): Promise<void>;
}

export function createRewindGuard(options: {
  database: Database;
  accountId: number;
  clock: Clock;
}): RewindGuard {
  const { database, accountId, clock } = options;
  let last: Reading | null = null;
  return {
    async check() {
      const now = await readClocks(database, clock);
      // an answer that was long on its way must not look like a step: what surely passed is from after to before
      const surelyPassed = last === null ? 0 : now.before - last.after;
      const stepped = last !== null && now.database - last.database < surelyPassed - toleranceMs;
      const first = last === null;
      last = now;
      if (stepped || (first && (await requestsFromTheFuture(database, accountId, toleranceMs)))) {
        await stopOnClock(database, accountId);
      }
    },
  };
}

interface Reading {
  database: number;
  /** the monotonic clock before the database was asked, and after it answered */
  before: number;
  after: number;
}

async function readClocks(database: Queryable, clock: Clock): Promise<Reading> {
  const before = clock.monotonic();
  const found = await database.query<{ now: Date }>('select clock_timestamp() as now');
  return { database: found.rows[0]?.now.getTime() ?? 0, before, after: clock.monotonic() };
}

async function stopOnClock(database: Database, accountId: number): Promise<void> {
  await database.transaction(async (transaction) => {
    await lockAccount(transaction, { accountId });
    await pauseAccount(transaction, accountId, 'dialer', {
      code: 'clock_stepped_back',
      sentence: `the clock of the database's machine was set back by more than 5 s, so hours, waits and the limit of requests cannot be trusted: set it right, then ${confirm}`,
    });
  });
}
