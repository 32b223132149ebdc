import type { Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { effectOf } from './disposition-codes.ts';
import type { DispositionCode } from './disposition-codes.ts';
import { numbersOfContact, numberToDial } from './number-to-dial.ts';

/** A contact whose row is held, with what a disposition of it depends on. */
export interface DisposableContact {
  id: number;
  account_id: number;
  campaign_id: number;
  state: string;
  number: string;
  numbers: string[];
  /** whether its campaign takes nothing back into its line */
  over: boolean;
}

/** A disposition that is stored and has not taken effect. */
export interface StoredDisposition {
  id: number;
  code: DispositionCode;
  number: string;
  call_at: Date | null;
}

/** What a disposition moves a contact to; `number`: the one to call next, in place of the one it was said of. */
export type DispositionStep =
  { to: 'finished' } | { to: 'pending'; at: Date | null; number: string | null } | { to: 'suppressed' };

/** The states out of which people may move a contact. What a rule took out of the line (suppressed, expired, canceled) stays out. */
const movable = new Set(['pending', 'held', 'finished', 'exhausted']);

/**
 * The one table of what dispositions do.
 * @param nextNumber of a contact whose number is not theirs: the next one that may be called
 * @returns null: nothing moves
 */
export function dispositionStep(
  contact: Pick<DisposableContact, 'state' | 'number' | 'over'>,
  disposition: Omit<StoredDisposition, 'id'>,
  nextNumber: string | null,
): DispositionStep | null {
  if (!movable.has(contact.state)) return null;
  switch (effectOf(disposition.code)) {
    case 'finish':
      return { to: 'finished' };
    case 'next_number':
      // it was said of a number that is not the next to be dialled: that one goes, and the contact stays where it is
      if (disposition.number !== contact.number) return null;
      return nextNumber === null || contact.over
        ? { to: 'finished' }
        : { to: 'pending', at: null, number: nextNumber };
    case 'call_at':
      return contact.over ? null : { to: 'pending', at: disposition.call_at, number: disposition.number };
    case 'suppress':
      // whoever was reached was reached; only who waits is taken out
      return contact.state === 'pending' || contact.state === 'held' ? { to: 'suppressed' } : null;
    case 'note':
      return null;
  }
}

export interface AppliedDisposition {
  /** the state that it gave the contact; null: it moved nothing */
  movedTo: DispositionStep['to'] | null;
  /** the number that is called in place of a wrong one */
  nextNumber: string | null;
}

/** Lets a disposition take effect on a contact whose row is held and that is not being dialled. */
export async function applyDisposition(
  transaction: Transaction,
  contact: DisposableContact,
  disposition: StoredDisposition,
): Promise<AppliedDisposition> {
  const wrong = effectOf(disposition.code) === 'next_number';
  const next = wrong ? await numberAfter(transaction, contact, disposition.number) : null;
  const step = dispositionStep(contact, disposition, next);
  if (wrong) await dropNumber(transaction, contact, disposition.number);
  const movedTo = step === null ? null : await move(transaction, contact, disposition.code, step);
  await transaction.query(
    'update dispositions set applied_at = dialer_now(), moved_to = $2 where id = $1 and applied_at is null',
    [disposition.id, movedTo],
  );
  if (movedTo !== null) await wakeOwner(transaction, contact.account_id);
  return { movedTo, nextNumber: movedTo === 'pending' ? next : null };
}

/** The number after the wrong one that may be dialled, around to the first. */
async function numberAfter(
  transaction: Transaction,
  contact: DisposableContact,
  wrong: string,
): Promise<string | null> {
  if (contact.numbers.length < 2) return null;
  const standing = numbersOfContact({ contact: 'c', accountId: '$2', campaignId: '$3', now: 'dialer_now()' });
  const found = await transaction.query<{ number: string }>(
    `select standing.number from contacts c cross join lateral ${standing} standing
     where c.id = $1 and standing.usable and standing.number <> $4
     order by standing.place < array_position(c.numbers, $4), standing.place limit 1`,
    [contact.id, contact.account_id, contact.campaign_id, wrong],
  );
  return found.rows[0]?.number ?? null;
}

/** However the numbers of a contact are gone through later, the wrong one is not among them any more. */
async function dropNumber(
  transaction: Transaction,
  contact: DisposableContact,
  wrong: string,
): Promise<void> {
  await transaction.query(
    `update contacts set numbers = array_remove(numbers, $2)
     where id = $1 and $2 = any(numbers) and cardinality(array_remove(numbers, $2)) > 0`,
    [contact.id, wrong],
  );
}

async function move(
  transaction: Transaction,
  contact: DisposableContact,
  code: DispositionCode,
  step: DispositionStep,
): Promise<DispositionStep['to']> {
  if (step.to !== 'pending') {
    const reason = step.to === 'suppressed' ? 'suppressed' : code;
    await transaction.query('update contacts set state = $2, state_reason = $3 where id = $1', [
      contact.id,
      step.to,
      reason,
    ]);
    return step.to;
  }
  const number = numberToDial({ contact: 'k', accountId: '$5', campaignId: '$6', now: 'dialer_now()' });
  const moved = await transaction.query<{ state: 'pending' | 'suppressed' }>(
    `update contacts c set number = coalesce(wanted.usable, c.number), due_at = coalesce($3, dialer_now()),
       call_at = coalesce($3, c.call_at),
       state = case when wanted.usable is null then 'suppressed' else 'pending' end,
       state_reason = case when wanted.usable is null then 'suppressed' else $4 end
     from (select ${number} as usable
           from (select id, numbers, coalesce($2, number) as number from contacts where id = $1) k) wanted
     where c.id = $1 returning c.state`,
    [contact.id, step.number, step.at, code, contact.account_id, contact.campaign_id],
  );
  return moved.rows[0]?.state ?? 'pending';
}

/** Whether a contact that waits does so because a person said so: what a machine tells later does not change that. */
export function waitsByDisposition(contact: {
  contact_state: string;
  contact_reason: string | null;
}): boolean {
  const { contact_state: state, contact_reason: reason } = contact;
  return state === 'pending' && (reason === 'call_at' || reason === 'wrong_number');
}

/**
 * Lets what people said of a contact during its call take effect, now that the call has settled; of several words the
 * last counts. The caller holds the contact's row.
 */
export async function applyWaitingDispositions(transaction: Transaction, contactId: number): Promise<void> {
  const waiting = await transaction.query<StoredDisposition & { actor: string }>(
    `select id, code, number, call_at, actor from dispositions
     where contact_id = $1 and applied_at is null order by id desc`,
    [contactId],
  );
  const [last, ...earlier] = waiting.rows;
  if (last === undefined) return;
  const contact = await lockDisposableContact(transaction, contactId);
  if (contact === null || contact.state === 'dialing') return;
  if (earlier.length > 0) {
    await transaction.query(
      'update dispositions set applied_at = dialer_now() where id = any($1::bigint[])',
      [earlier.map((one) => one.id)],
    );
  }
  const { movedTo } = await applyDisposition(transaction, contact, last);
  await recordTrail(transaction, {
    actor: last.actor,
    what: 'disposition_applied',
    campaignId: contact.campaign_id,
    contactId,
    previous: { state: contact.state },
    next: { disposition: last.id, code: last.code, movedTo },
  });
}

export async function lockDisposableContact(
  transaction: Transaction,
  contactId: number,
): Promise<DisposableContact | null> {
  const found = await transaction.query<DisposableContact>(
    `select c.id, k.account_id, c.campaign_id, c.state, c.number, c.numbers,
       k.status in ('completed', 'canceled') or coalesce(k.ends_at <= dialer_now(), false) as over
     from contacts c join campaigns k on k.id = c.campaign_id where c.id = $1 for update of c`,
    [contactId],
  );
  return found.rows[0] ?? null;
}
