import type { Queryable, Transaction } from '../db/pool.ts';
import { usable } from '../dialing/claim-store.ts';

/** An agent whom an incoming call is put through to, and the campaign whose settings of calls hold for it. */
export interface ReservedAgent {
  agentId: number;
  /** in E.164 */
  phone: string;
  campaignId: number;
  call: CallSettings;
}

interface CallSettings {
  recording: boolean;
  recordingChannels: 'single' | 'dual';
  ringSeconds: number;
  maxSeconds: number;
}

/** Between our answer and the first ring, and between the last and Exotel's telling so. */
const marginSeconds = 15;

/** What was asked again within this time is the same question, sent twice; later it is the flow's next Connect applet. */
const sameQuestionSeconds = 5;

const columns = `g.id as "agentId", g.contact_uri as phone, k.id as "campaignId", k.definition->'call' as call`;

/**
 * Applets ring phones only: a SIP address in their list of numbers is dropped without a word, as clients found out.
 * Whoever calls is not rung themselves, and nobody is rung twice for one call.
 */
const canBeRung = `g.account_id = $1 and g.contact_uri ~ '^\\+[1-9][0-9]{5,14}$'
       and g.contact_uri is distinct from $2::text and ${usable('g', 'dialer_now()')}
       and not exists (select 1 from incoming_calls named
         where named.account_id = $1 and named.purpose = 'connect' and named.call_sid = $3::text
           and named.agent_id = g.id)`;

/**
 * The agent for a caller: whoever spoke with the number last, where free, else the one of the running campaigns who has
 * been idle longest. Reserved while the phone rings, so that no call of ours is placed with them. The caller holds the
 * account, so that no claim is under way.
 * @param number the caller's in E.164; null where it is withheld
 * @returns null when nobody is free
 */
export async function reserveAgent(
  transaction: Transaction,
  accountId: number,
  { number, callSid, rowId }: { number: string | null; callSid: string | null; rowId: number },
): Promise<ReservedAgent | null> {
  const named = await justNamed(transaction, accountId, callSid);
  if (named !== null) return named;
  const parameters = [accountId, number, callSid];
  const agent = (await lastWhoSpoke(transaction, parameters)) ?? (await longestIdle(transaction, parameters));
  if (agent === null) return null;
  await transaction.query(
    `update agents set idle_since = dialer_now(), reserved_for = $2,
       reserved_until = dialer_now() + $3 * interval '1 second'
     where id = $1`,
    [agent.agentId, callSid ?? `incoming ${rowId}`, agent.call.ringSeconds + marginSeconds],
  );
  return agent;
}

async function justNamed(
  transaction: Transaction,
  accountId: number,
  callSid: string | null,
): Promise<ReservedAgent | null> {
  const found = await transaction.query<ReservedAgent>(
    `select ${columns}
     from incoming_calls i join agents g on g.id = i.agent_id join campaigns k on k.id = i.campaign_id
     where i.account_id = $1 and i.purpose = 'connect' and i.call_sid = $2 and g.reserved_for = $2
       and i.received_at > dialer_now() - $3 * interval '1 second'
     order by i.id desc limit 1`,
    [accountId, callSid, sameQuestionSeconds],
  );
  return found.rows[0] ?? null;
}

async function lastWhoSpoke(
  transaction: Transaction,
  parameters: readonly unknown[],
): Promise<ReservedAgent | null> {
  const found = await transaction.query<ReservedAgent>(
    `select ${columns}
     from (select agent_id, campaign_id from attempts
           where account_id = $1 and number = $2 and outcome = 'connected' and agent_id is not null
           order by claimed_at desc limit 1) spoke
     join agents g on g.id = spoke.agent_id join campaigns k on k.id = spoke.campaign_id
     where ${canBeRung}`,
    parameters,
  );
  return found.rows[0] ?? null;
}

async function longestIdle(
  transaction: Transaction,
  parameters: readonly unknown[],
): Promise<ReservedAgent | null> {
  const found = await transaction.query<ReservedAgent>(
    `select ${columns}
     from agents g join campaign_agents ca on ca.agent_id = g.id join campaigns k on k.id = ca.campaign_id
     where k.status = 'running' and ${canBeRung}
     order by g.idle_since, g.id, k.id limit 1`,
    parameters,
  );
  return found.rows[0] ?? null;
}

/**
 * The agent is being called: Exotel tells so, hence it will tell when they are free again, and until then, or as long as
 * the call can be, they stay reserved.
 * @param phone the agent's in E.164; null where it was not told
 */
export async function holdAgent(
  queryable: Queryable,
  accountId: number,
  callSid: string,
  phone: string | null,
): Promise<boolean> {
  const held = await queryable.query(
    `update agents g set reserved_until = greatest(reserved_until, dialer_now() + longest.seconds * interval '1 second')
     from (select (k.definition->'call'->>'ringSeconds')::int
             + (k.definition->'call'->>'maxSeconds')::int + ${marginSeconds} as seconds
           from incoming_calls i join campaigns k on k.id = i.campaign_id
           where i.account_id = $1 and i.purpose = 'connect' and i.call_sid = $2
           order by i.id desc limit 1) longest
     where g.account_id = $1 and g.reserved_for = $2 and ($3::text is null or g.contact_uri = $3)`,
    [accountId, callSid, phone],
  );
  return held.rowCount !== 0;
}

/** The call of a reserved agent is over, or they were not reached: they go to the end of the line. */
export async function releaseAgent(
  queryable: Queryable,
  accountId: number,
  callSid: string,
  phone: string | null,
): Promise<boolean> {
  const released = await queryable.query(
    `update agents set reserved_until = null, reserved_for = null, idle_since = greatest(idle_since, dialer_now())
     where account_id = $1 and reserved_for = $2 and ($3::text is null or contact_uri = $3)`,
    [accountId, callSid, phone],
  );
  return released.rowCount !== 0;
}
