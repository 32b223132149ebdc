import type { Queryable } from '../db/pool.ts';
import type { Outcome } from '../dialing/outcomes.ts';
import { errorCodes } from '../exotel/error-codes.ts';

/** What the report for people adds to the report: who took the calls, and what was refused and why. */
export interface ReportDetails {
  /** Of calls that were placed, the most frequent first. */
  outcomes: { outcome: Outcome; calls: number; unlisted: number }[];
  refusals: Refusal[];
  /** Those with the most connected calls first. */
  agents: { agent: string; name: string | null; calls: number; connected: number; talk_seconds: number }[];
  agentsInAll: number;
}

/** Attempts that came to no call, by what they were answered. */
export interface Refusal {
  outcome: Outcome;
  /** Exotel's code, or `HTTP 402` where it gave none; null where nothing was answered */
  code: string | null;
  meaning: string;
  attempts: number;
}

/** @param agentsShown up to how many agents, those with the most connected calls */
export async function reportDetails(
  queryable: Queryable,
  name: string,
  agentsShown = 10,
): Promise<ReportDetails> {
  const { agents, agentsInAll } = await callsByAgent(queryable, name, agentsShown);
  return {
    outcomes: await outcomesOfCalls(queryable, name),
    refusals: await refusalsByCode(queryable, name),
    agents,
    agentsInAll,
  };
}

async function outcomesOfCalls(queryable: Queryable, name: string): Promise<ReportDetails['outcomes']> {
  const found = await queryable.query<ReportDetails['outcomes'][number]>(
    `select outcome, count(*) as calls, count(*) filter (where unlisted) as unlisted from attempts
     where campaign_id = (select id from campaigns where name = $1) and state = 'settled'
       and (call_sid is not null or outcome = 'unknown')
     group by outcome order by calls desc, outcome`,
    [name],
  );
  return found.rows;
}

async function refusalsByCode(queryable: Queryable, name: string): Promise<Refusal[]> {
  const found = await queryable.query<Omit<Refusal, 'meaning'> & { text: string | null }>(
    `select outcome, error_code as code, min(error_text) as text, count(*) as attempts from attempts
     where campaign_id = (select id from campaigns where name = $1) and state = 'settled'
       and call_sid is null and outcome <> 'unknown'
     group by outcome, error_code order by attempts desc, outcome, error_code`,
    [name],
  );
  return found.rows.map(({ text, ...refusal }) => ({ ...refusal, meaning: meaningOf(refusal, text) }));
}

function meaningOf({ outcome, code }: Omit<Refusal, 'meaning'>, text: string | null): string {
  if (outcome === 'throttled') return 'too many requests; tried again later';
  if (outcome === 'unsent') return 'Exotel could not be reached; tried again later';
  return errorCodes.get(Number(code))?.meaning ?? text ?? outcome.replaceAll('_', ' ');
}

async function callsByAgent(
  queryable: Queryable,
  name: string,
  agentsShown: number,
): Promise<Pick<ReportDetails, 'agents' | 'agentsInAll'>> {
  const found = await queryable.query<{ agents: ReportDetails['agents']; in_all: number }>(
    `with called as (
       select g.id, coalesce(g.user_id, g.contact_uri) as agent, g.name, count(*) as calls,
         count(*) filter (where t.outcome = 'connected') as connected,
         coalesce(sum(t.talk_seconds) filter (where t.outcome = 'connected'), 0) as talk_seconds
       from attempts t join agents g on g.id = t.agent_id
       where t.campaign_id = (select id from campaigns where name = $1)
         and (t.call_sid is not null or t.outcome = 'unknown')
       group by g.id
     ), most as (
       select * from called order by connected desc, calls desc, id limit $2
     )
     select (select count(*) from called) as in_all,
       coalesce((select json_agg(most order by connected desc, calls desc, id) from most), '[]') as agents`,
    [name, agentsShown],
  );
  const [row] = found.rows;
  return { agents: row?.agents ?? [], agentsInAll: row?.in_all ?? 0 };
}
