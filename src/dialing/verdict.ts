import type { CampaignMode } from '../campaigns/campaign-mode.ts';
import type { Refusal } from '../exotel/place-call.ts';
import type { Outcome, Verdict } from './outcomes.ts';

/** How a call ended, as far as one of its sources told: Exotel's final status and the two legs' statuses. */
export interface FinalStatus {
  mode: CampaignMode;
  status: string | null;
  /** of the leg that is dialled first; the customer's, where there is no agent */
  firstLegStatus: string | null;
  secondLegStatus: string | null;
  /** whether the source spoke of legs at all */
  legsTold: boolean;
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
  // v3 alone: nobody but the agent could give up while the customer's phone rang
  customer_canceled: verdict('agent_canceled', { agent: 'missed' }),
};

const customerBusy = verdict('busy', { counts: true, agent: 'answered', contact: 'retry' });

/** A status that nobody told us of burns no contact and says nothing of the agent. */
export const unlistedStatus = verdict('unreachable', {
  agent: 'answered',
  contact: 'retry_free',
  unlisted: true,
});

/** Words of v1 for a leg of which more is to come. */
const unfinished: ReadonlySet<string> = new Set(['queued', 'ringing', 'in-progress']);

/** Voice v1, two numbers: the agent's leg when it did not come to a call. */
const byAgentLeg: Record<string, Verdict> = {
  'no-answer': verdict('agent_no_answer', { agent: 'missed' }),
  busy: verdict('agent_busy', { agent: 'cool_busy' }),
  failed: verdict('agent_unreachable', { agent: 'cool_unavailable' }),
  canceled: verdict('agent_canceled', { agent: 'missed' }),
};

const neverDialled = 'never dialled';

/** Voice v1, two numbers: the customer's leg after the agent answered. */
const byCustomerLeg: Record<string, Verdict> = {
  completed: verdict('connected', { counts: true, agent: 'served', contact: 'finish' }),
  'no-answer': verdict('no_answer', { counts: true, agent: 'answered', contact: 'retry' }),
  busy: customerBusy,
  failed: verdict('unreachable', { counts: true, agent: 'answered', contact: 'retry' }),
  // the agent hung up while the customer's phone rang
  canceled: verdict('agent_canceled', { agent: 'missed' }),
  // The agent answered, and no phone of the customer's was dialled: the agent may have hung up first, or Exotel could not
  // dial. Nothing tells which, so it is charged to neither. The contact is called again after the time of no_answer, a few
  // times in a row and no more, since a number that can never be dialled would take agents for ever.
  [neverDialled]: unlistedStatus,
};

/** Voice v1, to a flow: there is the customer alone. */
const byFlowStatus: Record<string, Verdict> = {
  completed: verdict('connected', { counts: true, contact: 'finish' }),
  'no-answer': verdict('no_answer', { counts: true, contact: 'retry' }),
  busy: verdict('busy', { counts: true, contact: 'retry' }),
  failed: verdict('unreachable', { counts: true, contact: 'retry' }),
};

/**
 * What a call came to, from its final status and its legs. `look_needed`: this source did not tell that. v1's status of a
 * call between two numbers does not say whether the agent or the customer did not answer; its legs do. And of any other
 * call the status does, which may be filled in later than its end.
 */
export function verdictOfCall(final: FinalStatus): Verdict | 'look_needed' {
  switch (final.mode) {
    case 'agents':
      if (final.status === 'customer_unanswered' && final.secondLegStatus === 'busy') return customerBusy;
      return final.status === null ? 'look_needed' : (byStatus[final.status] ?? unlistedStatus);
    case 'connect':
      return verdictOfLegs(final);
    case 'flow':
      return final.status === null ? 'look_needed' : (byFlowStatus[final.status] ?? unlistedStatus);
  }
}

function verdictOfLegs({
  firstLegStatus: first,
  secondLegStatus: second,
  legsTold,
}: FinalStatus): Verdict | 'look_needed' {
  // a call that is over has rung somebody: without that, what was told of the legs is not their end yet
  if (!legsTold || first === null) return 'look_needed';
  if (unfinished.has(first) || unfinished.has(second ?? '')) return 'look_needed';
  if (first === 'completed') return byCustomerLeg[second ?? neverDialled] ?? unlistedStatus;
  return byAgentLeg[first] ?? unlistedStatus;
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
