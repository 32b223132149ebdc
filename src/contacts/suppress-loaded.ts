import type { Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { isSuppressed } from './suppression-rule.ts';

/**
 * Takes the contacts of a list that is just being loaded out of the line where their number is suppressed. The last
 * step before the commit: whoever suppresses a number at the same time does not see these rows yet, so writers of
 * suppressions are held off until they do. (Holding the account's row instead would be a deadlock with a command that
 * has it and waits for the campaign's row, which the rows loaded keep.)
 * @returns how many contacts are suppressed
 */
export async function suppressLoaded(
  transaction: Transaction,
  loaded: { importId: number; campaignId: number; accountId: number },
): Promise<number> {
  await transaction.query('lock table suppressions in share mode');
  const suppressed = await transaction.query(
    `update contacts c set state = 'suppressed', state_reason = 'suppressed'
     where c.import_id = $1 and c.state = 'pending'
       and ${isSuppressed({ accountId: '$2', campaignId: '$3', number: 'c.number', now: 'dialer_now()' })}`,
    [loaded.importId, loaded.accountId, loaded.campaignId],
  );
  const contacts = suppressed.rowCount ?? 0;
  if (contacts > 0) {
    await recordTrail(transaction, {
      actor: 'dialer',
      what: 'contacts_suppressed',
      campaignId: loaded.campaignId,
      next: { import: loaded.importId, contacts },
    });
  }
  return contacts;
}
