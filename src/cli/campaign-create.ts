import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { createCampaign } from '../campaigns/create-campaign.ts';
import type { CreatedCampaign } from '../campaigns/create-campaign.ts';
import { loadImport } from '../contacts/load-import.ts';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { startJobs } from '../jobs/jobs.ts';
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
    .option('--agents <file>', 'the list of agents, instead of the one in the file')
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
    // no worker need be running for a list to be loaded
    await jobs.work('import', ({ importId }) => loadImport(database, importId, log));
    const counts = await importDone(database, created.importId);
    if (flags.json) printJson({ name: created.name, id: created.id, ...counts });
    else tell(created, counts, flags);
  } finally {
    await jobs.stop();
  }
  if (flags.start && !flags.json && process.stderr.isTTY) await watchToTheEnd(session, created.name);
}

interface ImportCounts {
  accepted: number;
  rejected: number;
  duplicates: number;
}

/**
 * Waits until a list is loaded.
 * @throws UserError when it could not be
 */
export async function importDone(database: Database, importId: number): Promise<ImportCounts> {
  for (;;) {
    const outcome = await importOutcome(database, importId);
    if (outcome.state === 'failed')
      throw new UserError(`the contact list could not be loaded: ${outcome.error}`);
    if (outcome.state === 'done') return outcome.counts;
    await delay(50);
  }
}

async function importOutcome(
  database: Database,
  importId: number,
): Promise<{ state: string; error: string; counts: ImportCounts }> {
  const found = await database.query<ImportCounts & { state: string; error: string | null }>(
    'select state, error, accepted, rejected, duplicates from imports where id = $1',
    [importId],
  );
  const { state = 'failed', error = null, accepted = 0, rejected = 0, duplicates = 0 } = found.rows[0] ?? {};
  return { state, error: error ?? '', counts: { accepted, rejected, duplicates } };
}

function tell(created: CreatedCampaign, counts: ImportCounts, flags: CreateFlags): void {
  const left =
    counts.rejected + counts.duplicates === 0
      ? ''
      : ` (${counted(counts.rejected, 'row')} rejected, ${counted(counts.duplicates, 'duplicate')} left out)`;
  process.stdout.write(`${created.name}: ${counts.accepted} contacts loaded${left}\n`);
  if (!flags.start) say(`see how it stands with \`dialer campaign show ${created.name}\``);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
