import type { Database } from '../db/pool.ts';
import { settleAsUnknown } from './settle.ts';

/**
 * Takes up what former owners left: an attempt that was being placed may be ringing, so it is unknown, is never sent
 * again, and waits for a callback to tell.
 * @param except those whose answers this very process still waits for
 */
export async function adoptAttempts(
  database: Database,
  accountId: number,
  epoch: number,
  except: readonly string[] = [],
): Promise<number> {
  const adopted = await database.query(
    `update attempts set state = 'unknown', error_text = coalesce(error_text, 'the dialer stopped before the answer came')
     where account_id = $1 and state = 'placing' and epoch < $2 and id <> all($3::uuid[])`,
    [accountId, epoch, except],
  );
  return adopted.rowCount ?? 0;
}

/** Lets agents go whose attempt has no SID: after twice the ring time Exotel itself refuses a busy one. */
export async function releaseAgentsOfUnknown(database: Database, accountId: number): Promise<number> {
  const released = await database.query(
    `with free as (
       update attempts set agent_held = false
       where account_id = $1 and state = 'unknown' and agent_held and agent_free_at <= dialer_now()
       returning agent_id
     )
     update agents set idle_since = greatest(idle_since, dialer_now()) from free where agents.id = free.agent_id`,
    [accountId],
  );
  return released.rowCount ?? 0;
}

/** Closes attempts without a SID at their deadline. Those with one are closed by a look (see the collector). */
export async function closeAtDeadline(database: Database, accountId: number): Promise<number> {
  const overdue = await database.query<{ id: string }>(
    `select id from attempts where account_id = $1 and state = 'unknown' and deadline_at <= dialer_now()`,
    [accountId],
  );
  let closed = 0;
  for (const { id } of overdue.rows) {
    if ((await settleAsUnknown(database, id)) === 'settled') closed += 1;
  }
  return closed;
}
