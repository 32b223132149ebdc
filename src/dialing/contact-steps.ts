import type { Transaction } from '../db/pool.ts';
import type { AttemptRow } from './attempt-store.ts';
import type { NextStep } from './retry-policy.ts';

/**
 * Moves the contact of an attempt that just settled.
 *
 * A contact that is being dialled moves on. One that an earlier unknown left held is decided anew by the truth,
 * and one that waits to be called again is taken out of the line when it was reached after all. A campaign that
 * has ended takes nothing back into its line.
 */
export async function moveContact(
  transaction: Transaction,
  attempt: AttemptRow,
  step: NextStep,
): Promise<void> {
  const heldForThis = attempt.contact_state === 'held' && attempt.contact_reason === 'unknown';
  const lateTruth = attempt.state === 'settled';
  const movable =
    attempt.contact_state === 'dialing'
      ? !lateTruth
      : lateTruth && (heldForThis || (attempt.contact_state === 'pending' && step.state !== 'pending'));
  if (!movable) return;
  const final = step.state === 'pending' ? stateWhenPending(attempt) : step.state;
  const delay = step.state === 'pending' && step.due !== 'as_before' ? step.due.inMs : null;
  await transaction.query(
    `update contacts set state = $2, state_reason = $3,
       due_at = case when $4::float8 is null then due_at else dialer_now() + $4 * interval '1 ms' end
     where id = $1`,
    [attempt.contact_id, final, step.reason, final === 'pending' ? delay : null],
  );
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
    `update contacts set state = 'pending', state_reason = null
     where state = 'exhausted' and state_reason = 'rejected' and id in
       (select contact_id from attempts where campaign_id = $1 order by claimed_at desc limit $2)`,
    [campaignId, last],
  );
}
