import type { AttemptRecord } from './records.ts';

/** Faults in a row by as many different agents put a contact back. */
const agentsInARow = 3;
const minuteMs = 60_000;
/** How long a contact is put back, time after time; then it is held. */
const putBackMs = [1 * minuteMs, 5 * minuteMs, 30 * minuteMs] as const;
/** A fault after the customer's phone rang waits so long before it rings again. */
export const waitAfterRingMs = 15 * minuteMs;
export const rowsBeforeHeld = putBackMs.length + 1;

export function isAgentFault(outcome: string | null): boolean {
  return outcome?.startsWith('agent_') === true;
}

/** What an unbroken run of agents' faults at the end of these attempts comes to. */
export interface FaultRows {
  /** rows of faults by different agents, each complete */
  complete: number;
  /** whether the last fault completed one */
  lastCompletes: boolean;
}

/** By the attempts of one contact in order, up to the one in question; `throttled` and `unsent` say nothing of it. */
export function faultRows(attempts: readonly AttemptRecord[]): FaultRows {
  const telling = attempts.filter(({ outcome }) => outcome !== 'throttled' && outcome !== 'unsent');
  const run = telling.slice(telling.findLastIndex(({ outcome }) => !isAgentFault(outcome)) + 1);
  let complete = 0;
  let agents = new Set<string | null>();
  for (const { agent } of run) {
    agents.add(agent);
    if (agents.size < agentsInARow) continue;
    complete += 1;
    agents = new Set();
  }
  return { complete, lastCompletes: complete > 0 && agents.size === 0 };
}

/** How long a contact is put back after its faults; 0 where they do not put it back. */
export function putBackAfter(attempts: readonly AttemptRecord[]): number {
  const { complete, lastCompletes } = faultRows(attempts);
  return lastCompletes ? (putBackMs[complete - 1] ?? Infinity) : 0;
}
