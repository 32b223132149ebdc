import type { Pace } from './pace.ts';
import { toE164 } from './phone.ts';
import { randomFor } from './random.ts';
import type { AgentState, Scenario } from './scenario.ts';

export interface Agent {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly device: { readonly id: number; readonly contactUri: string; readonly type: 'tel' | 'sip' };
  state: AgentState;
  /** Scenario ms at which `state` began; a rhythm (toggling, own calls) counts from there. */
  since: number;
  /** SID of the call that occupies the agent. */
  onCall: string | null;
}

/** What Exotel shows of a device at one moment; `null` stands for an agent without one. */
export interface DevicePresence {
  available: boolean;
  verified: boolean;
  status: 'free' | 'busy';
}

/** The account's agents. */
export interface Roster {
  readonly all: readonly Agent[];
  byId(id: string): Agent | undefined;
  byContactUri(contactUri: string): Agent | undefined;
  presence(agent: Agent): DevicePresence | null;
  setState(agent: Agent, state: AgentState): void;
}

/** Creates the roster of a scenario: `agent-001` has +919000000001, `agent-002` +919000000002 and so on. */
export function createRoster({ scenario, pace }: { scenario: Scenario; pace: Pace }): Roster {
  const { toggle, ownCalls } = scenario.agents;
  const all = (scenario.agents.list ?? countedAgents(scenario)).map((given, index) =>
    newAgent(given, index + 1, rhythmOffset(scenario, given)),
  );
  const byId = new Map(all.map((agent) => [agent.id, agent]));
  const byContactUri = new Map(all.map((agent) => [sameContact(agent.device.contactUri), agent]));

  return {
    all,
    byId: (id) => byId.get(id),
    byContactUri: (contactUri) => byContactUri.get(sameContact(contactUri)),
    presence(agent) {
      if (agent.state === 'no_device') return null;
      const inState = pace.elapsed() - agent.since;
      const switchedOff = agent.state === 'toggling' && inFirstPart(inState, toggle.off, toggle.on);
      const onOwnCall = agent.state === 'busy' && inFirstPart(inState, ownCalls.busy, ownCalls.free);
      return {
        available: agent.state !== 'off' && agent.state !== 'unverified' && !switchedOff,
        verified: agent.state !== 'unverified',
        status: agent.onCall !== null || onOwnCall ? 'busy' : 'free',
      };
    },
    setState(agent, state) {
      agent.state = state;
      agent.since = pace.elapsed();
    },
  };
}

interface GivenAgent {
  userId: string;
  name: string;
  contactUri: string;
  state: AgentState;
}

/** The special agents are the last ones, so that `agent-001` is a free one in every default roster. */
function countedAgents({ agents }: Scenario): GivenAgent[] {
  const special: AgentState[] = [
    ...repeated('toggling', agents.toggling),
    ...repeated('busy', agents.busy),
    ...repeated('unverified', agents.unverified),
    ...repeated('no_device', agents.noDevice),
    ...repeated('off', agents.off),
  ];
  const states = [...repeated('available', agents.count - special.length), ...special];
  return states.map((state, index) => {
    const number = String(index + 1).padStart(3, '0');
    const contactUri = `+9190000${String(index + 1).padStart(5, '0')}`;
    return { userId: `agent-${number}`, name: `Agent ${number}`, contactUri, state };
  });
}

function repeated(state: AgentState, times: number): AgentState[] {
  return Array.from({ length: times }, () => state);
}

function newAgent(given: GivenAgent, ordinal: number, offset: number): Agent {
  const [firstName = given.name, ...rest] = given.name.split(' ');
  return {
    id: given.userId,
    firstName,
    lastName: rest.join(' '),
    email: `${given.userId}@sandbox.example`,
    device: {
      id: 100_000 + ordinal,
      contactUri: given.contactUri,
      type: given.contactUri.startsWith('sip:') ? 'sip' : 'tel',
    },
    state: given.state,
    since: -offset,
    onCall: null,
  };
}

/** Agents with a rhythm start at different points of it; only a state set at run time starts at its beginning. */
function rhythmOffset(scenario: Scenario, { userId, state }: GivenAgent): number {
  const { toggle, ownCalls } = scenario.agents;
  const period = state === 'busy' ? ownCalls.busy + ownCalls.free : toggle.on + toggle.off;
  return randomFor(scenario.seed, 'agent', userId).next() * period;
}

function inFirstPart(moment: number, first: number, second: number): boolean {
  return second === 0 || moment % (first + second) < first;
}

function sameContact(contactUri: string): string {
  return toE164(contactUri) ?? contactUri.toLowerCase();
}
