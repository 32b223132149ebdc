import { expiryAfter, suppressNumbers } from '../../src/contacts/suppress-numbers.ts';
import type { SuppressedCounts, SuppressionGrounds } from '../../src/contacts/suppress-numbers.ts';
import { suppressionScope } from '../../src/contacts/suppression-scope.ts';
import type { SuppressionScope } from '../../src/contacts/suppression-scope.ts';
import type { Database } from '../../src/db/pool.ts';

const forGood: SuppressionGrounds = { source: 'person', reason: 'asked', expiresAt: null, actor: 'cli:asha' };

/** Suppresses as `dialer suppressions add` does, for so many days or for good. */
export async function suppress(
  database: Database,
  scope: SuppressionScope,
  numbers: readonly string[],
  days: number | null = null,
): Promise<SuppressedCounts> {
  const expiresAt = await expiryAfter(database, days === null ? null : days * 86_400_000);
  return await suppressNumbers(database, scope, numbers, { ...forGood, expiresAt });
}

/** The only account there is, or one campaign of it. */
export async function scopeOf(database: Database, campaign: string | null = null): Promise<SuppressionScope> {
  return await suppressionScope(database, { campaign, account: null });
}

/** How the contacts of a campaign stand, such as `suppressed suppressed`, in the order of its list. */
export async function contactStates(database: Database, campaignId: number): Promise<string[]> {
  const found = await database.query<{ standing: string }>(
    `select state || coalesce(' ' || state_reason, '') as standing from contacts where campaign_id = $1 order by id`,
    [campaignId],
  );
  return found.rows.map((row) => row.standing);
}
