import type { Queryable } from '../db/pool.ts';
import type { Outcome } from '../dialing/outcomes.ts';
import { madeWithin } from './period.ts';
import { ofSlice, ofSliceAndPeriod, periodParameters } from './slices.ts';
import type { Slice } from './slices.ts';

/** Calls of one kind, and how many of them connected. */
export interface CallCounts {
  /** those under way too */
  calls: number;
  /** what every rate is a share of */
  ended: number;
  connected: number;
}

/** The share of ended calls that connected, from 0 to 1; 0 where none has ended. */
export function connectRateOf({ ended, connected }: CallCounts): number {
  return ended === 0 ? 0 : connected / ended;
}

export interface TalkCounts extends CallCounts {
  /** of connected calls */
  talkSeconds: number;
}

export interface AgentCalls extends TalkCounts {
  /** user id, else contact */
  agent: string;
  name: string | null;
}

/** What came of the calls of a campaign, looked at from every side. */
export interface CallFigures {
  /** Of calls that have ended, the most frequent first. */
  outcomes: { outcome: Outcome; calls: number; unlisted: number }[];
  /** connected of ended calls, from 0 to 1; null where none has ended */
  connectRate: number | null;
  /** how many contacts were connected with their first call, with their second, … */
  callsToConnect: { calls: number; contacts: number }[];
  /** the median and the p90 are lengths of calls that there were: so many shares are no longer */
  talkSeconds: { total: number; median: number | null; p90: number | null };
  /** Those with the most connected calls first. */
  byAgent: AgentCalls[];
  byCallerId: (TalkCounts & { callerId: string })[];
  /** by the hour in which they were placed, on the clocks of the campaign's zone; 1 is Monday */
  byWeekday: (CallCounts & { weekday: number; hour: number })[];
  /** by the hour of the day, and by which call of its contact it was */
  byCallNumber: (CallCounts & { call: number; hour: number })[];
}

/** The calls of a slice, counted in every way that the figures need: attempts that reached Exotel, or may have. */
export interface CallTallies {
  groups: Group[];
  /** of connected calls; null where a length is not known */
  lengths: { seconds: number | null; calls: number }[];
}

export async function callTallies(
  queryable: Queryable,
  slice: Slice,
  timezone: string,
): Promise<CallTallies> {
  return {
    groups: await groupedCalls(queryable, slice, timezone),
    lengths: await talkLengths(queryable, slice),
  };
}

/** The figures of a campaign's calls, from the tallies of its slices. */
export async function callFigures(
  queryable: Queryable,
  tallies: readonly CallTallies[],
): Promise<CallFigures> {
  const groups = sumGroups(tallies.flatMap((one) => one.groups));
  const outcomes = groups
    .filter(isOutcome)
    .reduce<CallFigures['outcomes']>(addOutcome, [])
    .toSorted((one, other) => other.calls - one.calls || one.outcome.localeCompare(other.outcome));
  const ended = outcomes.reduce((sum, one) => sum + one.calls, 0);
  const connected = outcomes.find((one) => one.outcome === 'connected')?.calls ?? 0;
  return {
    outcomes,
    connectRate: ended === 0 ? null : connected / ended,
    callsToConnect: callsToConnect(groups),
    talkSeconds: talkSeconds(tallies.flatMap((one) => one.lengths)),
    byAgent: await byAgent(queryable, groups),
    byCallerId: groups
      .filter((group) => group.kind === 'caller')
      .map(({ caller_id: callerId, calls, ended: over, connected: reached, talk_seconds: talk }) => ({
        callerId: callerId ?? '',
        calls,
        ended: over,
        connected: reached,
        talkSeconds: talk,
      }))
      .toSorted((one, other) => other.calls - one.calls || one.callerId.localeCompare(other.callerId)),
    byWeekday: groups
      .filter((group) => group.kind === 'weekday')
      .map(({ weekday, hour, calls, ended: over, connected: reached }) => ({
        weekday: weekday ?? 0,
        hour: hour ?? 0,
        calls,
        ended: over,
        connected: reached,
      }))
      .toSorted((one, other) => one.weekday - other.weekday || one.hour - other.hour),
    byCallNumber: groups
      .filter((group) => group.kind === 'call')
      .map(({ call, hour, calls, ended: over, connected: reached }) => ({
        call: call ?? 0,
        hour: hour ?? 0,
        calls,
        ended: over,
        connected: reached,
      }))
      .toSorted((one, other) => one.call - other.call || one.hour - other.hour),
  };
}

/** Calls that have one thing in common; what they differ in is null. */
interface Group {
  kind: 'outcome' | 'agent' | 'caller' | 'weekday' | 'call';
  outcome: Outcome | null;
  unlisted: boolean | null;
  agent_id: number | null;
  caller_id: string | null;
  weekday: number | null;
  hour: number | null;
  call: number | null;
  calls: number;
  ended: number;
  connected: number;
  /** calls that were the first of their contact to connect */
  first_connected: number;
  talk_seconds: number;
}

/**
 * All groupings in one pass over the attempts, since a campaign may have millions. Which call of its contact a call was
 * is counted over all of them, also those outside the period.
 */
async function groupedCalls(queryable: Queryable, slice: Slice, timezone: string): Promise<Group[]> {
  const found = await queryable.query<Group>(
    `with numbered as (
       select outcome, unlisted, agent_id, caller_id, claimed_at, placed_at, talk_seconds,
         row_number() over calls as call,
         outcome = 'connected' and count(*) filter (where outcome = 'connected') over calls = 1 as first_connected
       from attempts t where ${ofSlice('t')} and ${called}
       window calls as (partition by contact_id order by attempt_number rows unbounded preceding)
     ), local as (
       select outcome, unlisted, agent_id, caller_id, call, first_connected,
         coalesce(placed_at, claimed_at) at time zone $7 as placed,
         case when outcome = 'connected' then talk_seconds end as talk_seconds
       from numbered where ${madeWithin('numbered', '$5', '$6')}
     ), hourly as (
       select *, extract(isodow from placed)::int as weekday, extract(hour from placed)::int as hour from local
     )
     select case grouping(outcome, agent_id, caller_id, weekday, call)
         when 15 then 'outcome' when 23 then 'agent' when 27 then 'caller' when 29 then 'weekday' else 'call' end as kind,
       outcome, unlisted, agent_id, caller_id, weekday, hour, call::int as call, count(*) as calls,
       count(*) filter (where outcome is not null) as ended,
       count(*) filter (where outcome = 'connected') as connected,
       count(*) filter (where first_connected) as first_connected, coalesce(sum(talk_seconds), 0) as talk_seconds
     from hourly
     group by grouping sets ((outcome, unlisted), (agent_id), (caller_id), (weekday, hour), (call, hour))`,
    [...periodParameters(slice), timezone],
  );
  return found.rows;
}

/** The groups of all slices: of those that have the same in common, the sum. */
function sumGroups(groups: readonly Group[]): Group[] {
  const sums = new Map<string, Group>();
  for (const group of groups) {
    const { kind, outcome, unlisted, agent_id, caller_id, weekday, hour, call } = group;
    const key = JSON.stringify([kind, outcome, unlisted, agent_id, caller_id, weekday, hour, call]);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...group });
    else {
      sum.calls += group.calls;
      sum.ended += group.ended;
      sum.connected += group.connected;
      sum.first_connected += group.first_connected;
      sum.talk_seconds += group.talk_seconds;
    }
  }
  return [...sums.values()];
}

/** Of calls: attempts that reached Exotel, or may have. */
const called = `(call_sid is not null or outcome = 'unknown')`;

/** A call under way has no outcome yet. */
function isOutcome(group: Group): group is Group & { outcome: Outcome } {
  return group.kind === 'outcome' && group.outcome !== null;
}

function addOutcome(
  outcomes: CallFigures['outcomes'],
  { outcome, unlisted, calls }: Group & { outcome: Outcome },
): CallFigures['outcomes'] {
  const known = outcomes.find((one) => one.outcome === outcome) ?? { outcome, calls: 0, unlisted: 0 };
  if (known.calls === 0) outcomes.push(known);
  known.calls += calls;
  if (unlisted === true) known.unlisted += calls;
  return outcomes;
}

function callsToConnect(groups: readonly Group[]): CallFigures['callsToConnect'] {
  const contacts = new Map<number, number>();
  for (const { kind, call, first_connected: first } of groups) {
    if (kind === 'call' && call !== null && first > 0) contacts.set(call, (contacts.get(call) ?? 0) + first);
  }
  return [...contacts]
    .map(([calls, count]) => ({ calls, contacts: count }))
    .toSorted((one, other) => one.calls - other.calls);
}

async function byAgent(queryable: Queryable, groups: readonly Group[]): Promise<AgentCalls[]> {
  const ofAgents = groups.filter((group) => group.kind === 'agent' && group.agent_id !== null);
  const found = await queryable.query<{ id: number; agent: string; name: string | null }>(
    'select id, coalesce(user_id, contact_uri) as agent, name from agents where id = any($1::bigint[])',
    [ofAgents.map((group) => group.agent_id)],
  );
  const agents = new Map(found.rows.map(({ id, ...agent }) => [id, agent]));
  return ofAgents
    .toSorted(
      (one, other) =>
        other.connected - one.connected ||
        other.calls - one.calls ||
        (one.agent_id ?? 0) - (other.agent_id ?? 0),
    )
    .map(({ agent_id: id, calls, ended, connected, talk_seconds: talk }) => {
      const { agent, name } = agents.get(id ?? 0) ?? { agent: String(id), name: null };
      return { agent, name, calls, ended, connected, talkSeconds: talk };
    });
}

async function talkLengths(queryable: Queryable, slice: Slice): Promise<CallTallies['lengths']> {
  const found = await queryable.query<CallTallies['lengths'][number]>(
    `select talk_seconds as seconds, count(*) as calls from attempts t
     where outcome = 'connected' and ${ofSliceAndPeriod('t')} group by talk_seconds`,
    periodParameters(slice),
  );
  return found.rows;
}

function talkSeconds(lengths: CallTallies['lengths']): CallFigures['talkSeconds'] {
  const known = lengths
    .flatMap(({ seconds, calls }) => (seconds === null ? [] : [{ seconds, calls }]))
    .toSorted((one, other) => one.seconds - other.seconds);
  const calls = known.reduce((sum, one) => sum + one.calls, 0);

  /** The shortest length that so many of the calls do not exceed. */
  function lengthOf(share: number): number | null {
    let counted = 0;
    for (const one of known) {
      counted += one.calls;
      if (counted >= share * calls) return one.seconds;
    }
    return null;
  }

  return {
    total: known.reduce((sum, one) => sum + one.seconds * one.calls, 0),
    median: lengthOf(0.5),
    p90: lengthOf(0.9),
  };
}
