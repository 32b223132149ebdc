import type { Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { numberToDial } from './number-to-dial.ts';
import { isSuppressed } from './suppression-rule.ts';

const rule = { accountId: '$2', campaignId: '$3', now: 'dialer_now()' };

/**
 * Takes the contacts of a list that is just being loaded out of the line where all their numbers are suppressed. The last
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
  const suppressed = await transaction.query<{ state: string }>(
    `update contacts c set number = coalesce(kept_out.next, c.number),
       state = case when kept_out.next is null then 'suppressed' else c.state end,
       state_reason = case when kept_out.next is null then 'suppressed' end
     from (select k.id, ${numberToDial({ contact: 'k', ...rule })} as next from contacts k
           where k.import_id = $1 and k.state = 'pending' and ${isSuppressed({ ...rule, number: 'k.number' })}) kept_out
     where c.id = kept_out.id
     returning c.state`,
    [loaded.importId, loaded.accountId, loaded.campaignId],
  );
  const contacts = suppressed.rows.filter((contact) => contact.state === 'suppressed').length;
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
