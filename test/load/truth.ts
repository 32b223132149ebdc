import { measureCampaign } from './measured-campaign.ts';
import type { MeasuredCampaign } from './measured-campaign.ts';
import type { LoadRun } from './run-context.ts';
import { defaultLimit } from './stage.ts';

/** Lets callbacks go astray and compares the reports with what the simulated Exotel knows. */
export const truthRun: LoadRun = {
  proves:
    'the report is the truth with all callbacks lost, and with callbacks doubled, late and out of order',
  limitMs: 1_500_000,
  async run(context) {
    const campaign: Omit<MeasuredCampaign, 'what' | 'callbacks'> = {
      mode: 'agents',
      contacts: 150,
      limit: defaultLimit,
      mostRequestsPerCall: null,
    };
    await measureCampaign(context, { ...campaign, what: 'all lost', callbacks: { faults: { lost: 1 } } });
    await measureCampaign(context, {
      ...campaign,
      what: 'doubled, late, reordered',
      callbacks: { lateBy: '60s', faults: { doubled: 0.5, late: 0.3, reordered: 0.5 } },
    });
  },
};
