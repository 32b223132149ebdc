import type { CampaignState } from '../reports/summary.ts';

/** What is amiss with a campaign's account and does not keep it from dialling; null when nothing is. */
export function describeWarning(campaign: CampaignState): string | null {
  const zone = campaign.mode === 'agents' ? null : campaign.zone_problem;
  const warnings = [zone, callbacks(campaign)].filter((one) => one !== null);
  return warnings.length === 0 ? null : warnings.join('; ');
}

function callbacks(campaign: CampaignState): string | null {
  if (campaign.status !== 'running' || campaign.callbacks === 'well') return null;
  const what =
    campaign.callbacks === 'missing' ? 'no callbacks come' : 'many callbacks come late or not at all';
  return `${what}, so Exotel is asked what became of calls, at the cost of requests and time: see that it can reach DIALER_PUBLIC_URL`;
}
