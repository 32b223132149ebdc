import { Command } from 'commander';
import { cancelCommand, pauseCommand, resumeCommand, startCampaignCommand } from './campaign-control.ts';
import { createCommand } from './campaign-create.ts';
import { listCommand, showCommand } from './campaign-views.ts';
import { watchCommand } from './watch.ts';

export function campaignCommand(): Command {
  return new Command('campaign')
    .description('create, start, watch, pause and cancel campaigns')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(startCampaignCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(cancelCommand())
    .addCommand(watchCommand());
}
