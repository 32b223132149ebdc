import type { Agent } from './agents.ts';
import { isDoNotDisturb, type AgentFault } from './call-plan.ts';
import type { Call, Placement } from './calls.ts';
import { toE164 } from './phone.ts';
import { randomFor, sumOf } from './random.ts';
import { refusal, type Refusal } from './refusals.ts';
import type { Arrival } from './requests.ts';
import { placingFaults, type PlacingFault, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** What became of a placing request whose body was sound; a fault disturbs only the answer to it. */
export type PlacingResult =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'not_placed'; readonly fault: PlacingFault }
  | { readonly kind: 'placed'; readonly call: Call; readonly fault: PlacingFault | null };

const placesTheCall: Readonly<Record<PlacingFault, boolean>> = {
  cut_before: false,
  cut_after: true,
  error_before: false,
  error_after: true,
  garbage: true,
  no_sid: true,
  slow: true,
  throttled: false,
};

/** Places a call, unless the account, the agent or the number stands against it or a fault comes first. */
export function place(world: World, placement: Placement, arrival: Arrival): PlacingResult {
  const refused = whyNot(world, placement);
  if (refused !== null) return { kind: 'refused', refusal: refused };
  const fault = drawFault(world, placement.customer);
  if (fault !== null && !placesTheCall[fault]) return { kind: 'not_placed', fault };
  const call = world.calls.place(placement, agentFaultOf(world, placement));
  arrival.sid = call.sid;
  const agent = placement.agentLeg?.agent;
  if (agent && placement.api === 'v2') agent.onCall = call.sid;
  return { kind: 'placed', call, fault };
}

function whyNot(world: World, { api, agentLeg, customer, virtualNumber }: Placement): Refusal | null {
  const { account, callerIds } = world.settings.current;
  switch (account.fault) {
    case 'payment_required':
    case 'kyc_missing':
    case 'unknown_caller_id':
    case 'voip_not_allowed':
      return refusal(account.fault);
    case 'none':
    case 'unauthorized':
    case 'unknown_account':
    case 'server_error':
      break;
  }
  const callerId = toE164(virtualNumber);
  if (callerId === null || !callerIds.includes(callerId)) return refusal('unknown_caller_id');
  const agentRefusal = api === 'v2' && agentLeg?.agent ? whyNotAgent(world, agentLeg.agent) : null;
  if (agentRefusal !== null) return agentRefusal;
  const onRegister = numberOnRegister(world.settings.current, { api, agentLeg, customer });
  return onRegister === null ? null : { ...refusal('do_not_disturb'), number: onRegister };
}

/** v1 dials the agent's phone like any other number, and first. */
function numberOnRegister(
  scenario: Scenario,
  { api, agentLeg, customer }: Pick<Placement, 'api' | 'agentLeg' | 'customer'>,
): string | null {
  const agent = api === 'v1' ? agentLeg?.contactUri : undefined;
  if (agent !== undefined && scenario.doNotDisturb.agents.includes(agent)) return agent;
  return isDoNotDisturb(scenario, customer) ? customer : null;
}

function whyNotAgent({ roster, settings }: World, agent: Agent): Refusal | null {
  const { account, variants } = settings.current;
  const presence = roster.presence(agent);
  if (presence === null) return { ...refusal('no_device'), code: variants.noDeviceCode };
  if (agent.device.type === 'sip' && !account.voip) return refusal('voip_not_allowed');
  if (!presence.verified) return refusal('device_unverified');
  if (!presence.available) {
    return refusal(variants.unavailableCode === 1012 ? 'device_unavailable' : 'device_turned_off');
  }
  if (presence.status === 'busy') return { ...refusal('device_busy'), status: variants.busyStatus };
  return null;
}

/**
 * v1 knows phones only: it neither asks whether an agent's device is on nor marks it busy, and learns by
 * dialling that somebody talks or that the phone is switched off.
 */
function agentFaultOf({ calls, roster }: World, { api, agentLeg }: Placement): AgentFault | null {
  if (api !== 'v1' || agentLeg === null) return null;
  const { agent, contactUri } = agentLeg;
  for (const { agentLeg: other } of calls.live()) {
    const same = other?.contactUri === contactUri || (agent !== null && other?.agent === agent);
    if (same) return 'agent_busy';
  }
  if (agent === null) return null;
  const presence = roster.presence(agent);
  if (presence === null) return 'agent_unreachable';
  if (presence.status === 'busy') return 'agent_busy';
  return presence.available || !presence.verified ? null : 'agent_no_answer';
}

/** Drawn anew for each request for a number, so that a repeated request meets a fate of its own. */
function drawFault({ settings, requests }: World, customer: string): PlacingFault | null {
  const ordinal = requests.nextFor(customer);
  const { answers, numbers, seed } = settings.current;
  const asked = numbers[customer]?.answer;
  if (asked !== undefined) return asked;
  const random = randomFor(seed, 'placing fault', customer, ordinal);
  const disturbed = random.chance(sumOf(placingFaults, answers.placing));
  return disturbed ? random.pick(placingFaults, answers.placing) : null;
}
