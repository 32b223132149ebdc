import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../campaigns/durations.ts';
import { expiryAfter, suppressNumbers } from '../contacts/suppress-numbers.ts';
import type { SuppressionGrounds } from '../contacts/suppress-numbers.ts';
import { importSuppressions } from '../contacts/suppression-list.ts';
import { sharedRegion, suppressionScope } from '../contacts/suppression-scope.ts';
import {
  newestSuppressions,
  removeSuppression,
  suppressionOf,
  suppressionPages,
} from '../contacts/suppressions.ts';
import type { SuppressionFilter } from '../contacts/suppressions.ts';
import { writeJsonArray } from './json-array.ts';
import { printJson, say } from './output.ts';
import { phoneArgument } from './phone-argument.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';
import { addedSentence, importedLines, removedLines, renderSuppressions } from './suppressions-text.ts';

export function suppressionsCommand(): Command {
  return new Command('suppressions')
    .description('numbers that must not be called')
    .addCommand(addCommand())
    .addCommand(importCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

const numberMeaning = 'the number, such as +919876543210';

const addExamples = `
Examples:
  dialer suppressions add +919876543210 --reason "asked not to be called"
  dialer suppressions add +919876543210 --campaign renewal-november --for 30d

It holds from the moment this returns: no call to the number is placed any more, and its contacts that wait are out of
the line for good. A call under way goes on, and is not followed by another. Where the number is suppressed already,
the later end stands.`;

const importExamples = `
Examples:
  dialer suppressions import dnd.csv --reason "do not disturb, November"
  dialer suppressions import left.csv --campaign renewal-november --column Mobile

The file is CSV with a header; the numbers are in a column called phone, mobile, number or another common name. Rows
that hold no number are told with what to do, the others are suppressed. Importing a file again does no harm.`;

interface ScopeFlags {
  campaign?: string;
  account?: string;
}

interface GroundsFlags extends ScopeFlags {
  reason?: string;
  for?: number;
  json?: true;
}

function addCommand(): Command {
  return withGrounds(
    new Command('add')
      .description('never call a number, from this moment on')
      .argument('<number>', numberMeaning),
  )
    .option('--json', 'print one JSON document')
    .addHelpText('after', addExamples)
    .action((number: string, flags: GroundsFlags) => withSession((session) => add(session, number, flags)));
}

function importCommand(): Command {
  return withGrounds(
    new Command('import').description('never call the numbers of a list').argument('<file>', 'a CSV file'),
  )
    .option('--column <name>', 'the column that holds the numbers')
    .option('--json', 'print one JSON document')
    .addHelpText('after', importExamples)
    .action((file: string, flags: GroundsFlags & { column?: string }) =>
      withSession((session) => importFile(session, file, flags)),
    );
}

function listCommand(): Command {
  return new Command('list')
    .description('the suppressions in force, the newest first')
    .option('--campaign <name>', 'only those for one campaign, not those for its whole account')
    .option('--account <name>', 'only those of one account')
    .option('--number <number>', 'only those of one number')
    .option('--json', 'print one JSON document: an array of suppressions')
    .addHelpText('after', '\nExample:\n  dialer suppressions list --number +919876543210')
    .action((flags: ScopeFlags & { number?: string; json?: true }) =>
      withSession((session) => list(session, flags)),
    );
}

function removeCommand(): Command {
  return withScope(
    new Command('remove')
      .description('let a number be called again by lists that are loaded from now on')
      .argument('<number>', numberMeaning),
  )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  dialer suppressions remove +919876543210\n\nNobody is called by this: contacts that were suppressed stay so.',
    )
    .action((text: string, flags: ScopeFlags & { json?: true }) =>
      withSession(async ({ database, actor }) => {
        const scope = await suppressionScope(database, named(flags));
        const removed = await removeSuppression(database, scope, phoneArgument(text, scope.region), actor);
        if (flags.json) printJson(removed);
        else process.stdout.write(`${removedLines(removed).join('\n')}\n`);
      }),
    );
}

function withScope(command: Command): Command {
  return command
    .option('--campaign <name>', 'only for one campaign; without it for the whole account')
    .option('--account <name>', 'which account, where there are several');
}

function withGrounds(command: Command): Command {
  return withScope(command)
    .option('--reason <text>', 'why, for those who see the list')
    .option('--for <time>', 'how long, such as 30d; without it for good', length);
}

async function add({ database, actor }: Session, text: string, flags: GroundsFlags): Promise<void> {
  const scope = await suppressionScope(database, named(flags));
  const number = phoneArgument(text, scope.region);
  const grounds = { source: 'person', ...(await groundsOf(database, flags, actor)) };
  const counts = await suppressNumbers(database, scope, [number], grounds);
  const suppression = await suppressionOf(database, scope, number);
  if (flags.json) printJson({ ...suppression, ...counts });
  else process.stdout.write(`${addedSentence(number, scope, counts, suppression?.expiresAt ?? null)}\n`);
}

async function importFile(
  { database, actor }: Session,
  file: string,
  flags: GroundsFlags & { column?: string },
): Promise<void> {
  const scope = await suppressionScope(database, named(flags));
  const imported = await importSuppressions({
    database,
    scope,
    file,
    column: flags.column ?? null,
    grounds: await groundsOf(database, flags, actor),
  });
  for (const warning of imported.warnings) say(`note: ${warning}`);
  const { account, campaign } = scope;
  const { warnings: _said, ...rest } = imported;
  const { answer, rejects } = importedLines(file, scope, imported);
  if (flags.json) printJson({ file, account, campaign, ...rest });
  else {
    for (const line of rejects) say(line);
    process.stdout.write(`${answer}\n`);
  }
  const taken = imported.added + imported.extended + imported.already;
  if (taken === 0) process.exitCode = 1;
}

const mostShown = 100;

async function list(
  { database }: Session,
  flags: ScopeFlags & { number?: string; json?: true },
): Promise<void> {
  const filter = await filterOf(database, flags);
  if (flags.json) {
    await writeJsonArray(suppressionPages(database, filter), process.stdout);
    return;
  }
  const { suppressions, total, now } = await newestSuppressions(database, filter, mostShown);
  if (total === 0) {
    say(
      Object.values(filter).every((part) => part === null)
        ? 'no number is suppressed: `dialer suppressions add NUMBER` does so'
        : 'no such number is suppressed',
    );
    return;
  }
  process.stdout.write(`${renderSuppressions(suppressions, now, process.stdout.columns ?? 80)}\n`);
  const more = total - suppressions.length;
  if (more > 0) say(`and ${more} more: \`--json\` prints all, \`--number\` looks for one`);
}

async function filterOf(
  database: Session['database'],
  flags: ScopeFlags & { number?: string },
): Promise<SuppressionFilter> {
  const scope =
    flags.campaign === undefined && flags.account === undefined
      ? null
      : await suppressionScope(database, named(flags));
  return {
    accountId: scope?.accountId ?? null,
    campaignId: scope?.campaignId ?? null,
    number:
      flags.number === undefined
        ? null
        : phoneArgument(flags.number, scope?.region ?? (await sharedRegion(database, null))),
  };
}

async function groundsOf(
  database: Session['database'],
  flags: GroundsFlags,
  actor: string,
): Promise<Omit<SuppressionGrounds, 'source'>> {
  const expiresAt = await expiryAfter(database, flags.for ?? null);
  return { reason: flags.reason ?? null, expiresAt, actor };
}

function named({ campaign, account }: ScopeFlags): { campaign: string | null; account: string | null } {
  return { campaign: campaign ?? null, account: account ?? null };
}

const longest = 36_500 * 86_400_000;

function length(text: string): number {
  const reading = parseDuration(text);
  if ('problem' in reading) throw new InvalidArgumentError(reading.problem);
  if (reading.milliseconds === 0) throw new InvalidArgumentError('a suppression of no length is none');
  if (reading.milliseconds > longest)
    throw new InvalidArgumentError('that is over a hundred years; without --for it is for good');
  return reading.milliseconds;
}
