import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { CampaignMode } from '../campaigns/campaign-mode.ts';
import type { CampaignStatus } from '../campaigns/lifecycle.ts';
import { describeReason } from '../campaigns/reason.ts';
import { describeWarning } from '../campaigns/warning.ts';
import { loadingLists } from '../contacts/import-progress.ts';
import type { LoadingList } from '../contacts/import-progress.ts';
import { waitsForScrub } from '../contacts/scrub-rule.ts';
import type { Queryable } from '../db/pool.ts';
import { dueZones, liveLegs, slowPlacings } from '../dialing/claim-store.ts';
import type { Outcome } from '../dialing/outcomes.ts';
import { UserError } from '../errors.ts';
import { always } from './period.ts';
import { ofSliceAndPeriod, periodParameters, wholeCampaign } from './slices.ts';
import type { Slice } from './slices.ts';

/** What `show --json` prints. The field names are what scripts rely on. */
export interface CampaignSummary {
  name: string;
  mode: CampaignMode;
  status: CampaignStatus;
  /** why it stands as it stands, in plain words; null while it dials */
  reason: string | null;
  /** what is wrong with its account and does not keep it from dialling; null where nothing is */
  warning: string | null;
  contacts: ContactCounts;
  /** rows of its lists that were not taken and did not come in again, without duplicates */
  rejectedRows: number;
  /** lists that are still being loaded, and how far they are; left out where there are none */
  loading?: LoadingList[];
  attempts: { total: number; live: number; refused: number; outcomes: Partial<Record<Outcome, number>> };
  requests: { lastMinute: number; limit: number };
  agents: AgentCounts;
}

export interface ContactCounts {
  total: number;
  pending: number;
  dialing: number;
  finished: number;
  exhausted: number;
  suppressed: number;
  held: number;
  expired: number;
  canceled: number;
}

export interface AgentCounts {
  total: number;
  available: number;
  onCall: number;
  wrapUp: number;
  coolingDown: number;
  paused: number;
  disabled: number;
}

/** A campaign with the facts of its account that bear on it. */
export interface CampaignState {
  id: number;
  account_id: number;
  account_name: string;
  name: string;
  mode: CampaignMode;
  status: CampaignStatus;
  definition: CampaignDefinition;
  starts_at: Date | null;
  ends_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
  created_at: Date;
  paused_reason: string | null;
  account_paused_reason: string | null;
  breaker_until: Date | null;
  breaker_reason: string | null;
  /** until when Exotel wants no request, by the clock of the wire; null when it takes them */
  throttled_until: Date | null;
  slow_placings: number;
  /** whether no contact at the front of its line is cleared to be called, and what keeps the account's scrubs from it */
  waits_for_scrub: boolean;
  scrub_problem: string | null;
  zone_problem: string | null;
  callbacks: 'well' | 'poor' | 'missing';
  requests_per_minute: number;
  max_concurrent_legs: number | null;
  /** of the account's calls under way */
  live_legs: number;
  owned: boolean;
  importing: boolean;
  import_error: string | null;
  next_due: Date | null;
  /** the zones in which contacts are due, whether or not they may be called there now; '' is the campaign's own */
  due_zones: string[];
  now: Date;
}

/** Whether a campaign checks its numbers, and so learns their circles and operators. */
export function hasScrub({ scrub }: CampaignDefinition): boolean {
  return scrub !== undefined && scrub !== null;
}

/**
 * A campaign by its name, with what its account says.
 * @throws UserError when there is no such campaign
 */
export async function campaignState(queryable: Queryable, name: string): Promise<CampaignState> {
  const found = await queryable.query<Omit<CampaignState, 'due_zones'>>(
    `select k.id, k.account_id, a.name as account_name, k.name, k.mode, k.status, k.definition, k.starts_at, k.ends_at,
       k.started_at, k.ended_at, k.created_at, k.paused_reason, a.paused_reason as account_paused_reason,
       a.breaker_until, a.breaker_reason,
       case when a.throttled_until > clock_timestamp() then a.throttled_until end as throttled_until,
       case when a.callbacks_missing_since is not null then 'missing'
            when a.callbacks_poor_since is not null then 'poor' else 'well' end as callbacks,
       a.requests_per_minute, a.max_concurrent_legs, ${liveLegs('a')} as live_legs, ${slowPlacings('a')} as slow_placings,
       ${waitsForScrub('k')} as waits_for_scrub, a.scrub_problem, a.zone_problem,
       exists (select 1 from leases l where l.account_id = a.id and l.expires_at > clock_timestamp()) as owned,
       exists (select 1 from imports i where i.campaign_id = k.id and i.state = 'open') as importing,
       (select i.error from imports i where i.campaign_id = k.id and i.state = 'failed' order by i.id desc limit 1)
         as import_error,
       (select min(c.due_at) from contacts c where c.campaign_id = k.id and c.state = 'pending') as next_due,
       dialer_now() as now
     from campaigns k join accounts a on a.id = k.account_id
     where k.name = $1`,
    [name],
  );
  const state = found.rows[0];
  if (state === undefined) {
    throw new UserError(`there is no campaign ${name}: \`dialer campaign list\` shows those there are`);
  }
  return { ...state, due_zones: await dueZones(queryable, state.id, state.now) };
}

/**
 * How a campaign stands, derived from its contacts, attempts and requests at this moment.
 * @throws UserError when there is no such campaign
 */
export async function campaignSummary(queryable: Queryable, name: string): Promise<CampaignSummary> {
  const state = await campaignState(queryable, name);
  const contacts = await contactCounts(queryable, state.id);
  const attempts = await attemptCounts(queryable, wholeCampaign(state.id, always));
  return await summaryOf(queryable, state, { contacts, attempts: sumAttempts(attempts) });
}

/** The summary of a campaign whose contacts and attempts are counted already. */
export async function summaryOf(
  queryable: Queryable,
  state: CampaignState,
  { contacts, attempts }: Pick<CampaignSummary, 'contacts' | 'attempts'>,
): Promise<CampaignSummary> {
  const lastMinute = await requestsLastMinute(queryable, state.account_id);
  const agents = await agentCounts(queryable, state.id);
  return {
    name: state.name,
    mode: state.mode,
    status: state.status,
    reason: describeReason(state, contacts, agents, lastMinute),
    warning: describeWarning(state),
    contacts,
    rejectedRows: await rejectedRowsOf(queryable, state.id),
    ...(state.importing && { loading: await loadingLists(queryable, state.id) }),
    attempts,
    requests: { lastMinute, limit: state.requests_per_minute },
    agents,
  };
}

async function contactCounts(queryable: Queryable, campaignId: number): Promise<ContactCounts> {
  const found = await queryable.query<StateCount>(
    'select state, count(*) as contacts from contacts where campaign_id = $1 group by state',
    [campaignId],
  );
  return sumContacts(found.rows);
}

interface StateCount {
  state: Exclude<keyof ContactCounts, 'total'>;
  contacts: number;
}

export function sumContacts(rows: readonly StateCount[]): ContactCounts {
  const counts: ContactCounts = {
    total: 0,
    pending: 0,
    dialing: 0,
    finished: 0,
    exhausted: 0,
    suppressed: 0,
    held: 0,
    expired: 0,
    canceled: 0,
  };
  for (const row of rows) {
    counts[row.state] += row.contacts;
    counts.total += row.contacts;
  }
  return counts;
}

async function rejectedRowsOf(queryable: Queryable, campaignId: number): Promise<number> {
  const found = await queryable.query<{ rejected: number }>(
    `select coalesce(sum(rejected - came_again), 0)::int as rejected from imports where campaign_id = $1 and state = 'done'`,
    [campaignId],
  );
  return found.rows[0]?.rejected ?? 0;
}

/** Attempts that have one thing in common. */
export interface AttemptCount {
  outcome: Outcome | null;
  refused: boolean;
  live: boolean;
  attempts: number;
}

export async function attemptCounts(queryable: Queryable, slice: Slice): Promise<AttemptCount[]> {
  const found = await queryable.query<AttemptCount>(
    `select outcome, state <> 'settled' as live,
       state = 'settled' and call_sid is null and outcome <> 'unknown' as refused, count(*) as attempts
     from attempts t where ${ofSliceAndPeriod('t')} group by 1, 2, 3`,
    periodParameters(slice),
  );
  return found.rows;
}

export function sumAttempts(rows: readonly AttemptCount[]): CampaignSummary['attempts'] {
  const counts: CampaignSummary['attempts'] = { total: 0, live: 0, refused: 0, outcomes: {} };
  const byOutcome = rows.toSorted((one, other) => (one.outcome ?? '').localeCompare(other.outcome ?? ''));
  for (const row of byOutcome) {
    if (row.refused) counts.refused += row.attempts;
    else counts.total += row.attempts;
    if (row.live) counts.live += row.attempts;
    if (row.outcome !== null)
      counts.outcomes[row.outcome] = (counts.outcomes[row.outcome] ?? 0) + row.attempts;
  }
  return counts;
}

async function requestsLastMinute(queryable: Queryable, accountId: number): Promise<number> {
  const found = await queryable.query<{ requests: number }>(
    `select count(*) as requests from requests
     where account_id = $1 and created_at > clock_timestamp() - interval '1 minute' and result is distinct from 'unsent'`,
    [accountId],
  );
  return found.rows[0]?.requests ?? 0;
}

/**
 * The health of each agent, by one instant; `on_call` comes from the attempts and from who is reserved for a caller, never
 * from a counter.
 */
export const agentHealthSql = `case
    when exists (select 1 from attempts t where t.agent_id = g.id and t.agent_held)
      or g.reserved_until > dialer_now() then 'on_call'
    when g.disabled_at is not null then 'disabled'
    when g.paused_at is not null and coalesce(g.paused_until > dialer_now(), true) then 'paused'
    when g.cooling_until > dialer_now() then 'cooling_down'
    when g.wrap_up_until > dialer_now() then 'wrap_up'
    else 'available' end`;

async function agentCounts(queryable: Queryable, campaignId: number): Promise<AgentCounts> {
  const found = await queryable.query<{ health: string; agents: number }>(
    `select ${agentHealthSql} as health, count(*) as agents
     from campaign_agents ca join agents g on g.id = ca.agent_id where ca.campaign_id = $1 group by 1`,
    [campaignId],
  );
  const of = (health: string): number => found.rows.find((row) => row.health === health)?.agents ?? 0;
  return {
    total: found.rows.reduce((sum, row) => sum + row.agents, 0),
    available: of('available'),
    onCall: of('on_call'),
    wrapUp: of('wrap_up'),
    coolingDown: of('cooling_down'),
    paused: of('paused'),
    disabled: of('disabled'),
  };
}
