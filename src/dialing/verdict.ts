import type { Refusal } from '../exotel/place-call.ts';
import type { Outcome, Verdict } from './outcomes.ts';

/** How a call ended, as far as any of its sources told: Exotel's final status and the two legs' statuses. */
export interface FinalStatus {
  status: string | null;
  customerLegStatus: string | null;
}

const verdict = (outcome: Outcome, rest: Partial<Verdict>): Verdict => ({
  outcome,
  counts: false,
  agent: 'untouched',
  contact: 'keep_place',
  wider: 'none',
  unlisted: false,
  ...rest,
});

/** Final statuses of a Voice v2 call; those of v3 are given in v2's words by the client. */
const byStatus: Record<string, Verdict> = {
  completed: verdict('connected', { counts: true, agent: 'served', contact: 'finish' }),
  customer_unanswered: verdict('no_answer', { counts: true, agent: 'answered', contact: 'retry' }),
  // whatever the customer's leg says: Exotel never dialled it
  customer_no_dial: verdict('unreachable', { counts: true, agent: 'answered', contact: 'retry' }),
  agent_unanswered: verdict('agent_no_answer', { agent: 'missed' }),
  agent_canceled: verdict('agent_canceled', { agent: 'missed' }),
  agent_no_dial: verdict('agent_unreachable', { agent: 'cool_unavailable' }),
};

const customerBusy = verdict('busy', { counts: true, agent: 'answered', contact: 'retry' });

/** A status that nobody told us of burns no contact and says nothing of the agent. */
const unlistedStatus = verdict('unreachable', { agent: 'answered', contact: 'retry_free', unlisted: true });

/** What a call came to, from its final status and its legs. */
export function verdictOfCall(final: FinalStatus): Verdict {
  if (final.status === 'customer_unanswered' && final.customerLegStatus === 'busy') return customerBusy;
  return byStatus[final.status ?? ''] ?? unlistedStatus;
}

const byDecision: Record<Refusal, Verdict> = {
  agent_busy: verdict('agent_busy', { agent: 'cool_busy' }),
  agent_unavailable: verdict('agent_unavailable', { agent: 'cool_unavailable' }),
  agent_disabled: verdict('agent_unavailable', { agent: 'disable' }),
  voip_not_allowed: verdict('agent_unavailable', { agent: 'disable', wider: 'voip_refused' }),
  do_not_disturb: verdict('do_not_disturb', { contact: 'suppress' }),
  rejected: verdict('rejected', { contact: 'exhaust', wider: 'rejected' }),
  pause_account: verdict('rejected', { wider: 'pause_account' }),
  pause_campaign: verdict('rejected', { wider: 'pause_campaign' }),
};

/** What an attempt came to that Exotel turned down, from the decision on its code. */
export function verdictOfRefusal(decision: Refusal): Verdict {
  return byDecision[decision];
}

/** 429: nothing happened to anybody. */
export const throttledVerdict = verdict('throttled', {});

/** Nothing left this process. */
export const unsentVerdict = verdict('unsent', {});

/** The deadline passed and nothing could be learned. */
export const unknownVerdict = verdict('unknown', { counts: true, agent: 'uncertain', contact: 'as_unknown' });
