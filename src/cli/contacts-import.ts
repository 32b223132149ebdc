import { Command, InvalidArgumentError } from 'commander';
import type { ColumnMapping } from '../contacts/contact-columns.ts';
import { loadCutOff, loadNow } from '../contacts/import-done.ts';
import type { ImportCounts } from '../contacts/import-done.ts';
import { importList } from '../contacts/import-list.ts';
import type { QueuedImport } from '../contacts/import-list.ts';
import { rehearseImport } from '../contacts/rehearse-import.ts';
import { startJobs } from '../jobs/jobs.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { createImportDisplay } from './import-display.ts';
import { loadedText } from './import-text.ts';
import { printJson, say } from './output.ts';
import { renderRehearsal } from './rehearsal-text.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

interface ImportFlags {
  map?: Partial<ColumnMapping>;
  dryRun?: true;
  json?: true;
}

const examples = `
Examples:
  dialer contacts import renewal-november more.csv --dry-run
  dialer contacts import renewal-november more.csv
  dialer contacts import renewal-november more.csv --map phone=Mobile --map name="Customer Name"
  dialer contacts import renewal-november more.csv --map phone=Mobile,Landline

Several phone columns are tried in that order. Columns are found by their usual names; --map says it where that is not enough, for phone, name, timezone and priority;
--map priority= leaves aside a column of that name that means something else. A list may have other columns than the ones before it. The same file again changes nothing.`;

export function importCommand(): Command {
  return new Command('import')
    .description('add a list to a campaign, also to one that is running')
    .argument('<campaign>', 'the name of the campaign')
    .argument('<file>', 'the contact list')
    .option('--map <what=column>', 'take phone, name, timezone or priority from this column', addMapping)
    .option('--dry-run', 'show what would be taken and what not, and write nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((campaign: string, file: string, flags: ImportFlags) =>
      withSession((session) =>
        flags.dryRun ? rehearse(session, campaign, file, flags) : load(session, campaign, file, flags),
      ),
    );
}

const mapped = ['phone', 'name', 'timezone', 'priority'] as const;

function addMapping(text: string, before: Partial<ColumnMapping> = {}): Partial<ColumnMapping> {
  const [, what = '', column = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const known = mapped.find((one) => one === what.trim());
  const lacksColumn = column.trim() === '' && (known === 'phone' || !text.includes('='));
  if (known === undefined || lacksColumn) {
    throw new InvalidArgumentError(
      'write what and its column, such as phone=Mobile or phone=Mobile,Landline, or priority= where there is none; there are phone, name, timezone and priority.',
    );
  }
  const given = before[known];
  if (known === 'phone' && given !== undefined) {
    throw new InvalidArgumentError(
      `phone is mapped twice; write both columns in one, in the order in which they are tried: --map phone="${[given].flat().join(',')},${column.trim()}".`,
    );
  }
  if (known in before) throw new InvalidArgumentError(`${known} is mapped twice; take one out.`);
  return { ...before, [known]: column.trim() };
}

async function rehearse(
  { database }: Session,
  campaign: string,
  file: string,
  flags: ImportFlags,
): Promise<void> {
  const rehearsed = await rehearseImport(database, { campaign, file, mapping: flags.map ?? {} });
  if (flags.json) {
    printJson(rehearsed);
    return;
  }
  for (const warning of rehearsed.warnings) say(`note: ${warning}`);
  process.stdout.write(`${renderRehearsal(rehearsed, process.stdout.columns ?? 80)}\n`);
}

async function load(session: Session, campaign: string, file: string, flags: ImportFlags): Promise<void> {
  const { database, log, actor } = session;
  const jobs = await startJobs(database.url, log);
  try {
    const queued = await importList({ database, jobs, campaign, file, mapping: flags.map ?? {}, actor });
    for (const warning of queued.warnings) say(`note: ${warning}`);
    const counts = await loaded(session, jobs, queued);
    tell(campaign, queued, counts, flags);
  } finally {
    await jobs.stop();
  }
}

async function loaded({ database, log }: Session, jobs: Jobs, queued: QueuedImport): Promise<ImportCounts> {
  const { importId, already, open } = queued;
  const cutOff = already && open;
  if (cutOff)
    say(`this very file came in before as import ${importId}, and is not loaded yet; waiting for it`);
  const display = createImportDisplay();
  try {
    const seeThrough = cutOff ? loadCutOff : loadNow;
    return await seeThrough(database, jobs, importId, log, (progress) => display.show(progress));
  } finally {
    display.end();
  }
}

function tell(
  campaign: string,
  { importId, already, open }: QueuedImport,
  counts: ImportCounts,
  flags: ImportFlags,
): void {
  const nothingNew = already && !open;
  if (flags.json) {
    printJson({ import: importId, ...counts, ...(nothingNew && { already }) });
  } else if (nothingNew) {
    process.stdout.write(
      `${campaign}: this very file is there already as import ${importId}; nothing changed\n`,
    );
  } else {
    process.stdout.write(`${campaign}: ${loadedText(counts)}, as import ${importId}\n`);
    if (counts.accepted + counts.merged > 0)
      say(`take out what is not called yet with \`dialer contacts undo ${importId}\``);
  }
}
