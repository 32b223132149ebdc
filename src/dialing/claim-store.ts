import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { CampaignMode } from '../campaigns/campaign-mode.ts';
import { mayBeClaimed } from '../contacts/scrub-rule.ts';
import type { ScrubSettings } from '../contacts/scrub-settings.ts';
import { isSuppressed } from '../contacts/suppression-rule.ts';
import { shareAccount } from '../campaigns/pausing.ts';
import type { Queryable, Transaction } from '../db/pool.ts';

/** Holds the lease and the account still until the claim commits. Null when the epoch is not ours any more. */
export async function lockRules(
  transaction: Transaction,
  accountId: number,
  owner: string,
  epoch: number,
): Promise<AccountRules | null> {
  if (!(await shareAccount(transaction, accountId))) return null;
  const lease = await transaction.query(
    'select 1 from leases where account_id = $1 and owner = $2 and epoch = $3 for share',
    [accountId, owner, epoch],
  );
  return lease.rowCount === 0 ? null : await readAccountRules(transaction, accountId);
}

export interface AccountRules {
  now: Date;
  paused: boolean;
  breaker_until: Date | null;
  calls_per_minute: number | null;
  max_concurrent_legs: number | null;
  /** requests to place that have no answer yet */
  placing: number;
  /** requests to place that have waited long for their answer */
  slow: number;
  /** legs that calls under way may take */
  live_legs: number;
}

/** How many legs a call of a campaign's mode may take (see campaign-mode.ts), in SQL. */
function legsOf(campaign: string): string {
  return `case ${campaign}.mode when 'flow' then 1 else 2 end`;
}

/** The SQL that counts the legs which an account's calls under way may take. */
export function liveLegs(account: string): string {
  return `(select coalesce(sum(${legsOf('k')}), 0)::int from attempts live join campaigns k on k.id = live.campaign_id
    where live.account_id = ${account}.id and live.state <> 'settled')`;
}

/** The SQL that counts an account's requests to place which have waited for their answer for over three seconds. */
export function slowPlacings(account: string): string {
  return `(select count(*) from attempts slow where slow.account_id = ${account}.id and slow.state = 'placing'
    and slow.claimed_at < dialer_now() - interval '3 s')`;
}

/** The account's own limits and what stands against them, by a snapshot taken after the locks. */
export async function readAccountRules(
  queryable: Queryable,
  accountId: number,
): Promise<AccountRules | null> {
  const found = await queryable.query<AccountRules>(
    `select dialer_now() as now, paused_at is not null as paused, breaker_until, calls_per_minute, max_concurrent_legs,
       (select count(*) from requests r where r.account_id = a.id and r.kind = 'place' and r.answered_at is null) as placing,
       ${liveLegs('a')} as live_legs,
       ${slowPlacings('a')} as slow
     from accounts a where a.id = $1`,
    [accountId],
  );
  return found.rows[0] ?? null;
}

/** How many calls may count at the provider as placed within the last window. */
export async function callsInWindow(
  queryable: Queryable,
  accountId: number,
  windowMs: number,
): Promise<number> {
  const found = await queryable.query<{ calls: number }>(
    `select count(*) as calls from requests
     where account_id = $1 and kind = 'place' and created_at > clock_timestamp() - interval '15 min'
       and (answered_at is null or answered_at > clock_timestamp() - $2 * interval '1 ms')
       and coalesce(result, '') not in ('unsent', 'throttled', 'refused')`,
    [accountId, windowMs],
  );
  return found.rows[0]?.calls ?? 0;
}

export interface RunningCampaign {
  id: number;
  name: string;
  mode: CampaignMode;
  definition: CampaignDefinition;
  /** the zones of its contacts; '' is its own */
  zones: string[];
}

/** The SQL that lists the zones of a campaign's contacts, its own among them. */
function zonesOf(campaignId: string): string {
  return `(select array_agg(distinct zone) from (select '' as zone
     union all select unnest(i.timezones) from imports i where i.campaign_id = ${campaignId}) known)`;
}

/** Campaigns that are running, the one that waited longest since its last call first. */
export async function runningCampaigns(queryable: Queryable, accountId: number): Promise<RunningCampaign[]> {
  const found = await queryable.query<RunningCampaign>(
    `select k.id, k.name, k.mode, k.definition, ${zonesOf('k.id')} as zones from campaigns k
     where k.account_id = $1 and k.status = 'running' and (k.ends_at is null or k.ends_at > dialer_now())
     order by (select max(claimed_at) from attempts t where t.campaign_id = k.id) nulls first, k.id`,
    [accountId],
  );
  return found.rows;
}

export interface FreeAgent {
  id: number;
  user_id: string | null;
  contact_uri: string | null;
}

/** Agents of a campaign who can take a call, the longest idle first. The unique index on held agents is the guard. */
export async function freeAgent(
  transaction: Transaction,
  campaignId: number,
  now: Date,
): Promise<FreeAgent | null> {
  const found = await transaction.query<FreeAgent>(
    `select g.id, g.user_id, g.contact_uri
     from campaign_agents ca join agents g on g.id = ca.agent_id
     where ca.campaign_id = $1 and ${usable('g', '$2')}
     order by g.idle_since, g.id
     limit 1 for update of g skip locked`,
    [campaignId, now],
  );
  return found.rows[0] ?? null;
}

/** The condition under which an agent can take a call at an instant. */
export function usable(agent: string, now: string): string {
  return `${agent}.disabled_at is null
    and (${agent}.paused_at is null or ${agent}.paused_until <= ${now})
    and coalesce(${agent}.cooling_until <= ${now}, true)
    and coalesce(${agent}.wrap_up_until <= ${now}, true)
    and coalesce(${agent}.reserved_until <= ${now}, true)
    and not exists (select 1 from attempts held where held.agent_id = ${agent}.id and held.agent_held)`;
}

export interface DueContact {
  id: number;
  number: string;
  attempts: number;
}

/**
 * The best contact of a campaign that may be called now: by priority, then by how long it has been due.
 *
 * One probe a priority level and zone: contacts that are not due yet, and those of a zone that is closed, then never
 * stand in the way, on any version of Postgres (measured: 20 ms a claim with 900 000 deferred contacts in one plain
 * query on 17, 0.36 ms this way). Here is the place for every rule about a contact or its number.
 * @param zones those in which contacts may be called now; '' is the campaign's own
 */
export async function dueContact(
  transaction: Transaction,
  accountId: number,
  campaignId: number,
  now: Date,
  zones: readonly string[],
  scrub: ScrubSettings | null,
): Promise<DueContact | null> {
  const line = `front.campaign_id = $2 and front.state = 'pending' and front.priority = $3
    and coalesce(front.timezone, '') = $5 and front.due_at <= $4`;
  const cleared = scrub === null ? 'true' : mayBeClaimed({ contact: 'c', now: '$4', line, scrub });
  for (const priority of await priorities(transaction, campaignId)) {
    let best: (DueContact & { due: number }) | null = null;
    for (const zone of zones) {
      const found = await transaction.query<DueContact & { due: number }>(
        `select c.id, c.number, extract(epoch from c.due_at)::float8 as due,
           (select coalesce(max(attempt_number), 0) from attempts t where t.contact_id = c.id) as attempts
         from contacts c
         where c.campaign_id = $2 and c.state = 'pending' and c.priority = $3 and coalesce(c.timezone, '') = $5
           and c.due_at <= $4
           and not exists (select 1 from attempts t
             where t.account_id = $1 and t.number = c.number and t.state <> 'settled')
           and not ${isSuppressed({ accountId: '$1', campaignId: '$2', number: 'c.number', now: '$4' })}
           and ${cleared}
         order by c.due_at, c.id
         limit 1 for update of c skip locked`,
        [accountId, campaignId, priority, now, zone],
      );
      const contact = found.rows[0];
      if (contact !== undefined && (best === null || comesBefore(contact, best))) best = contact;
    }
    if (best !== null) return best;
  }
  return null;
}

function comesBefore(one: DueContact & { due: number }, other: DueContact & { due: number }): boolean {
  return one.due === other.due ? one.id < other.id : one.due < other.due;
}

/** The zones in which contacts of a campaign are due, whether or not they may be called there now; '' is its own. */
export async function dueZones(queryable: Queryable, campaignId: number, now: Date): Promise<string[]> {
  const found = await queryable.query<{ zone: string }>(
    `${levels}
     select zone from unnest(${zonesOf('$1')}) zone where exists
       (select 1 from level cross join lateral (select 1 from contacts c
          where c.campaign_id = $1 and c.state = 'pending' and c.priority = level.priority
            and coalesce(c.timezone, '') = zone and c.due_at <= $2 limit 1) due)
     order by zone`,
    [campaignId, now],
  );
  return found.rows.map((row) => row.zone);
}

/** The priorities among a campaign's pending contacts, found by jumping from one to the next in the index. */
const levels = `with recursive level as (
    (select priority from contacts where campaign_id = $1 and state = 'pending' order by priority desc limit 1)
    union all
    select (select c.priority from contacts c
            where c.campaign_id = $1 and c.state = 'pending' and c.priority < level.priority
            order by c.priority desc limit 1)
    from level where level.priority is not null
  )`;

async function priorities(queryable: Queryable, campaignId: number): Promise<number[]> {
  const found = await queryable.query<{ priority: number }>(
    `${levels} select priority from level where priority is not null order by priority desc`,
    [campaignId],
  );
  return found.rows.map((row) => row.priority);
}

export interface NewAttempt {
  id: string;
  accountId: number;
  campaignId: number;
  contactId: number;
  /** null: the mode has no agents */
  agentId: number | null;
  mode: CampaignMode;
  attemptNumber: number;
  number: string;
  callerId: string;
  epoch: number;
  claimedAt: Date;
  ringSeconds: number;
  maxSeconds: number;
}

/**
 * Writes the attempt, its request, and the contact's new state in one statement.
 * The agent of an unclear attempt is free again after twice the ring time, since v2 refuses a busy one. v1 would ring
 * an agent who is on the call: there the agent, and in every mode the number, stay locked until the longest call there
 * can be is over.
 * @returns the id of the request's row
 */
export async function insertAttempt(transaction: Transaction, attempt: NewAttempt): Promise<number> {
  const inserted = await transaction.query<{ id: number }>(
    `with moment as materialized (
       -- read last: a claim that waited must not be dated before what it waited for
       select greatest($10::timestamptz, dialer_now()) as at
     ), contact as (
       update contacts set state = 'dialing', state_reason = null where id = $4 and state = 'pending' returning id
     ), attempt as (
       insert into attempts (id, account_id, campaign_id, contact_id, agent_id, attempt_number, number, caller_id, epoch,
         state, agent_held, claimed_at, agent_free_at, deadline_at)
       select $1, $2, $3, contact.id, $5, $6, $7, $8, $9, 'placing', $5::bigint is not null, moment.at,
         moment.at + (2 * $11::int + case when $13 then 0 else $12::int + 120 end) * interval '1 second',
         moment.at + (2 * $11::int + $12::int + 120) * interval '1 second'
       from contact, moment returning id
     )
     insert into requests (account_id, epoch, kind, attempt_id) select $2, $9, 'place', attempt.id from attempt
     returning id`,
    [
      attempt.id,
      attempt.accountId,
      attempt.campaignId,
      attempt.contactId,
      attempt.agentId,
      attempt.attemptNumber,
      attempt.number,
      attempt.callerId,
      attempt.epoch,
      attempt.claimedAt,
      attempt.ringSeconds,
      attempt.maxSeconds,
      attempt.mode === 'agents',
    ],
  );
  const row = inserted.rows[0];
  if (row === undefined) throw new Error('the claimed contact was no longer pending');
  return row.id;
}

/** The next instant at which waiting alone makes a claim possible: an agent's or a contact's time comes. */
export async function nextDue(
  queryable: Queryable,
  campaignId: number,
  now: Date,
  zones: readonly string[],
): Promise<Date | null> {
  const found = await queryable.query<{ at: Date | null }>(
    `${levels}
     select least(
       (select min(t) from campaign_agents ca join agents g on g.id = ca.agent_id
          cross join lateral (values (g.cooling_until), (g.wrap_up_until), (g.paused_until), (g.reserved_until)) as times(t)
        where ca.campaign_id = $1 and g.disabled_at is null and t > $2),
       (select min(first.due_at) from level cross join unnest($3::text[]) zone cross join lateral
          (select c.due_at from contacts c
           where c.campaign_id = $1 and c.state = 'pending' and c.priority = level.priority
             and coalesce(c.timezone, '') = zone and c.due_at > $2
           order by c.due_at limit 1) first)
     ) as at`,
    [campaignId, now, zones],
  );
  return found.rows[0]?.at ?? null;
}
