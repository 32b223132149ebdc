import type { AgentState } from '../../src/sandbox/scenario.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { deviceIs } from './disturb.ts';
import type { Finding } from './finding.ts';
import type { Disturbance } from './journal.ts';
import type { AgentRecord, Records } from './records.ts';

const minuteMs = 60_000;
/** No agent cools down or is paused by the dialer for longer. */
const longestOutMs = 10 * minuteMs;
/** The beginning and the end are read from the clock one after the other. */
const apartMs = 1000;
/** A reading of the devices that finds one off again prolongs by as much. */
const lastReadingMs = 75_000;
const missedBeforePause = 3;

/** How an agent's device stood at one time or another: the scenario, and what the run changed of it. */
export type DeviceStates = (agent: string) => ReadonlySet<AgentState>;

/** @param initial the agents' states before the first act */
export function deviceStates(
  { agents }: Sandbox,
  initial: ReadonlyMap<string, AgentState>,
  disturbances: readonly Disturbance[],
): DeviceStates {
  return (name) => {
    const agent = agents.find(({ id, device }) => id === name || device.contactUri === name);
    const states = new Set<AgentState>();
    const first = initial.get(agent?.id ?? '');
    if (first !== undefined) states.add(first);
    for (const state of changeable) {
      if (disturbances.some(({ what, whom }) => whom === agent?.id && what === deviceIs(state)))
        states.add(state);
    }
    return states;
  };
}

const changeable: readonly AgentState[] = ['off', 'busy', 'available', 'toggling', 'unverified', 'no_device'];

/** Agents who are out in the end without a reason that the provider gave, or without an end. */
export function wronglyOut(records: Records, statesOf: DeviceStates): Finding[] {
  return records.agents.flatMap((agent) =>
    [
      whyWronglyDisabled(agent, records, statesOf),
      whyWronglyCooling(agent, records, statesOf),
      whyWronglyPaused(agent, records),
      whyReserved(agent),
    ]
      .filter((why) => why !== null)
      .map((why) => ({ what: `${agent.agent} ${why}`, contactId: null })),
  );
}

function whyWronglyDisabled(
  { agent, disabled_at: at, disabled_code: code }: AgentRecord,
  records: Records,
  statesOf: DeviceStates,
): string | null {
  if (at === null) return null;
  const states = statesOf(agent);
  if (code === 'device') {
    return states.has('unverified') || states.has('no_device')
      ? null
      : `is disabled by a device that was ${[...states].join(', ')}`;
  }
  return wasRefused(agent, code, records) ? null : `is disabled by ${code}, which was never answered`;
}

function whyWronglyCooling(
  { agent, cooling_since: since, cooling_until: until, cooling_code: code }: AgentRecord,
  records: Records,
  statesOf: DeviceStates,
): string | null {
  if (since === null && until === null) return null;
  if (since === null || until === null) return 'cools down without a beginning or an end';
  if (until.getTime() - since.getTime() > longestOutMs + lastReadingMs)
    return `cools down from ${since.toISOString()} to ${until.toISOString()}`;
  return isCoolingTrue(agent, code ?? '', records, statesOf)
    ? null
    : `cools down by ${code}, of which the provider knows nothing`;
}

function isCoolingTrue(agent: string, code: string, records: Records, statesOf: DeviceStates): boolean {
  const states = statesOf(agent);
  switch (code) {
    case 'device_off':
      return states.has('off') || states.has('toggling');
    case 'device_busy':
      return states.has('busy') || records.attempts.some((attempt) => attempt.agent === agent);
    case 'agent_unreachable':
    case 'agent_busy':
      return records.attempts.some((attempt) => attempt.agent === agent && attempt.outcome === code);
    default:
      return wasRefused(agent, code, records);
  }
}

/** People pause nobody here: only who missed three calls in a row may be paused, by the dialer and for a time. */
function whyWronglyPaused(
  { agent, paused_at: at, paused_by: by, paused_until: until }: AgentRecord,
  { attempts, callOf }: Records,
): string | null {
  if (at === null) return null;
  if (by !== 'dialer') return `is paused by ${by}`;
  if (until === null || until.getTime() - at.getTime() > longestOutMs + apartMs)
    return 'is paused without an end';
  const missed = attempts.filter(
    (attempt) =>
      attempt.agent === agent &&
      attempt.outcome === 'agent_no_answer' &&
      callOf(attempt.id) !== undefined &&
      attempt.claimed_at <= at,
  );
  return missed.length >= missedBeforePause ? null : `is paused after ${missed.length} calls not answered`;
}

function whyReserved({ reserved_until: until }: AgentRecord): string | null {
  return until === null ? null : 'is reserved for somebody who called, and nobody did';
}

function wasRefused(agent: string, code: string | null, { truth }: Records): boolean {
  return truth.placings.some((placing) => placing.agent === agent && String(placing.code) === code);
}
