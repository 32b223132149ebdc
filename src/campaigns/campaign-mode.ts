/**
 * How a campaign's calls are made. `agents`: Voice v2, the agent first, then the customer. `connect`: Voice v1, the
 * same with an agent's plain phone. `flow`: Voice v1, the customer alone, to a flow.
 */
export const campaignModes = ['agents', 'connect', 'flow'] as const;
export type CampaignMode = (typeof campaignModes)[number];

export function hasAgents(mode: CampaignMode): boolean {
  return mode !== 'flow';
}

/** How many of the account's concurrent legs a call may take. */
export function legsOfCall(mode: CampaignMode): number {
  return hasAgents(mode) ? 2 : 1;
}
