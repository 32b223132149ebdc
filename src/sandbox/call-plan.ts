import { randomFor, sumOf } from './random.ts';
import { callOutcomes, outcomeNames, type CallOutcome, type Scenario } from './scenario.ts';

/** What happens in the life of a call, in this order; most calls end before they have seen all of it. */
export type CallStep =
  'agent_answered' | 'customer_dialed' | 'customer_rang' | 'customer_answered' | 'ended' | 'settled';

/** The fate of one call, fixed at the moment it is placed. */
export interface CallPlan {
  readonly outcome: CallOutcome;
  readonly talkMs: number;
  /** Each step with the scenario ms since the step before it. */
  readonly steps: readonly { readonly step: CallStep; readonly afterMs: number }[];
}

export interface CallToPlan {
  readonly number: string;
  /** The how manieth call to this number this is, from 1. */
  readonly nth: number;
  /** How long either phone may ring. */
  readonly ringMs: number;
  /** How long the two may talk. */
  readonly maxTalkMs: number;
  /** False for a call that has a customer only (a number connected to a flow). */
  readonly withAgent: boolean;
  /** What the agent's phone does whatever was drawn or asked for; null leaves it to that. */
  readonly agentFault?: AgentFault | null;
}

/** Why an agent's phone is not answered, known before it rings. */
export type AgentFault = 'agent_busy' | 'agent_no_answer' | 'agent_unreachable';

const customerOutcomes: readonly CallOutcome[] = ['connected', 'no_answer', 'busy', 'unreachable'];

/**
 * Decides a call from the seed, the number and the ordinal alone. A phone that would be answered only
 * after the ring limit is not answered: the limit wins over the outcome that was drawn or asked for.
 */
export function planCall(scenario: Scenario, call: CallToPlan): CallPlan {
  const { durations, seed } = scenario;
  const random = (what: string) => randomFor(seed, what, call.number, call.nth);
  const steps: { step: CallStep; afterMs: number }[] = [];
  const then = (step: CallStep, afterMs: number): void => {
    steps.push({ step, afterMs });
  };
  const endWith = (outcome: CallOutcome, afterMs: number, talkMs = 0): CallPlan => {
    then('ended', afterMs);
    then('settled', durations.postProcessing);
    return { outcome, talkMs, steps };
  };

  const outcome = call.agentFault ?? wantedOutcome(scenario, call);
  const dialingMs = random('dialing').around(durations.dialing);

  if (call.withAgent) {
    const agentAnswersMs = random('agent').around(durations.agentAnswer);
    if (outcome === 'agent_unreachable' || outcome === 'agent_busy') return endWith(outcome, dialingMs);
    if (outcome === 'agent_no_answer' || agentAnswersMs >= call.ringMs)
      return endWith('agent_no_answer', call.ringMs);
    if (outcome === 'agent_canceled') return endWith(outcome, agentAnswersMs);
    then('agent_answered', agentAnswersMs);
    if (outcome === 'agent_left') return endWith(outcome, dialingMs);
  }

  then('customer_dialed', 0);
  if (outcome === 'unreachable' || outcome === 'busy') return endWith(outcome, dialingMs);
  then('customer_rang', dialingMs);
  const customerAnswersMs = random('customer').around(durations.customerAnswer);
  if (outcome === 'no_answer' || customerAnswersMs >= call.ringMs) return endWith('no_answer', call.ringMs);
  if (outcome === 'agent_hung_up') return endWith(outcome, customerAnswersMs);
  then('customer_answered', customerAnswersMs);
  const wishedTalkMs = scenario.numbers[call.number]?.talk ?? random('talk').around(durations.talk);
  const talkMs = Math.min(wishedTalkMs, call.maxTalkMs);
  return endWith('connected', talkMs, talkMs);
}

function wantedOutcome(scenario: Scenario, { number, nth, withAgent }: CallToPlan): CallOutcome {
  const asked = scenario.numbers[number];
  const possible = withAgent ? callOutcomes : customerOutcomes;
  const explicit = asked?.sequence?.[Math.min(nth, asked.sequence.length) - 1] ?? asked?.outcome;
  if (explicit !== undefined && explicit !== 'do_not_disturb' && possible.includes(explicit)) return explicit;
  return randomFor(scenario.seed, 'outcome', number, nth).pick(possible, scenario.outcomes) ?? 'connected';
}

/** Whether a number is on the do-not-disturb register; a number stays on it or off it for good. */
export function isDoNotDisturb(scenario: Scenario, number: string): boolean {
  const { numbers, pattern } = scenario.doNotDisturb;
  if (numbers.includes(number) || pattern?.test(number)) return true;
  const asked = scenario.numbers[number];
  if (asked?.outcome !== undefined || asked?.sequence !== undefined)
    return asked.outcome === 'do_not_disturb';
  const weight = (scenario.outcomes.do_not_disturb ?? 0) / sumOf(outcomeNames, scenario.outcomes);
  return randomFor(scenario.seed, 'do_not_disturb', number).chance(weight);
}
