import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { Outcome } from './outcomes.ts';

/** A campaign's rules for calling again. */
export type RetryRules = Pick<CampaignDefinition, 'retry' | 'onUnknown'>;

/** Where a contact goes after an attempt. */
export type NextStep =
  { state: 'finished' | 'exhausted' | 'suppressed' | 'held'; reason: string | null } | PendingStep;

/**
 * `due: 'as_before'` keeps its place in the line; without a `number` it keeps the one that was dialled. `notBefore`: it
 * is due no earlier, whatever `due` says.
 */
export interface PendingStep {
  state: 'pending';
  due: 'as_before' | { inMs: number };
  notBefore?: Date | null;
  reason: string | null;
  number?: string;
}

const minute = 60_000;

/** A fault after the customer's phone rang waits at least this long before it rings again. */
export const waitAfterRingMs = 15 * minute;

/** Faults in a row by different agents after which a contact is put back. */
export const faultsBeforePutBack = 3;

/** How long a contact is put back, time after time; then it is held. */
export const putBackMs: readonly number[] = [1 * minute, 5 * minute, 30 * minute];

/** The next step after an outcome that goes by the campaign's retry rules. */
export function stepAfterCustomerOutcome(
  outcome: Outcome,
  countedAttempts: number,
  rules: RetryRules,
): NextStep {
  if (countedAttempts >= rules.retry.maxAttempts) return { state: 'exhausted', reason: outcome };
  return { state: 'pending', due: { inMs: delayAfter(outcome, rules) }, reason: outcome };
}

/** The next step after an attempt of which nothing can be known any more. */
export function stepAfterUnknown(countedAttempts: number, rules: RetryRules): NextStep {
  if (rules.onUnknown === 'hold') return { state: 'held', reason: 'unknown' };
  if (countedAttempts >= rules.retry.maxAttempts) return { state: 'exhausted', reason: 'unknown' };
  return { state: 'pending', due: { inMs: rules.retry.delayMs.no_answer }, reason: 'unknown' };
}

/**
 * The next step after a fault of the agent's side.
 * @param faultsInARow agents' ids of this contact's unbroken row of faults, this one included, the newest last
 * @param customerRang whether the customer's phone rang before the fault
 */
export function stepAfterAgentFault(
  faultsInARow: readonly number[],
  customerRang: boolean,
): { step: NextStep; excuseLast: number } {
  const wait = customerRang ? waitAfterRingMs : 0;
  const row = rowsOfDifferentAgents(faultsInARow);
  if (row.completed === 0 || row.open > 0) {
    return {
      step: { state: 'pending', due: wait > 0 ? { inMs: wait } : 'as_before', reason: null },
      excuseLast: 0,
    };
  }
  const putBack = putBackMs[row.completed - 1];
  if (putBack === undefined)
    return { step: { state: 'held', reason: 'agent_faults' }, excuseLast: faultsBeforePutBack };
  return {
    step: { state: 'pending', due: { inMs: Math.max(putBack, wait) }, reason: 'agent_faults' },
    excuseLast: faultsBeforePutBack,
  };
}

/** The next step after a final status that our table does not list: free of charge, but not for ever. */
export function stepAfterUnlisted(unlistedInARow: number, rules: RetryRules): NextStep {
  if (unlistedInARow >= faultsBeforePutBack) return { state: 'held', reason: 'unlisted_status' };
  return { state: 'pending', due: { inMs: rules.retry.delayMs.no_answer }, reason: 'unlisted_status' };
}

/**
 * Until when the later attempts of a contact keep it from being called, by what they came to: what an older attempt turns
 * out to have come to does not bring it forward.
 */
export function waitOfLater(
  later: readonly { outcome: Outcome; settled_at: Date }[],
  rules: RetryRules,
): Date | null {
  const ends = later
    .filter(({ outcome }) => waits.has(outcome))
    .map(({ outcome, settled_at: settledAt }) => settledAt.getTime() + delayAfter(outcome, rules));
  return ends.length === 0 ? null : new Date(Math.max(...ends));
}

const waits: ReadonlySet<Outcome> = new Set(['no_answer', 'busy', 'unreachable', 'unknown']);

/** How many rows of three different agents a run of faults holds, and how many faults stand in the unfinished one. */
function rowsOfDifferentAgents(agents: readonly number[]): { completed: number; open: number } {
  let completed = 0;
  let open = new Set<number>();
  for (const agent of agents) {
    open.add(agent);
    if (open.size === faultsBeforePutBack) {
      completed += 1;
      open = new Set();
    }
  }
  return { completed, open: open.size };
}

function delayAfter(outcome: Outcome, { retry }: RetryRules): number {
  if (outcome === 'busy' || outcome === 'unreachable') return retry.delayMs[outcome];
  return retry.delayMs.no_answer;
}
