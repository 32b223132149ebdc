import type { AccountConfig } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';

/** A configured account and the id of its row. */
export interface RegisteredAccount {
  config: AccountConfig;
  id: number;
}

/**
 * Makes the configured accounts known to the database and their limits visible to every process.
 * @returns each account with the id of its row
 * @throws UserError when a name stands for another Exotel account in this database
 */
export async function registerAccounts(
  database: Database,
  accounts: readonly AccountConfig[],
): Promise<RegisteredAccount[]> {
  const registered = [];
  for (const config of accounts) {
    const row = await database.query<{ id: number; sid: string }>(
      `with account as (
         insert into accounts (name, sid, requests_per_minute, calls_per_minute, max_concurrent_legs)
         values ($1, $2, $3, $4, $5)
         on conflict (name) do update set
           requests_per_minute = case when accounts.sid = $2 then $3 else accounts.requests_per_minute end,
           calls_per_minute = case when accounts.sid = $2 then $4 else accounts.calls_per_minute end,
           max_concurrent_legs = case when accounts.sid = $2 then $5 else accounts.max_concurrent_legs end
         returning id, sid
       ), lease as (
         insert into leases (account_id) select id from account on conflict (account_id) do nothing
       )
       select id, sid from account`,
      [config.name, config.sid, config.requestsPerMinute, config.callsPerMinute, config.maxConcurrentLegs],
    );
    const { id, sid } = row.rows[0] ?? { id: 0, sid: config.sid };
    if (sid !== config.sid) {
      throw new UserError(
        `account ${config.name} of this database is ${sid}, not ${config.sid}: give the new one its own database ` +
          '(DATABASE_URL or DIALER_DATA_DIR) or its own name in DIALER_ACCOUNTS_FILE',
        { exitCode: 2 },
      );
    }
    registered.push({ config, id });
  }
  return registered;
}
