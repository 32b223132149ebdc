import type { Database, Transaction } from '../../src/db/pool.ts';
import { waitFor } from '../support/wait.ts';

/** For a transaction that stands still on purpose: on a busy machine the server would take it for a stopped one. */
export const patient = { idleTimeout: 60_000 };

/** Waits until so many sessions of this database wait for a lock. */
export async function untilWaiting(database: Database, sessions = 1): Promise<void> {
  await waitFor(
    async () => {
      const waiting = await database.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.rowCount === sessions;
    },
    { what: `${sessions} sessions waiting for a lock` },
  );
}

/**
 * Starts `first` and stops it right before it commits (all that it writes to the trail comes last), starts `second`
 * and, when that waits for it, lets both go on.
 */
export async function interleave(
  database: Database,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<void> {
  const running: Promise<unknown>[] = [];
  await database.transaction(async (holdup: Transaction) => {
    await holdup.query('lock table trail in share mode');
    running.push(first());
    await untilWaiting(database);
    running.push(second());
    await untilWaiting(database, 2);
  }, patient);
  await Promise.all(running);
}
