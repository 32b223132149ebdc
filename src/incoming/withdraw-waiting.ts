import { lockAccount } from '../campaigns/pausing.ts';
import type { Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';

/**
 * Takes a number that called us out of the line of every campaign that wants so (`onCallBack: withdraw`). The account is
 * held as by all that tightens a rule: once the transaction committed, no claim that saw the contact waiting can. A
 * contact whose call is under way is left alone. A contact of several numbers is who calls from any of them.
 * @param number in E.164
 * @returns how many contacts were withdrawn
 */
export async function withdrawWaiting(
  transaction: Transaction,
  accountId: number,
  number: string,
): Promise<number> {
  await lockAccount(transaction, { accountId });
  const waiting = await transaction.query<{ id: number; campaign_id: number }>(
    `select c.id, c.campaign_id from contacts c join campaigns k on k.id = c.campaign_id
     where k.account_id = $1 and k.status in ('scheduled', 'running', 'paused')
       and k.definition->>'onCallBack' = 'withdraw' and c.state = 'pending'
       and (c.number = $2 or (cardinality(c.numbers) > 1 and c.numbers @> array[$2::text]))
     order by c.id for update of c`,
    [accountId, number],
  );
  if (waiting.rows.length === 0) return 0;
  await transaction.query(
    `update contacts set state = 'finished', state_reason = 'called_back' where id = any($1::bigint[])`,
    [waiting.rows.map((contact) => contact.id)],
  );
  for (const { id, campaign_id: campaignId } of waiting.rows) {
    await recordTrail(transaction, {
      actor: 'customer',
      what: 'contact_called_back',
      campaignId,
      contactId: id,
      previous: { state: 'pending' },
      next: { state: 'finished' },
    });
  }
  await wakeOwner(transaction, accountId);
  return waiting.rows.length;
}
