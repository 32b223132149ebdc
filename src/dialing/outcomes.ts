/** What an attempt came to. The closed set of the design; the same words in SQL, the reports and the console. */
export const outcomes = [
  'connected',
  'no_answer',
  'busy',
  'unreachable',
  'do_not_disturb',
  'rejected',
  'agent_no_answer',
  'agent_canceled',
  'agent_unreachable',
  'agent_busy',
  'agent_unavailable',
  'throttled',
  'unsent',
  'unknown',
] as const;

export type Outcome = (typeof outcomes)[number];

/** What an outcome does to the agent who was chosen. */
export type AgentEffect =
  /** nothing happened to them; they keep their place in the line */
  | 'untouched'
  /** they spoke with the customer: wrap-up, then the end of the line */
  | 'served'
  /** they answered and the customer did not: the end of the line */
  | 'answered'
  /** they did not take the call: the end of the line, and out of it for a time when it goes on */
  | 'missed'
  /** their device is on another call: out for seconds, doubling */
  | 'cool_busy'
  /** their device is off: out for a minute, doubling */
  | 'cool_unavailable'
  /** they cannot be called until someone mends it */
  | 'disable'
  /** we cannot know whether they are on the call: out until twice the ring time has passed */
  | 'uncertain';

/** What an outcome does to the contact. */
export type ContactEffect =
  | 'finish'
  /** by the campaign's retry rules and its budget */
  | 'retry'
  /** pending again, where it stood in the line; nothing was its fault */
  | 'keep_place'
  /** tried again after the delay of no_answer without cost to the budget; held after several in a row */
  | 'retry_free'
  /** no number of this contact can be called */
  | 'exhaust'
  | 'suppress'
  /** by the campaign's `onUnknown` */
  | 'as_unknown';

/** What else an outcome stops. */
export type WiderEffect = 'none' | 'pause_account' | 'pause_campaign' | 'voip_refused' | 'rejected';

export interface Verdict {
  outcome: Outcome;
  /** against the contact's budget */
  counts: boolean;
  agent: AgentEffect;
  contact: ContactEffect;
  wider: WiderEffect;
  /** the status or code is not in our table */
  unlisted: boolean;
}

/** An agent's fault never costs the contact its budget. */
export function isAgentFault(outcome: Outcome): boolean {
  return outcome.startsWith('agent_');
}
