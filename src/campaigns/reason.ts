import type { AgentCounts, CampaignState, ContactCounts } from '../reports/summary.ts';
import { mostSlowPlacings } from '../dialing/claim.ts';
import { mayPlaceAt } from './calling-hours.ts';
import { hasAgents, legsOfCall } from './campaign-mode.ts';
import { clockToTell, describeZone, nextOpening, openZones } from './contact-hours.ts';
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
        throttled(campaign) ??
        slowAnswers(campaign) ??
        (contacts.pending === 0
          ? null
          : (agentsReason(campaign, agents) ??
            closedZones(campaign) ??
            waiting(campaign) ??
            scrub(campaign) ??
            legs(campaign) ??
            limit(campaign, requestsLastMinute)))
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

function beforeStart({ mode, starts_at: startsAt, now, definition }: CampaignState): string {
  if (startsAt === null || startsAt <= now) {
    return mode === 'agents' ? 'starting: the state of the agents’ devices is being read' : 'starting';
  }
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

function throttled({ throttled_until: until, definition }: CampaignState): string | null {
  if (until === null) return null;
  return `Exotel says that there are too many requests (429), so none is sent until ${describeInstant(until, definition.schedule.timezone)}: see whether others use this account’s API`;
}

function slowAnswers({ slow_placings: slow }: CampaignState): string | null {
  if (slow < mostSlowPlacings) return null;
  return `Exotel is slow to answer: ${slow} requests to place calls wait for their answers, and nothing more is placed until they come`;
}

function agentsReason({ mode }: CampaignState, agents: AgentCounts): string | null {
  if (!hasAgents(mode)) return null;
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

/** Contacts are due, and all of them in zones whose hours are closed. */
function closedZones(campaign: CampaignState): string | null {
  const { due_zones: zones, now } = campaign;
  const { schedule, call } = campaign.definition;
  if (zones.length === 0 || openZones(schedule, zones, now, call.ringSeconds).length > 0) return null;
  const openings = zones.flatMap((zone) => {
    const at = nextOpening(schedule, zone, now, call.ringSeconds);
    return at === null ? [] : [{ zone, at }];
  });
  const [first] = openings.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  if (first === undefined) {
    return `the contacts left are in ${zones.map(describeZone).join(', ')}, where the calling hours are never open while they are in ${schedule.timezone}: take them into a campaign with hours that fit`;
  }
  return `outside calling hours where the contacts left are, until ${describeInstant(first.at, clockToTell(first.zone, schedule))}`;
}

function waiting({ next_due: nextDue, now, definition }: CampaignState): string | null {
  if (nextDue === null || nextDue <= now) return null;
  return `the contacts left wait to be called again, the first on ${describeInstant(nextDue, definition.schedule.timezone)}`;
}

function scrub({ name, waits_for_scrub: waits, scrub_problem: problem }: CampaignState): string | null {
  if (!waits) return null;
  const how = problem ?? `see \`dialer contacts scrub ${name}\` for how far it is`;
  return `the numbers due next are not cleared of the do-not-disturb register yet: ${how}`;
}

function legs(campaign: CampaignState): string | null {
  const { mode, live_legs: live, max_concurrent_legs: most } = campaign;
  const needed = legsOfCall(mode);
  if (most === null || live + needed <= most) return null;
  const allowed = `the ${most} concurrent legs that the account may have`;
  if (needed > most)
    return `a call takes ${needed} of ${allowed}: raise EXOTEL_MAX_CONCURRENT_LEGS to what the account allows`;
  return `${allowed} are in use by the calls under way: each call that ends makes room`;
}

function limit({ requests_per_minute: perMinute }: CampaignState, lastMinute: number): string | null {
  if (lastMinute < perMinute) return null;
  return `the limit of ${perMinute} requests in any minute is used up: each comes free a minute after its answer`;
}
