import type { Transaction } from '../db/pool.ts';
import type { AttemptRow } from './attempt-store.ts';
import { contactNumbers, isMovable } from './contact-steps.ts';
import type { Verdict } from './outcomes.ts';
import type { PendingStep, RetryRules } from './retry-policy.ts';

/** A number of a contact, in the order in which they are tried. */
export interface StandingNumber {
  number: string;
  /** neither suppressed nor turned down by Exotel before */
  usable: boolean;
}

/** Where a contact with several numbers goes when one of them cannot be reached. */
export type NumberStep =
  /** free: the attempt costs nothing of the contact's budget */
  | { kind: 'other_number'; step: PendingStep }
  /** as its rules say, and a retry begins with this number */
  | { kind: 'by_rules'; number: string | null };

/**
 * What a number that cannot be reached, or is none, means for its contact: the next one is tried at once; after the
 * last the contact goes by its rules and begins with the first. A last number that is none leaves those before it,
 * which wait as if they had been tried last.
 */
export function stepOverNumbers(
  numbers: readonly StandingNumber[],
  dialled: string,
  verdict: Pick<Verdict, 'outcome' | 'contact'>,
  rules: RetryRules,
): NumberStep {
  const at = numbers.findIndex(({ number }) => number === dialled);
  const further = numbers.slice(at + 1).find(({ usable }) => usable);
  const reason = verdict.outcome;
  if (further !== undefined) {
    return {
      kind: 'other_number',
      step: { state: 'pending', due: 'as_before', reason, number: further.number },
    };
  }
  const comesBack = verdict.contact === 'retry';
  const first = numbers.find(({ number, usable }) => usable && (comesBack || number !== dialled));
  if (comesBack || first === undefined) return { kind: 'by_rules', number: first?.number ?? null };
  const due = { inMs: rules.retry.delayMs.unreachable };
  return { kind: 'other_number', step: { state: 'pending', due, reason, number: first.number } };
}

/** The same for an attempt that is being settled; where its contact has one number, or stays, by the rules. */
export async function numberStep(
  transaction: Transaction,
  attempt: AttemptRow,
  verdict: Verdict,
): Promise<NumberStep> {
  const byRules: NumberStep = { kind: 'by_rules', number: null };
  if (attempt.contact_numbers.length < 2 || !saysOfNumber(verdict) || !isMovable(attempt, 'pending'))
    return byRules;
  const numbers = await contactNumbers(transaction, attempt);
  return stepOverNumbers(numbers, attempt.number, verdict, attempt.definition);
}

/** Whether the outcome is the number's: not the person's, who did not take the call, nor the account's. */
function saysOfNumber({ outcome, contact }: Verdict): boolean {
  switch (outcome) {
    case 'unreachable':
      return contact === 'retry';
    case 'rejected':
      return contact === 'exhaust';
    case 'do_not_disturb':
      return contact === 'suppress';
    case 'connected':
    case 'no_answer':
    case 'busy':
    case 'agent_no_answer':
    case 'agent_canceled':
    case 'agent_unreachable':
    case 'agent_busy':
    case 'agent_unavailable':
    case 'throttled':
    case 'unsent':
    case 'unknown':
      return false;
  }
}
