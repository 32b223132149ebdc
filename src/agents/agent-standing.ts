import type { Queryable } from '../db/pool.ts';
import { errorCodes } from '../exotel/error-codes.ts';
import { agentHealthSql } from '../reports/summary.ts';
import { UserError } from '../errors.ts';
import type { AgentHealth } from './health.ts';

/** An agent as `dialer agents list --json` prints it. Times are ISO 8601 in UTC. */
export interface AgentStanding {
  /** the number in the list */
  id: number;
  account: string;
  name: string | null;
  userId: string | null;
  contactUri: string | null;
  health: AgentHealth;
  /** since when, and until when, the agent stands so; null where there is no such time */
  since: Date | null;
  until: Date | null;
  /** why, in words; null for those who can take a call or are on one of ours */
  reason: string | null;
  /** calls placed with the agent since midnight, in the zone of each call's campaign */
  callsToday: number;
  idleSince: Date | null;
  campaigns: string[];
  /** the dialer's clock when this was read */
  now: Date;
}

interface AgentRow {
  id: number;
  account: string;
  name: string | null;
  user_id: string | null;
  contact_uri: string | null;
  health: AgentHealth;
  claimed_at: Date | null;
  paused_at: Date | null;
  paused_until: Date | null;
  paused_by: string | null;
  paused_reason: string | null;
  disabled_at: Date | null;
  disabled_code: string | null;
  disabled_reason: string | null;
  cooling_since: Date | null;
  cooling_until: Date | null;
  cooling_code: string | null;
  wrap_up_until: Date | null;
  idle_since: Date;
  calls_today: number;
  campaigns: string[];
  now: Date;
}

/**
 * The agents of all accounts, of one campaign, or one of them.
 * @throws UserError when there is no such campaign
 */
export async function listAgents(
  queryable: Queryable,
  of: { campaign?: string; agentId?: number } = {},
): Promise<AgentStanding[]> {
  if (of.campaign !== undefined) await requireCampaign(queryable, of.campaign);
  const found = await queryable.query<AgentRow>(
    `select g.id, a.name as account, g.name, g.user_id, g.contact_uri, ${agentHealthSql} as health,
       (select t.claimed_at from attempts t where t.agent_id = g.id and t.agent_held) as claimed_at,
       g.paused_at, g.paused_until, g.paused_by, g.paused_reason, g.disabled_at, g.disabled_code, g.disabled_reason,
       g.cooling_since, g.cooling_until, g.cooling_code, g.wrap_up_until, g.idle_since, dialer_now() as now,
       (select count(*) from attempts t join campaigns k on k.id = t.campaign_id
        cross join lateral (select k.definition->'schedule'->>'timezone' as name) zone
        where t.agent_id = g.id and t.call_sid is not null and t.claimed_at > dialer_now() - interval '25 h'
          and (t.claimed_at at time zone zone.name)::date = (dialer_now() at time zone zone.name)::date) as calls_today,
       array(select k.name from campaign_agents ca join campaigns k on k.id = ca.campaign_id
             where ca.agent_id = g.id order by k.id) as campaigns
     from agents g join accounts a on a.id = g.account_id
     where ($1::text is null or exists (select 1 from campaign_agents ca join campaigns k on k.id = ca.campaign_id
         where ca.agent_id = g.id and k.name = $1))
       and ($2::bigint is null or g.id = $2)
     order by g.account_id, g.id`,
    [of.campaign ?? null, of.agentId ?? null],
  );
  return found.rows.map(listed);
}

async function requireCampaign(queryable: Queryable, name: string): Promise<void> {
  const found = await queryable.query('select 1 from campaigns where name = $1', [name]);
  if (found.rowCount === 0)
    throw new UserError(`there is no campaign ${name}: \`dialer campaign list\` shows those there are`);
}

function listed(row: AgentRow): AgentStanding {
  return {
    id: row.id,
    account: row.account,
    name: row.name,
    userId: row.user_id,
    contactUri: row.contact_uri,
    health: row.health,
    ...standing(row),
    callsToday: row.calls_today,
    idleSince: row.health === 'on_call' ? null : row.idle_since,
    campaigns: row.campaigns,
    now: row.now,
  };
}

function standing(row: AgentRow): Pick<AgentStanding, 'since' | 'until' | 'reason'> {
  switch (row.health) {
    case 'available':
      return { since: row.idle_since, until: null, reason: null };
    case 'on_call':
      // no call of ours: reserved for somebody who called
      return row.claimed_at === null
        ? { since: null, until: null, reason: 'an incoming call' }
        : { since: row.claimed_at, until: null, reason: null };
    case 'wrap_up':
      return { since: null, until: row.wrap_up_until, reason: 'wrap-up after a call' };
    case 'cooling_down':
      return { since: row.cooling_since, until: row.cooling_until, reason: coolingReason(row.cooling_code) };
    case 'paused':
      return { since: row.paused_at, until: row.paused_until, reason: pausedReason(row) };
    case 'disabled':
      return { since: row.disabled_at, until: null, reason: disabledReason(row) };
  }
}

function pausedReason({ paused_by: by, paused_reason: reason }: AgentRow): string {
  if (by === null || by === 'dialer' || reason?.includes(by)) return reason ?? '';
  return `${reason} (by ${by})`;
}

/** Codes that are none of Exotel's: what the users list said, and calls that ended without the agent. */
const coolingReasons: Record<string, string> = {
  device_busy: 'the device is on another call',
  device_off: 'the device is switched off',
  agent_unreachable: 'Exotel could not ring the device',
  agent_busy: 'the phone was busy',
};

function coolingReason(code: string | null): string {
  const meaning = errorCodes.get(Number(code))?.meaning;
  if (meaning !== undefined) return `${meaning} (${code})`;
  return coolingReasons[code ?? ''] ?? 'the device could not be called';
}

function disabledReason({ disabled_code: code, disabled_reason: reason }: AgentRow): string {
  const known = errorCodes.get(Number(code));
  if (known === undefined) return reason ?? 'the device cannot be called';
  return `${known.meaning} (${code})`;
}
