import type { Queryable } from '../db/pool.ts';

/** How many agents an account has, and how many of them a Connect applet can ring: those with a phone number. */
export interface RingableAgents {
  total: number;
  withPhone: number;
}

export async function ringableAgents(queryable: Queryable, accountId: number): Promise<RingableAgents> {
  const found = await queryable.query<RingableAgents>(
    `select count(*) as total, count(*) filter (where contact_uri ~ '^\\+[1-9][0-9]{5,14}$') as "withPhone"
     from agents where account_id = $1`,
    [accountId],
  );
  return found.rows[0] ?? { total: 0, withPhone: 0 };
}
