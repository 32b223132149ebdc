import type { Queryable, Transaction } from '../db/pool.ts';
import type { CampaignMode } from '../campaigns/campaign-mode.ts';
import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import { storableJson } from '../db/storable-json.ts';
import type { Outcome } from './outcomes.ts';

/** An attempt with what deciding on it needs of its contact and campaign. */
export interface AttemptRow {
  id: string;
  account_id: number;
  campaign_id: number;
  mode: CampaignMode;
  contact_id: number;
  /** which of its contact's attempts it is */
  attempt_number: number;
  agent_id: number | null;
  state: 'placing' | 'placed' | 'unknown' | 'settled';
  agent_held: boolean;
  outcome: Outcome | null;
  call_sid: string | null;
  customer_answered_at: Date | null;
  customer_leg_status: string | null;
  number: string;
  /** all that its contact has, in the order in which they are tried */
  contact_numbers: string[];
  contact_state: string;
  contact_reason: string | null;
  /** its contact is held, and by the unknown of a later attempt */
  doubted: boolean;
  campaign_status: string;
  definition: CampaignDefinition;
  /** whether the campaign's end has come, whatever its status says */
  ended: boolean;
  now: Date;
}

/** What is learned of an attempt; an absent (null) fact never erases a stored one. */
export interface AttemptFacts {
  callSid: string | null;
  providerStatus: string | null;
  agentLegStatus: string | null;
  customerLegStatus: string | null;
  agentAnsweredAt: Date | null;
  customerAnsweredAt: Date | null;
  endedAt: Date | null;
  talkSeconds: number | null;
  recordingUrl: string | null;
  errorCode: string | null;
  errorText: string | null;
  details: unknown;
}

export const noFacts: AttemptFacts = {
  callSid: null,
  providerStatus: null,
  agentLegStatus: null,
  customerLegStatus: null,
  agentAnsweredAt: null,
  customerAnsweredAt: null,
  endedAt: null,
  talkSeconds: null,
  recordingUrl: null,
  errorCode: null,
  errorText: null,
  details: null,
};

/**
 * Locks an attempt's campaign, the attempt and its contact, in the order in which every transaction here locks them. What
 * the campaign's status says then stands until the contact was moved by it: whoever ends a campaign locks it before the
 * contacts that wait, so it either finds this one where it went, or is found here.
 * @param campaign `change`: it may be paused by this very transaction. Sharing it first, two of these would each wait for
 *   the other to let go.
 */
export async function lockAttempt(
  transaction: Transaction,
  id: string,
  campaign: 'share' | 'change' = 'share',
): Promise<AttemptRow | null> {
  await transaction.query(campaign === 'share' ? shareCampaign : changeCampaign, [id]);
  const found = await transaction.query<Omit<AttemptRow, 'doubted'>>(
    `select a.id, a.account_id, a.campaign_id, k.mode, a.contact_id, a.attempt_number, a.agent_id, a.state, a.agent_held,
       a.outcome,
       a.call_sid, a.customer_answered_at, a.customer_leg_status, a.number, c.numbers as contact_numbers,
       c.state as contact_state, c.state_reason as contact_reason,
       k.status as campaign_status, k.definition,
       coalesce(k.ends_at <= dialer_now(), false) or k.status in ('completed', 'canceled') as ended,
       dialer_now() as now
     from attempts a
     join contacts c on c.id = a.contact_id
     join campaigns k on k.id = a.campaign_id
     where a.id = $1
     for update of a, c`,
    [id],
  );
  const row = found.rows[0];
  return row === undefined ? null : { ...row, doubted: await isDoubted(transaction, row) };
}

const shareCampaign =
  'select 1 from campaigns where id = (select campaign_id from attempts where id = $1) for share';
const changeCampaign =
  'select 1 from campaigns where id = (select campaign_id from attempts where id = $1) for no key update';

async function isDoubted(
  transaction: Transaction,
  { state, contact_state: contactState, ...attempt }: Omit<AttemptRow, 'doubted'>,
): Promise<boolean> {
  if (state !== 'settled' || contactState !== 'held') return false;
  const found = await transaction.query(
    `select 1 from attempts where contact_id = $1 and attempt_number > $2 and outcome = 'unknown' limit 1`,
    [attempt.contact_id, attempt.attempt_number],
  );
  return found.rowCount === 1;
}

/** Stores facts beside those already known. Every source of facts goes through here. */
export async function noteFacts(queryable: Queryable, id: string, facts: AttemptFacts): Promise<void> {
  await queryable.query(
    `update attempts set
       call_sid = coalesce(call_sid, $2),
       provider_status = coalesce($3, provider_status),
       agent_leg_status = coalesce($4, agent_leg_status),
       customer_leg_status = coalesce($5, customer_leg_status),
       agent_answered_at = coalesce(agent_answered_at, $6),
       customer_answered_at = coalesce(customer_answered_at, $7),
       ended_at = coalesce(ended_at, $8),
       talk_seconds = coalesce($9, talk_seconds),
       recording_url = coalesce($10, recording_url),
       error_code = coalesce($11, error_code),
       error_text = coalesce($12, error_text),
       details = coalesce($13, details)
     where id = $1`,
    [
      id,
      facts.callSid,
      facts.providerStatus,
      facts.agentLegStatus,
      facts.customerLegStatus,
      facts.agentAnsweredAt,
      facts.customerAnsweredAt,
      facts.endedAt,
      facts.talkSeconds,
      facts.recordingUrl,
      facts.errorCode,
      facts.errorText,
      facts.details === null ? null : storableJson(facts.details),
    ],
  );
}

/** What a look told of a call that was still going on: nothing of it is news once the attempt has settled. */
export async function noteLegs(
  queryable: Queryable,
  id: string,
  legs: Pick<AttemptFacts, 'agentLegStatus' | 'customerLegStatus'>,
): Promise<void> {
  await queryable.query(
    `update attempts set agent_leg_status = coalesce($2, agent_leg_status),
       customer_leg_status = coalesce($3, customer_leg_status)
     where id = $1 and state <> 'settled'`,
    [id, legs.agentLegStatus, legs.customerLegStatus],
  );
}

/**
 * Gives an attempt the call that it turned out to be. A settled one stays as it is; where it closed as unknown, a look
 * can tell now.
 */
export async function markPlaced(
  queryable: Queryable,
  id: string,
  callSid: string,
  placedAt: Date,
  nextPollAt: Date,
): Promise<void> {
  await queryable.query(
    `update attempts set
       state = case when state = 'settled' then state else 'placed' end,
       call_sid = coalesce(call_sid, $2),
       placed_at = coalesce(placed_at, $3),
       next_poll_at = case when state = 'settled' then null else coalesce(next_poll_at, $4) end,
       next_closed_look_at = case when outcome = 'unknown' then dialer_now() else next_closed_look_at end
     where id = $1`,
    [id, callSid, placedAt, nextPollAt],
  );
}

/** The answer told nothing: it may be ringing. Only an attempt that is still being placed becomes unknown. */
export async function markUnknownIfPlacing(queryable: Queryable, id: string, why: string): Promise<void> {
  await queryable.query(
    `update attempts set state = 'unknown', error_text = coalesce(error_text, $2)
     where id = $1 and state = 'placing'`,
    [id, why],
  );
}

/** The call is over and its legs are to be looked at now, whatever its schedule says. */
export async function markOver(queryable: Queryable, id: string): Promise<void> {
  await queryable.query(
    `update attempts set over_at = coalesce(over_at, dialer_now()),
       next_poll_at = case when over_at is null then dialer_now() else next_poll_at end
     where id = $1 and state = 'placed'`,
    [id],
  );
}

/**
 * Has the call of an attempt looked at within `ms`, be it under way or closed as unknown. Of those that have no SID, and
 * of those that ended as something else, nothing is asked.
 */
export async function lookWithin(queryable: Queryable, id: string, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set
       next_poll_at = case when state = 'placed' then least(next_poll_at, dialer_now() + $2 * interval '1 ms')
         else next_poll_at end,
       next_closed_look_at = case
         when outcome = 'unknown' then least(next_closed_look_at, dialer_now() + $2 * interval '1 ms') end
     where id = $1 and call_sid is not null and (state = 'placed' or outcome = 'unknown')`,
    [id, ms],
  );
}

export interface Settlement {
  outcome: Outcome;
  counts: boolean;
  unlisted: boolean;
  by: 'answer' | 'callback' | 'poll' | 'deadline';
}

/**
 * Ends an attempt. Its agent is no longer held, its number and contact are free for their next step. One that closes as
 * unknown though its call is known is looked at again.
 */
export async function markSettled(queryable: Queryable, id: string, settlement: Settlement): Promise<void> {
  await queryable.query(
    `update attempts set state = 'settled', agent_held = false, next_poll_at = null,
       outcome = $2, counts = $3, unlisted = $4, settled_by = $5, settled_at = dialer_now(),
       next_closed_look_at = case when $2 = 'unknown' and call_sid is not null then dialer_now() + interval '1 min' end,
       ended_at = coalesce(ended_at, dialer_now())
     where id = $1`,
    [id, settlement.outcome, settlement.counts, settlement.unlisted, settlement.by],
  );
}

/**
 * Has a call that connected looked at once more, three minutes after its end, for what did not come with it: Exotel
 * makes recordings later, v1 within about two minutes of an end whose seconds it cuts off, and fills in the length of a
 * call as late.
 */
export async function expectLateFacts(queryable: Queryable, id: string, recording: boolean): Promise<void> {
  await queryable.query(
    `update attempts a set next_late_look_at = a.ended_at + interval '3 min'
     from campaigns k
     where a.id = $1 and k.id = a.campaign_id and a.call_sid is not null
       and (($2 and a.recording_url is null) or (k.mode = 'flow' and a.talk_seconds is null))`,
    [id, recording],
  );
}

/** The latest settled attempts of a contact that said anything of it, the newest first. */
export async function recentAttemptsOfContact(
  queryable: Queryable,
  contactId: number,
): Promise<{ id: string; outcome: Outcome; agent_id: number | null; unlisted: boolean }[]> {
  const found = await queryable.query<{
    id: string;
    outcome: Outcome;
    agent_id: number | null;
    unlisted: boolean;
  }>(
    `select id, outcome, agent_id, unlisted from attempts
     where contact_id = $1 and state = 'settled' and outcome not in ('throttled', 'unsent')
     order by attempt_number desc limit 60`,
    [contactId],
  );
  return found.rows;
}

/** What came of a contact's attempts after that one, as far as they have settled. */
export async function laterAttempts(
  queryable: Queryable,
  { contact_id: contactId, attempt_number: number }: Pick<AttemptRow, 'contact_id' | 'attempt_number'>,
): Promise<{ outcome: Outcome; settled_at: Date }[]> {
  const found = await queryable.query<{ outcome: Outcome; settled_at: Date }>(
    `select outcome, settled_at from attempts where contact_id = $1 and attempt_number > $2 and state = 'settled'`,
    [contactId, number],
  );
  return found.rows;
}

/** How many attempts of a contact count against its budget. */
export async function countedAttempts(queryable: Queryable, contactId: number): Promise<number> {
  const found = await queryable.query<{ counted: number }>(
    'select count(*) as counted from attempts where contact_id = $1 and counts',
    [contactId],
  );
  return found.rows[0]?.counted ?? 0;
}

/** Marks faults that said more of the contact than of the agents who had it. */
export async function excuseAttempts(queryable: Queryable, ids: readonly string[]): Promise<void> {
  await queryable.query('update attempts set excused = true where id = any($1::uuid[])', [ids]);
}

/** Wakes the account's owner; delivered when the transaction commits. A lost wake-up costs a sweep, not a stall. */
export async function wakeOwner(queryable: Queryable, accountId: number): Promise<void> {
  await queryable.query(`select pg_notify('dialer', $1::text)`, [accountId]);
}
