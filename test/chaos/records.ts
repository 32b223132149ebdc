import type { Arrival } from '../../src/sandbox/requests.ts';
import type { Truth } from '../../src/sandbox/truth.ts';
import type { Stage } from './stage.ts';
import { takeoversSql } from './takeovers.ts';
import type { Takeover } from './takeovers.ts';

/** An attempt as the database has it in the end. */
export interface AttemptRecord {
  id: string;
  campaign: string;
  contact_id: number;
  attempt_number: number;
  number: string;
  /** null in a campaign without agents */
  agent: string | null;
  epoch: number;
  state: string;
  agent_held: boolean;
  outcome: string | null;
  call_sid: string | null;
  counts: boolean;
  /** the list of calls was searched for its call */
  searched: boolean;
  settled_by: string | null;
  error_code: string | null;
  claimed_at: Date;
  settled_at: Date | null;
  agent_free_at: Date;
  deadline_at: Date;
}

export interface ContactRecord {
  id: number;
  campaign: string;
  campaign_ended_at: Date | null;
  number: string;
  state: string;
  state_reason: string | null;
}

export interface RequestRecord {
  id: number;
  epoch: number;
  kind: string;
  attempt_id: string | null;
  created_at: Date;
  answered_at: Date | null;
  result: string | null;
}

/** An agent as the database has them in the end. */
export interface AgentRecord {
  /** as in attempts and at the provider */
  agent: string;
  disabled_code: string | null;
  disabled_at: Date | null;
  cooling_code: string | null;
  cooling_since: Date | null;
  cooling_until: Date | null;
  paused_by: string | null;
  paused_at: Date | null;
  paused_until: Date | null;
  wrap_up_until: Date | null;
  reserved_until: Date | null;
}

type TrueCall = Truth['calls'][number];
type TruePlacing = Truth['placings'][number];
type TrueCallback = Truth['callbacks'][number];

/** Both sides of a round when all is over: what the dialer's database says, and what the provider knows. */
export interface Records {
  attempts: AttemptRecord[];
  contacts: ContactRecord[];
  requests: RequestRecord[];
  agents: AgentRecord[];
  takeovers: Takeover[];
  truth: Truth;
  arrivals: readonly Arrival[];
  /** What the provider's log holds of an attempt. */
  placingsOf: (attemptId: string) => readonly TruePlacing[];
  callOf: (attemptId: string) => TrueCall | undefined;
  callbacksOf(attemptId: string): readonly TrueCallback[];
  attemptsOf(contactId: number): readonly AttemptRecord[];
}

export async function readRecords({ ask, sandbox }: Stage): Promise<Records> {
  const truth = sandbox.truth();
  const attempts = await ask<AttemptRecord & Record<string, unknown>>(
    `select t.id, k.name as campaign, t.contact_id, t.attempt_number, t.number, coalesce(g.user_id, g.contact_uri) as agent,
       t.epoch, t.state, t.agent_held, t.outcome, t.call_sid, t.counts, t.searches > 0 as searched, t.settled_by, t.error_code, t.claimed_at,
       t.settled_at, t.agent_free_at, t.deadline_at
     from attempts t join campaigns k on k.id = t.campaign_id left join agents g on g.id = t.agent_id
     order by t.claimed_at`,
  );
  const contacts = await ask<ContactRecord & Record<string, unknown>>(
    `select c.id, k.name as campaign, k.ended_at as campaign_ended_at, c.number, c.state, c.state_reason
     from contacts c join campaigns k on k.id = c.campaign_id order by c.id`,
  );
  const requests = await ask<RequestRecord & Record<string, unknown>>(
    'select id, epoch, kind, attempt_id, created_at, answered_at, result from requests order by id',
  );
  const agents = await ask<AgentRecord & Record<string, unknown>>(
    `select coalesce(user_id, contact_uri) as agent, disabled_code, disabled_at, cooling_code, cooling_since, cooling_until,
       paused_by, paused_at, paused_until, wrap_up_until, reserved_until from agents order by id`,
  );
  const takeovers = await ask<Takeover & Record<string, unknown>>(takeoversSql);
  const placings = groupedBy(truth.placings, ({ customField }) => customField ?? '');
  const callbacks = groupedBy(truth.callbacks, ({ customField }) => customField ?? '');
  const calls = new Map(truth.calls.map((call) => [call.customField ?? '', call]));
  const byContact = groupedBy(attempts, (attempt) => attempt.contact_id);
  return {
    attempts,
    contacts,
    requests,
    agents,
    takeovers,
    truth,
    arrivals: sandbox.requests(),
    placingsOf: (id) => placings.get(id) ?? [],
    callOf: (id) => calls.get(id),
    callbacksOf: (id) => callbacks.get(id) ?? [],
    attemptsOf: (id) => byContact.get(id) ?? [],
  };
}

export function groupedBy<Value, Key>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}
