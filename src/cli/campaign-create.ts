import { Command } from 'commander';
import { createCampaign } from '../campaigns/create-campaign.ts';
import type { CreatedCampaign } from '../campaigns/create-campaign.ts';
import { loadNow } from '../contacts/import-done.ts';
import type { ImportCounts } from '../contacts/import-done.ts';
import { startJobs } from '../jobs/jobs.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { createImportDisplay } from './import-display.ts';
import { loadedText } from './import-text.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';
import { watchToTheEnd } from './watch.ts';

interface CreateFlags {
  contacts?: string;
  agents?: string;
  start?: true;
  json?: true;
}

const examples = `
Examples:
  dialer campaign create campaigns/renewal-november/campaign.yaml
  dialer campaign create november.yaml --contacts list.csv --start
  dialer campaign create november.yaml --json

The file and its lists are checked before anything is written: every problem is told with its line.
A campaign with a start time starts by itself; another one with --start or \`dialer campaign start NAME\`.`;

export function createCommand(): Command {
  return new Command('create')
    .description('create a campaign from its file and load its contacts')
    .argument('<file>', 'the campaign, in YAML')
    .option('--contacts <file>', 'the contact list, instead of the one in the file')
    .option('--agents <file>', 'the list of agents, instead of the one in the file; none in mode flow')
    .option('--start', 'start it; on a terminal, follow it to its end')
    .option('--json', 'print one JSON document when the contacts are loaded')
    .addHelpText('after', examples)
    .action((file: string, flags: CreateFlags) => withSession((session) => create(session, file, flags)));
}

async function create(session: Session, file: string, flags: CreateFlags): Promise<void> {
  const { database, log } = session;
  const jobs = await startJobs(database.url, log);
  let created: CreatedCampaign;
  try {
    created = await createCampaign({
      database,
      jobs,
      file,
      contacts: flags.contacts ?? null,
      agents: flags.agents ?? null,
      start: flags.start ?? false,
      actor: session.actor,
    });
    for (const warning of created.warnings) say(`note: ${warning}`);
    const counts = await loadedCounts(session, jobs, created.importId);
    if (flags.json) printJson({ name: created.name, id: created.id, import: created.importId, ...counts });
    else tell(created, counts, flags);
  } finally {
    await jobs.stop();
  }
  if (flags.start && !flags.json && process.stderr.isTTY) await watchToTheEnd(session, created.name);
}

async function loadedCounts({ database, log }: Session, jobs: Jobs, importId: number): Promise<ImportCounts> {
  const display = createImportDisplay();
  try {
    return await loadNow(database, jobs, importId, log, (progress) => display.show(progress));
  } finally {
    display.end();
  }
}

function tell(created: CreatedCampaign, counts: ImportCounts, flags: CreateFlags): void {
  process.stdout.write(`${created.name}: ${loadedText(counts)}\n`);
  if (!flags.start) say(`see how it stands with \`dialer campaign show ${created.name}\``);
}
