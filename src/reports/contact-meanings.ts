import type { ContactCounts } from './summary.ts';

export type ContactState = Exclude<keyof ContactCounts, 'total'>;

/** What the states of contacts mean to people, in the order in which reports tell them. */
export const contactMeanings: readonly [ContactState, string][] = [
  ['finished', 'connected, called back, or closed by people'],
  ['exhausted', 'not reached: calls used up, or number refused'],
  ['suppressed', 'must not be called'],
  ['held', 'wait for a decision: `dialer contacts held`'],
  ['expired', 'the campaign ended before they were reached'],
  ['canceled', 'canceled before they were reached'],
  ['dialing', 'a call is under way'],
  ['pending', 'waiting to be called'],
];

/** Contacts of one state that came to it for one reason; null: nothing but the state itself says why. */
export interface ReasonCount {
  state: ContactState;
  reason: string | null;
  contacts: number;
}

/** Where the reason is only that of the last call, which the outcomes tell. */
const withoutReasons: ReadonlySet<ContactState> = new Set(['pending', 'dialing']);

/** The reasons of a state's contacts, the most frequent first; none where no reason says more than the state. */
export function reasonsOf(reasons: readonly ReasonCount[], state: ContactState): ReasonCount[] {
  if (withoutReasons.has(state)) return [];
  const ofState = reasons.filter((one) => one.state === state);
  if (ofState.every(({ reason }) => reason === null)) return [];
  return ofState.toSorted(
    (one, other) => other.contacts - one.contacts || reasonText(one).localeCompare(reasonText(other)),
  );
}

/** A reason in words, where they say more than its name. */
const words: Readonly<Record<string, string>> = {
  agent_faults: 'agents did not take the call',
  unknown: 'it is not known whether the call was made',
  unlisted_status: 'calls ended in a way that no document lists',
  scrub_unavailable: 'the register tells nothing of the number',
  do_not_disturb: 'on the do-not-disturb register',
  suppressed: 'on a suppression list',
  undone: 'the list was taken back',
  replaced: 'a later row took its place',
  rejected: 'Exotel refused the number',
};

export function reasonText({ state, reason }: Pick<ReasonCount, 'state' | 'reason'>): string {
  if (reason === null) return state === 'finished' ? 'connected' : 'without a reason of their own';
  return words[reason] ?? reason.replaceAll('_', ' ');
}
