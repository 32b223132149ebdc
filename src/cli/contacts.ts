import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { heldPages, releaseHeld } from '../contacts/held-contacts.ts';
import type { HeldContact, ReleasedContacts } from '../contacts/held-contacts.ts';
import { writeRejectsCsv, writeRejectsJson } from '../reports/rejected-rows.ts';
import { campaignState, campaignSummary } from '../reports/summary.ts';
import { addCommand } from './contacts-add.ts';
import { disposeCommand } from './contacts-dispose.ts';
import { importCommand } from './contacts-import.ts';
import { scrubCommand } from './contacts-scrub.ts';
import { importNumber, undoCommand } from './contacts-undo.ts';
import { stopOnSignal } from './first-signal.ts';
import { renderHeld } from './held-table.ts';
import { writeJsonArray } from './json-array.ts';
import { writeFileWhole } from './output-file.ts';
import { printJson, say } from './output.ts';
import { phoneArgument } from './phone-argument.ts';
import { isReaderGone } from './reader-gone.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

export function contactsCommand(): Command {
  return new Command('contacts')
    .description('lists of contacts, contacts that wait for a decision, and rows that were not taken')
    .addCommand(importCommand())
    .addCommand(addCommand())
    .addCommand(undoCommand())
    .addCommand(heldCommand())
    .addCommand(releaseCommand())
    .addCommand(disposeCommand())
    .addCommand(rejectsCommand())
    .addCommand(scrubCommand());
}

const campaignMeaning = 'the name of the campaign';

function heldCommand(): Command {
  return new Command('held')
    .description('contacts that are not called again by themselves, why, and their last attempt')
    .argument('<campaign>', campaignMeaning)
    .option('--json', 'print one JSON document: an array of contacts')
    .addHelpText('after', '\nExample:\n  dialer contacts held renewal-november')
    .action((name: string, flags: { json?: true }) => withSession((session) => held(session, name, flags)));
}

const releaseExamples = `
Examples:
  dialer contacts release renewal-november
  dialer contacts release renewal-november +919876543210

They are due at once. One whose number is suppressed is not called, and is held no longer. A campaign that is over takes
none back; it is completed, and so over, as soon as nothing but held contacts is left of it.`;

function releaseCommand(): Command {
  return new Command('release')
    .description('call held contacts again')
    .argument('<campaign>', campaignMeaning)
    .argument('[number]', 'only those of one number')
    .option('--json', 'print one JSON document')
    .addHelpText('after', releaseExamples)
    .action((name: string, text: string | undefined, flags: { json?: true }) =>
      withSession(async ({ database, actor }) => {
        const { definition } = await campaignState(database, name);
        const number = text === undefined ? null : phoneArgument(text, definition.defaultRegion);
        const released = await releaseHeld(database, name, number, actor);
        if (flags.json) printJson(released);
        else process.stdout.write(`${releasedSentence(released)}\n`);
      }),
    );
}

const rejectsExamples = `
Examples:
  dialer contacts rejects renewal-november --output rejects.csv
  dialer contacts rejects renewal-november --import 12 --output rejects.csv
  dialer contacts rejects renewal-november | less -S

Behind the columns of the lists, as they were given, stand list, import, row_number, code, reason and mend; one whose name
a list has itself is called dialer_reason and so on. Cells that a row has beyond its header stand behind those. Once its
rows are corrected, import the file as it is: each row is read by the columns of its own list, and those six are dropped.
From then on its rows are told as rejects of that file where they are still not taken; --import gives all of one list.`;

interface RejectsFlags {
  import?: number;
  output?: string;
  json?: true;
}

function rejectsCommand(): Command {
  return new Command('rejects')
    .description('rows of the lists that were not taken, as CSV, with what is wrong and what to do')
    .argument('<campaign>', campaignMeaning)
    .option(
      '--import <import>',
      'only those of one list, by its number as printed when it was imported',
      importNumber,
    )
    .option('--output <file>', 'write a file, which appears only when it is whole')
    .option('--json', 'one JSON document instead of CSV')
    .addHelpText('after', rejectsExamples)
    .action((name: string, flags: RejectsFlags) => rejects(name, flags));
}

const mostShown = 100;

async function held({ database }: Session, name: string, flags: { json?: true }): Promise<void> {
  const { id, definition } = await campaignState(database, name);
  if (flags.json) {
    await writeJsonArray(heldPages(database, id), process.stdout);
    return;
  }
  const first = await heldPages(database, id, mostShown).next();
  const contacts: HeldContact[] = first.done === true ? [] : first.value;
  if (contacts.length === 0) {
    say(`no contact of ${name} is held`);
    return;
  }
  const columns = process.stdout.columns ?? 80;
  process.stdout.write(`${renderHeld(contacts, definition.schedule.timezone, columns)}\n`);
  const { contacts: counts, status } = await campaignSummary(database, name);
  if (counts.held > contacts.length) say(`and ${counts.held - contacts.length} more: \`--json\` prints all`);
  if (status !== 'completed' && status !== 'canceled') {
    say(`call them again with \`dialer contacts release ${name}\`, or one with its number behind that`);
  }
}

function releasedSentence({ campaign, released, suppressed }: ReleasedContacts): string {
  if (released + suppressed === 0) return `no contact of ${campaign} is held`;
  const due =
    released === 1
      ? `1 contact of ${campaign} is due to be called again`
      : `${released} contacts of ${campaign} are due to be called again`;
  if (suppressed === 0) return due;
  return `${due}; ${suppressed === 1 ? '1 more is' : `${suppressed} more are`} suppressed and not called`;
}

async function rejects(name: string, flags: RejectsFlags): Promise<void> {
  const stopping = stopOnSignal();
  await withSession(async ({ database }) => {
    const write = flags.json ? writeRejectsJson : writeRejectsCsv;
    const to = (output: Writable): Promise<number> =>
      write(database, name, output, { signal: stopping.signal, importId: flags.import });
    try {
      if (flags.output === undefined || flags.output === '-') await to(process.stdout);
      else {
        const rows = await writeFileWhole(flags.output, to);
        say(`${flags.output}: ${rows === 1 ? '1 row that was' : `${rows} rows that were`} not taken`);
      }
      const { importing } = await campaignState(database, name);
      if (importing) say('note: a list is still being loaded; its rejected rows come when it is done');
    } catch (error) {
      if (stopping.signal.aborted) process.exitCode = stopping.exitCode();
      else if (!isReaderGone(error)) throw error;
    }
  });
}
