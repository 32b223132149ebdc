import type { Arrival } from '../../src/sandbox/requests.ts';
import type { Truth } from '../../src/sandbox/truth.ts';
import { groupedBy } from './records.ts';
import type { AgentRecord, AttemptRecord, ContactRecord, Records, RequestRecord } from './records.ts';
import type { Takeover } from './takeovers.ts';

type TrueCall = Truth['calls'][number];
type TruePlacing = Truth['placings'][number];

const began = Date.parse('2026-11-21T10:00:00Z');

/** A moment of a made-up round, in seconds after its beginning. */
export const at = (seconds: number): Date => new Date(began + 1000 * seconds);

/** A settled attempt that ended well. */
export function attempt(id: string, changes: Partial<AttemptRecord> = {}): AttemptRecord {
  const claimedAt = changes.claimed_at ?? at(1);
  const after = (seconds: number): Date => new Date(claimedAt.getTime() + 1000 * seconds);
  return {
    id,
    campaign: 'renewals',
    contact_id: 1,
    attempt_number: 1,
    number: '+919810000001',
    agent: 'agent-001',
    epoch: 1,
    state: 'settled',
    agent_held: false,
    outcome: 'connected',
    call_sid: `call of ${id}`,
    counts: true,
    searched: false,
    settled_by: 'callback',
    error_code: null,
    claimed_at: claimedAt,
    settled_at: after(5),
    agent_free_at: after(20),
    deadline_at: after(170),
    ...changes,
  };
}

export function contact(changes: Partial<ContactRecord> = {}): ContactRecord {
  return {
    id: 1,
    campaign: 'renewals',
    campaign_ended_at: null,
    number: '+919810000001',
    state: 'finished',
    state_reason: null,
    ...changes,
  };
}

export function agent(changes: Partial<AgentRecord> = {}): AgentRecord {
  return {
    agent: 'agent-001',
    disabled_code: null,
    disabled_at: null,
    cooling_code: null,
    cooling_since: null,
    cooling_until: null,
    paused_by: null,
    paused_at: null,
    paused_until: null,
    wrap_up_until: null,
    reserved_until: null,
    ...changes,
  };
}

export function request(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: 1,
    epoch: 1,
    kind: 'place',
    attempt_id: null,
    created_at: at(1),
    answered_at: at(1.1),
    result: 'ok',
    ...changes,
  };
}

export function arrival(seconds: number, changes: Partial<Arrival> = {}): Arrival {
  return {
    at: at(seconds),
    monotonicMs: 1000 * seconds,
    method: 'POST',
    path: '/calls',
    kind: 'place',
    admitted: true,
    placing: null,
    sid: null,
    fault: null,
    status: 200,
    code: null,
    retryAfterMs: null,
    answeredAt: at(seconds + 0.05),
    ...changes,
  };
}

export function placing(customField: string, changes: Partial<TruePlacing> = {}): TruePlacing {
  return {
    at: at(1.02).toISOString(),
    monotonicMs: 1020,
    agent: 'agent-001',
    customer: '+919810000001',
    customField,
    admitted: true,
    status: 200,
    code: null,
    fault: null,
    sid: `call of ${customField}`,
    answeredAt: at(1.05).toISOString(),
    ...changes,
  };
}

export function call(customField: string, changes: Partial<TrueCall> = {}): TrueCall {
  return {
    sid: `call of ${customField}`,
    api: 'v1',
    mode: 'connect',
    nth: 1,
    customField,
    agent: 'agent-001',
    from: '+919000000001',
    to: '+919810000001',
    callerId: '+918045680000',
    state: 'terminal',
    status: 'completed',
    agentStatus: 'completed',
    customerStatus: 'completed',
    outcome: 'connected',
    placedAt: at(1.02).toISOString(),
    agentAnsweredAt: null,
    customerDialedAt: null,
    customerRangAt: null,
    customerAnsweredAt: null,
    endedAt: at(4).toISOString(),
    settledAt: at(4.2).toISOString(),
    talkSeconds: 2,
    totalSeconds: 3,
    recordingUrl: null,
    digits: null,
    ...changes,
  };
}

interface Made {
  attempts?: AttemptRecord[];
  contacts?: ContactRecord[];
  requests?: RequestRecord[];
  agents?: AgentRecord[];
  takeovers?: number[];
  arrivals?: Arrival[];
  calls?: TrueCall[];
  placings?: TruePlacing[];
}

/** Both sides of a round that never was; the first owner takes the account at its beginning. */
export function recordsOf(made: Made): Records {
  const { attempts = [], calls = [] } = made;
  // what is called was asked for
  const placings = made.placings ?? attempts.map(({ id }) => placing(id));
  const takeovers = (made.takeovers ?? [0]).map((seconds, index): Takeover => {
    return { epoch: index + 1, at: at(seconds), dialer_at: at(seconds) };
  });
  const byContact = groupedBy(attempts, (one) => one.contact_id);
  return {
    attempts,
    contacts: made.contacts ?? [],
    requests: made.requests ?? [],
    agents: made.agents ?? [],
    takeovers,
    arrivals: made.arrivals ?? [],
    truth: {
      startedAt: at(0).toISOString(),
      seed: 1,
      speed: 1,
      calls,
      placings,
      callbacks: [],
      requests: {
        total: 0,
        admitted: 0,
        throttled: 0,
        mostArrivalsInWindow: 0,
        mostAdmittedInWindow: 0,
        windowMs: 6000,
        byKind: {},
        byStatus: {},
      },
    },
    placingsOf: (id) => placings.filter(({ customField }) => customField === id),
    callOf: (id) => calls.find(({ customField }) => customField === id),
    callbacksOf: () => [],
    attemptsOf: (id) => byContact.get(id) ?? [],
  };
}
