import { Command } from 'commander';
import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import { parseCampaignFile } from '../campaigns/campaign-file.ts';
import { cancelCampaign, pauseByPerson, resumeCampaign, startCampaign } from '../campaigns/lifecycle.ts';
import type { Database } from '../db/pool.ts';
import { campaignSummary } from '../reports/summary.ts';
import type { CampaignSummary } from '../reports/summary.ts';
import { UserError } from '../errors.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';

const resumeExamples = `
Examples:
  dialer campaign resume renewal-november
  dialer campaign resume renewal-november --file renewal-november.yaml     with other caller IDs, hours or retry rules

Nobody who is done is called again; retries stay as they were set.`;

type Change = (database: Database, name: string, actor: string) => Promise<void>;

export function startCampaignCommand(): Command {
  return control('start', 'start a campaign: at its start time where it has one, otherwise now')
    .addHelpText('after', '\nExample:\n  dialer campaign start renewal-november')
    .action(acting(startCampaign, started));
}

export function pauseCommand(): Command {
  return control('pause', 'dial nothing new until it is resumed; calls under way go on')
    .addHelpText('after', '\nExample:\n  dialer campaign pause renewal-november')
    .action(acting(pauseByPerson, paused));
}

export function resumeCommand(): Command {
  return control('resume', 'go on after a pause, of the campaign or of its account')
    .option(
      '--file <file>',
      'take over the settings of the campaign file, which was mended; lists are not loaded again',
    )
    .addHelpText('after', resumeExamples)
    .action((name: string, flags: { json?: true; file?: string }) => {
      const resume: Change = async (database, campaign, actor) => {
        await resumeCampaign(database, campaign, actor, await mendedDefinition(flags.file));
      };
      return acting(resume, resumed)(name, flags);
    });
}

export function cancelCommand(): Command {
  return control('cancel', 'end a campaign for good; calls under way go on')
    .addHelpText('after', '\nExample:\n  dialer campaign cancel renewal-november')
    .action(acting(cancelCampaign, canceled));
}

function control(word: string, description: string): Command {
  return new Command(word)
    .description(description)
    .argument('<name>', 'the campaign')
    .option('--json', 'print how the campaign stands now, as one JSON document');
}

function acting(change: Change, sentence: (summary: CampaignSummary) => string) {
  return (name: string, flags: { json?: true }): Promise<void> =>
    withSession(async ({ database, actor }) => {
      await change(database, name, actor);
      const summary = await campaignSummary(database, name);
      if (flags.json) printJson(summary);
      else process.stdout.write(`${sentence(summary)}\n`);
    });
}

async function mendedDefinition(file: string | undefined): Promise<CampaignDefinition | undefined> {
  if (file === undefined) return undefined;
  const reading = await parseCampaignFile(file, ['contacts', 'agents']);
  if ('problems' in reading) throw new UserError(reading.problems.join('\n'), { exitCode: 2 });
  for (const warning of reading.warnings) say(`note: ${warning}`);
  return reading.definition;
}

function started({ name, status, reason, contacts }: CampaignSummary): string {
  const standing = reason ?? `${contacts.pending} contacts are due to be dialled`;
  return `${name} is ${status}: ${standing}`;
}

function paused(summary: CampaignSummary): string {
  return `${summary.name} is paused: nothing new is dialled; ${callsUnderWay(summary)}`;
}

function resumed({ name, status, reason, contacts }: CampaignSummary): string {
  const left = `${contacts.pending} contacts are left to dial, those already done are not called again`;
  return `${name} is ${status}: ${left}${reason === null ? '' : `; not dialling now: ${reason}`}`;
}

function canceled(summary: CampaignSummary): string {
  const { contacts } = summary;
  return `${summary.name} is canceled: ${contacts.canceled} of ${contacts.total} contacts will not be called; ${callsUnderWay(summary)}`;
}

function callsUnderWay({ attempts: { live } }: CampaignSummary): string {
  if (live === 0) return 'no call is under way';
  return live === 1 ? '1 call under way goes on' : `${live} calls under way go on`;
}
