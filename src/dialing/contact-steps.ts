import { isSuppressed } from '../contacts/suppression-rule.ts';
import type { Transaction } from '../db/pool.ts';
import type { AttemptRow } from './attempt-store.ts';
import type { NextStep } from './retry-policy.ts';

/**
 * Moves the contact of an attempt that just settled.
 *
 * A contact that is being dialled moves on. One that an earlier unknown left held or out of its budget is decided anew
 * by the truth, and one that waits to be called again, or was given up, is finished when it was reached after all. A
 * campaign that
 * has ended takes nothing back into its line. Neither does any campaign a number that was suppressed during its
 * call: nothing would ever claim it, and the campaign would never be completed.
 */
export async function moveContact(
  transaction: Transaction,
  attempt: AttemptRow,
  decided: NextStep,
): Promise<void> {
  if (!isMovable(attempt, decided.state)) return;
  const reached = attempt.contact_state === 'dialing' && (await reachedMeanwhile(transaction, attempt));
  const step: NextStep = reached ? { state: 'finished', reason: null } : decided;
  const wanted = step.state === 'pending' ? stateWhenPending(attempt) : step.state;
  const keptOut = wanted === 'pending' && (await isNumberSuppressed(transaction, attempt));
  const final = keptOut ? 'suppressed' : wanted;
  const delay = step.state === 'pending' && step.due !== 'as_before' ? step.due.inMs : null;
  await transaction.query(
    `update contacts set state = $2, state_reason = $3,
       due_at = case when $4::float8 is null then due_at else dialer_now() + $4 * interval '1 ms' end
     where id = $1`,
    [attempt.contact_id, final, keptOut ? 'suppressed' : step.reason, final === 'pending' ? delay : null],
  );
}

/** Whether what an attempt came to decides where its contact goes. */
function isMovable(attempt: AttemptRow, to: NextStep['state']): boolean {
  const lateTruth = attempt.state === 'settled';
  if (attempt.contact_state === 'dialing') return !lateTruth;
  if (!lateTruth) return false;
  switch (attempt.contact_state) {
    case 'held':
      return attempt.contact_reason === 'unknown';
    case 'pending':
      return to !== 'pending';
    case 'exhausted':
      // an unknown counted against its budget; a number that nobody can call stays one
      return to === 'finished' || attempt.contact_reason !== 'rejected';
    case 'expired':
    case 'canceled':
      return to === 'finished';
    default:
      return false;
  }
}

/** Whether an earlier attempt, closed as unknown, turned out to have reached the contact while this one was out. */
async function reachedMeanwhile(transaction: Transaction, attempt: AttemptRow): Promise<boolean> {
  const found = await transaction.query(
    `select 1 from attempts t join attempts earlier on earlier.contact_id = t.contact_id
     where t.id = $1 and earlier.id <> t.id and earlier.outcome = 'connected' and earlier.settled_at >= t.claimed_at`,
    [attempt.id],
  );
  return (found.rowCount ?? 0) > 0;
}

/** Read while the contact's row is held: a suppression from now on waits for it and then finds the contact pending. */
async function isNumberSuppressed(transaction: Transaction, attempt: AttemptRow): Promise<boolean> {
  const found = await transaction.query(
    `select 1 from contacts c where c.id = $1 and ${suppressedContact('$2')}`,
    [attempt.contact_id, attempt.account_id],
  );
  return found.rowCount === 1;
}

function suppressedContact(accountId: string): string {
  return isSuppressed({
    accountId,
    campaignId: 'c.campaign_id',
    number: 'c.number',
    now: 'dialer_now()',
  });
}

function stateWhenPending(attempt: AttemptRow): 'pending' | 'canceled' | 'expired' {
  if (attempt.campaign_status === 'canceled') return 'canceled';
  return attempt.ended ? 'expired' : 'pending';
}

/** Gives back the contacts of the last rejections, when those turn out to be nobody's number's fault. */
export async function releaseRejectedContacts(
  transaction: Transaction,
  campaignId: number,
  last: number,
): Promise<void> {
  await transaction.query(
    `with given_back as (select c.id, ${suppressedContact('k.account_id')} as kept_out
       from contacts c join campaigns k on k.id = c.campaign_id
       where c.state = 'exhausted' and c.state_reason = 'rejected' and c.id in
         (select contact_id from attempts where campaign_id = $1 order by claimed_at desc limit $2))
     update contacts set state = case when kept_out then 'suppressed' else 'pending' end,
       state_reason = case when kept_out then 'suppressed' end
     from given_back where contacts.id = given_back.id`,
    [campaignId, last],
  );
}
