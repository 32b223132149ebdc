import type { AgentCounts, CampaignState, ContactCounts } from '../reports/summary.ts';
import { mostSlowPlacings } from '../dialing/claim.ts';
import { mayPlaceAt } from './calling-hours.ts';
import { describeInstant, describeRefusal } from './describe-schedule.ts';

/**
 * Why a campaign stands as it stands, in one sentence; null while nothing keeps it from dialling. The first of the
 * reasons in the order in which a claim meets them.
 */
export function describeReason(
  campaign: CampaignState,
  contacts: ContactCounts,
  agents: AgentCounts,
  requestsLastMinute: number,
): string | null {
  switch (campaign.status) {
    case 'draft':
      return notLoaded(campaign) ?? `not started: start it with \`dialer campaign start ${campaign.name}\``;
    case 'completed':
    case 'canceled':
      return null;
    case 'paused':
      return campaign.paused_reason;
    case 'scheduled':
      return notLoaded(campaign) ?? account(campaign) ?? beforeStart(campaign);
    case 'running':
      return (
        notLoaded(campaign) ??
        account(campaign) ??
        hours(campaign) ??
        breaker(campaign) ??
        slowAnswers(campaign) ??
        (contacts.pending === 0
          ? null
          : (agentsReason(agents) ?? waiting(campaign) ?? limit(campaign, requestsLastMinute)))
      );
  }
}

function notLoaded(campaign: CampaignState): string | null {
  if (campaign.importing) return 'the contact list is being loaded';
  return campaign.import_error === null
    ? null
    : `the contact list could not be loaded: ${campaign.import_error}`;
}

function account(campaign: CampaignState): string | null {
  if (campaign.account_paused_reason !== null) {
    return `account ${campaign.account_name} is paused: ${campaign.account_paused_reason}`;
  }
  if (!campaign.owned) return `no worker serves account ${campaign.account_name}: run \`dialer start\``;
  return null;
}

function beforeStart({ starts_at: startsAt, now, definition }: CampaignState): string {
  if (startsAt === null || startsAt <= now) return 'starting: the state of the agents’ devices is being read';
  return `starts by itself on ${describeInstant(startsAt, definition.schedule.timezone)}`;
}

function hours({ definition, now }: CampaignState): string | null {
  const verdict = mayPlaceAt(definition.schedule, now, definition.call.ringSeconds);
  return verdict.allowed ? null : describeRefusal(definition.schedule, verdict);
}

function breaker(campaign: CampaignState): string | null {
  if (campaign.breaker_until === null) return null;
  const { timezone } = campaign.definition.schedule;
  return `${campaign.breaker_reason ?? ''}; the next try is at ${describeInstant(campaign.breaker_until, timezone)}`;
}

function slowAnswers({ slow_placings: slow }: CampaignState): string | null {
  if (slow < mostSlowPlacings) return null;
  return `Exotel is slow to answer: ${slow} requests to place calls wait for their answers, and nothing more is placed until they come`;
}

function agentsReason(agents: AgentCounts): string | null {
  if (agents.available > 0 || agents.onCall > 0 || agents.wrapUp > 0) return null;
  if (agents.total === 0) return 'the campaign has no agents';
  const parts = [
    [agents.coolingDown, 'busy or switched off'],
    [agents.paused, 'paused'],
    [agents.disabled, 'disabled'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, what]) => `${count} ${what}`);
  return `none of the ${agents.total} agents can take a call (${parts.join(', ')}): see \`dialer agents list\``;
}

function waiting({ next_due: nextDue, now, definition }: CampaignState): string | null {
  if (nextDue === null || nextDue <= now) return null;
  return `the contacts left wait to be called again, the first on ${describeInstant(nextDue, definition.schedule.timezone)}`;
}

function limit({ requests_per_minute: perMinute }: CampaignState, lastMinute: number): string | null {
  if (lastMinute < perMinute) return null;
  return `the limit of ${perMinute} requests in any minute is used up: each comes free a minute after its answer`;
}
