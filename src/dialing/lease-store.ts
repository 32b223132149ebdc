import type { Database, Queryable } from '../db/pool.ts';

/** What a takeover found of the last window: what the new owner's limiter starts from. */
export interface Takeover {
  epoch: number;
  /** requests that may still count at the provider: how long each does, in ms from now */
  busyFor: number[];
  /** for how long Exotel wants no request, as it told a former owner, in ms */
  closedForMs: number;
}

/**
 * Takes the account when nobody holds it, or when its holder's lease has run out, and raises the epoch.
 * With `orphanOnly` only the latter: its holder is dead or cut off, and nobody dials.
 *
 * Requests of former owners that were never answered may have arrived at any moment up to now, so they are
 * closed as abandoned here and count for a whole window from now.
 */
export async function takeLease(
  database: Database,
  accountId: number,
  owner: string,
  leaseMs: number,
  windowMs: number,
  { orphanOnly = false }: { orphanOnly?: boolean } = {},
): Promise<Takeover | null> {
  return await database.transaction(async (transaction) => {
    const lease = await transaction.query<{ epoch: number; closed_for_ms: number }>(
      `select l.epoch, coalesce((
         select greatest(extract(epoch from a.throttled_until - clock_timestamp())::float8 * 1000, 0)
         from accounts a where a.id = l.account_id), 0) as closed_for_ms
       from leases l
       where l.account_id = $1 and (l.owner is null and not $2 or l.expires_at <= clock_timestamp())
       for update of l skip locked`,
      [accountId, orphanOnly],
    );
    const former = lease.rows[0];
    if (former === undefined) return null;
    const taken = await transaction.query<{ epoch: number }>(
      `update leases set epoch = epoch + 1, owner = $2, taken_at = clock_timestamp(),
         expires_at = clock_timestamp() + $3 * interval '1 ms'
       where account_id = $1 returning epoch`,
      [accountId, owner, leaseMs],
    );
    await transaction.query(
      `update requests set answered_at = clock_timestamp(), result = 'abandoned'
       where account_id = $1 and answered_at is null`,
      [accountId],
    );
    const busy = await transaction.query<{ ms: number }>(
      `select least(extract(epoch from answered_at - clock_timestamp())::float8 * 1000, 0) + $2 as ms
       from requests
       where account_id = $1 and result <> 'unsent'
         and created_at > clock_timestamp() - $2 * interval '1 ms' - interval '10 min'
         and answered_at > clock_timestamp() - $2 * interval '1 ms'`,
      [accountId, windowMs],
    );
    return {
      epoch: taken.rows[0]?.epoch ?? former.epoch + 1,
      busyFor: busy.rows.map((row) => row.ms),
      closedForMs: former.closed_for_ms,
    };
  });
}

/** Writes for how long Exotel wants no request of the account, so that its next owner knows it too. */
export async function noteThrottled(queryable: Queryable, accountId: number, forMs: number): Promise<void> {
  await queryable.query(
    `update accounts set throttled_until = greatest(throttled_until, clock_timestamp() + $2 * interval '1 ms')
     where id = $1`,
    [accountId, forMs],
  );
}

/** Lengthens the lease; false when another owner has taken it. */
export async function renewLease(
  database: Queryable,
  accountId: number,
  owner: string,
  epoch: number,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await database.query(
    `update leases set expires_at = clock_timestamp() + $4 * interval '1 ms'
     where account_id = $1 and owner = $2 and epoch = $3`,
    [accountId, owner, epoch, leaseMs],
  );
  return renewed.rowCount === 1;
}

/** Gives the account back, so that the next owner need not wait for the lease to run out. */
export async function giveBackLease(
  database: Queryable,
  accountId: number,
  owner: string,
  epoch: number,
): Promise<void> {
  await database.query(
    `update leases set owner = null, expires_at = null
     where account_id = $1 and owner = $2 and epoch = $3`,
    [accountId, owner, epoch],
  );
}

/** Whether the account's requests lie in the future: the database's clock has been set back since they were sent. */
export async function requestsFromTheFuture(
  database: Queryable,
  accountId: number,
  toleranceMs: number,
): Promise<boolean> {
  const found = await database.query<{ future: boolean }>(
    `select exists (
       select 1 from requests r join accounts a on a.id = r.account_id
       where r.account_id = $1 and r.created_at > clock_timestamp() + $2 * interval '1 ms'
         and r.id > a.confirmed_request_id
     ) as future`,
    [accountId, toleranceMs],
  );
  return found.rows[0]?.future ?? false;
}
