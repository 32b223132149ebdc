import type { Queryable } from '../db/pool.ts';
import { UserError } from '../errors.ts';

/**
 * What is told of contacts must be told of every accepted row, once.
 * @throws UserError with the difference
 */
export function requireSum(campaign: string, accepted: number, told: number): void {
  if (told === accepted) return;
  const difference = told < accepted ? `${accepted - told} are missing` : `${told - accepted} are too many`;
  throw new UserError(
    `the export of ${campaign} is not complete: ${accepted} rows were accepted and ${told} written, ${difference}; ` +
      'do not use it, and look whether somebody changes the contacts of this campaign in the database',
  );
}

/** How many rows of the lists of a campaign were accepted. */
export async function acceptedRows(queryable: Queryable, campaignId: number): Promise<number> {
  const found = await queryable.query<{ accepted: number }>(
    `select coalesce(sum(accepted), 0)::int as accepted from imports where campaign_id = $1 and state = 'done'`,
    [campaignId],
  );
  return found.rows[0]?.accepted ?? 0;
}
