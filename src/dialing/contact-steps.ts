import { waitsByDisposition } from '../contacts/disposition-effect.ts';
import { numbersOfContact, numberToDial } from '../contacts/number-to-dial.ts';
import { isSuppressed } from '../contacts/suppression-rule.ts';
import type { Transaction } from '../db/pool.ts';
import type { AttemptRow } from './attempt-store.ts';
import type { NextStep } from './retry-policy.ts';

const byRule = { contact: 'c', campaignId: 'c.campaign_id', now: 'dialer_now()' };

/**
 * Moves the contact of an attempt that just settled.
 *
 * A contact that is being dialled moves on. One that an earlier unknown left held or out of its budget is decided anew
 * by the truth, and one that waits to be called again, or was given up, is finished when it was reached after all. A
 * campaign that has ended takes nothing back into its line. Neither does any campaign a contact all of whose numbers were
 * suppressed during its call: nothing would ever claim it, and the campaign would never be completed.
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
  const number = (step.state === 'pending' ? step.number : undefined) ?? attempt.number;
  const next = wanted === 'pending' ? await numberAllowed(transaction, attempt, number) : number;
  const final = next === null ? 'suppressed' : wanted;
  const delay = step.state === 'pending' && step.due !== 'as_before' ? step.due.inMs : null;
  await transaction.query(
    `update contacts set state = $2, state_reason = $3,
       due_at = greatest(case when $4::float8 is null then due_at else dialer_now() + $4 * interval '1 ms' end, $6),
       number = coalesce($5, number)
     where id = $1`,
    [
      attempt.contact_id,
      final,
      next === null ? 'suppressed' : step.reason,
      final === 'pending' ? delay : null,
      final === 'pending' ? next : null,
      step.state === 'pending' && final === 'pending' ? (step.notBefore ?? null) : null,
    ],
  );
}

/** Whether what an attempt came to decides where its contact goes. */
export function isMovable(attempt: AttemptRow, to: NextStep['state']): boolean {
  const lateTruth = attempt.state === 'settled';
  if (attempt.contact_state === 'dialing') return !lateTruth;
  if (!lateTruth) return false;
  switch (attempt.contact_state) {
    case 'held':
      // whatever it is held for, who was reached is not called again
      if (to === 'finished' || to === 'suppressed') return true;
      // one call of which nothing is known is not made good by the truth of an earlier one
      return attempt.contact_reason === 'unknown' && !attempt.doubted;
    case 'pending':
      // what a person agreed on or knows better stands against what a machine tells later
      return to !== 'pending' && !waitsByDisposition(attempt);
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

/**
 * That number unless it was suppressed meanwhile, else another one of the contact that may be dialled, or null. Read
 * while the contact's row is held: a suppression from now on waits for it and then finds the contact pending.
 */
async function numberAllowed(
  transaction: Transaction,
  attempt: AttemptRow,
  number: string,
): Promise<string | null> {
  const found = await transaction.query<{ suppressed: boolean; next: string | null }>(
    `select ${isSuppressed({ ...byRule, accountId: '$2', number: '$3' })} as suppressed,
       ${numberToDial({ ...byRule, accountId: '$2' })} as next
     from contacts c where c.id = $1`,
    [attempt.contact_id, attempt.account_id, number],
  );
  const row = found.rows[0];
  return row === undefined || !row.suppressed ? number : row.next;
}

/** The numbers of an attempt's contact in order, and which of them may be dialled. */
export async function contactNumbers(
  transaction: Transaction,
  attempt: AttemptRow,
): Promise<{ number: string; usable: boolean }[]> {
  const found = await transaction.query<{ number: string; usable: boolean }>(
    `select standing.number, standing.usable
     from contacts c cross join lateral ${numbersOfContact({ ...byRule, accountId: '$2' })} standing
     where c.id = $1 order by standing.place`,
    [attempt.contact_id, attempt.account_id],
  );
  return found.rows;
}

function stateWhenPending(attempt: AttemptRow): 'pending' | 'canceled' | 'expired' {
  if (attempt.campaign_status === 'canceled') return 'canceled';
  return attempt.ended ? 'expired' : 'pending';
}

/**
 * Gives back contacts whose numbers were turned down one after another, when that turns out to be no number's fault. A
 * campaign that is over takes them out instead.
 */
export async function releaseRejectedContacts(
  transaction: Transaction,
  contactIds: readonly number[],
): Promise<void> {
  await transaction.query(
    `with given_back as (
       select c.id, (select given.number from unnest(c.numbers) with ordinality as given(number, place)
           where not ${isSuppressed({ ...byRule, accountId: 'k.account_id', number: 'given.number' })}
           order by given.place limit 1) as first,
         case when k.status = 'canceled' then 'canceled'
           when k.status = 'completed' or k.ends_at <= dialer_now() then 'expired' else 'pending' end as line
       from contacts c join campaigns k on k.id = c.campaign_id
       where c.id = any($1::bigint[])
         and (c.state = 'pending' or (c.state = 'exhausted' and c.state_reason = 'rejected')))
     update contacts set number = coalesce(first, number),
       state = case when first is null then 'suppressed' else line end,
       state_reason = case when first is null then 'suppressed' end
     from given_back where contacts.id = given_back.id`,
    [contactIds],
  );
}
