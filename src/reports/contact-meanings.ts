import type { ContactCounts } from './summary.ts';

/** What the states of contacts mean to people, in the order in which reports tell them. */
export const contactMeanings: readonly [Exclude<keyof ContactCounts, 'total'>, string][] = [
  ['finished', 'reached, or called back'],
  ['exhausted', 'not reached: calls used up, or number refused'],
  ['suppressed', 'must not be called'],
  ['held', 'it is not known whether the call was made'],
  ['expired', 'the campaign ended before they were reached'],
  ['canceled', 'canceled before they were reached'],
  ['dialing', 'a call is under way'],
  ['pending', 'waiting to be called'],
];
