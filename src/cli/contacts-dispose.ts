import { Command } from 'commander';
import { describeInstant } from '../campaigns/describe-schedule.ts';
import { disposeContact } from '../contacts/dispose-contact.ts';
import type { Disposed } from '../contacts/dispose-contact.ts';
import { dispositions } from '../contacts/disposition-codes.ts';
import { disposeList, readDisposition } from '../contacts/disposition-list.ts';
import type { DisposedList } from '../contacts/disposition-list.ts';
import { UserError } from '../errors.ts';
import { campaignState } from '../reports/summary.ts';
import { counted } from './import-text.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

interface DisposeFlags {
  note?: string;
  file?: string;
  json?: true;
}

const effects = {
  finish: 'not called again',
  next_number: 'its next number is called; without one it is not called again',
  call_at: 'called at that time, also when it was finished before',
  suppress: 'never called again, by no campaign of the account',
  note: 'stored; the retry rules go on',
} as const;

const codes = Object.entries(dispositions)
  .map(([code, { effect, meaning }]) => `  ${code.padEnd(19)}${meaning}: ${effects[effect]}`)
  .join('\n');

const help = `
Examples:
  dialer contacts dispose renewal-november +919876543210 wrong_number
  dialer contacts dispose renewal-november +919876543210 call_at=2026-12-02T15:00 --note "after the meeting"
  dialer contacts dispose renewal-november --file said.csv

Dispositions:
${codes}

A time without an offset is one by the clocks of the campaign's zone; it must lie within calling hours and before the
end. While a call to the contact is under way it takes effect when the call has ended, and do_not_call holds at once.
Where several contacts have the number, the one that was called last is meant, else the first that is not canceled.

The file is CSV with a header; columns number, disposition, call_at and note are read. Bad rows are told with their row
number, the others are stored, and giving the file again changes nothing. The report tells who said what and when.`;

export function disposeCommand(): Command {
  return new Command('dispose')
    .description('store what came of a contact: finish it, call it at a time, or never again')
    .argument('<campaign>', 'the name of the campaign')
    .argument('[number]', 'one of the contact’s numbers')
    .argument('[disposition]', 'what came of it, such as sale, or call_at=2026-12-02T15:00')
    .option('--note <text>', 'what else there is to say')
    .option('--file <file>', 'take the dispositions of a CSV file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(
      (campaign: string, number: string | undefined, disposition: string | undefined, flags: DisposeFlags) =>
        dispose(campaign, number, disposition, flags),
    );
}

async function dispose(
  campaign: string,
  number: string | undefined,
  disposition: string | undefined,
  flags: DisposeFlags,
): Promise<void> {
  const { file } = flags;
  if (file !== undefined) {
    if (number !== undefined || flags.note !== undefined) {
      throw wrongUse('--file holds the numbers, the dispositions and the notes: leave the others out');
    }
    await withSession((session) => disposeFile(session, campaign, file, flags));
    return;
  }
  if (number === undefined || disposition === undefined) {
    throw wrongUse(
      'name a number and its disposition, or a file with --file: `--help` lists the dispositions',
    );
  }
  await withSession(async ({ database, actor }) => {
    const { definition } = await campaignState(database, campaign);
    const given = readDisposition({ number, disposition, callAt: '', note: flags.note ?? '' }, definition);
    const disposed = await disposeContact(database, campaign, given, actor);
    if (flags.json) printJson(disposed);
    else process.stdout.write(`${sentenceOf(disposed, definition.schedule.timezone)}\n`);
  });
}

const rejectsShown = 20;

async function disposeFile(
  { database, actor }: Session,
  campaign: string,
  file: string,
  flags: DisposeFlags,
): Promise<void> {
  const { definition } = await campaignState(database, campaign);
  const disposed = await disposeList({ database, campaign, definition, file, actor });
  if (flags.json) printJson({ campaign, file, ...disposed });
  else {
    for (const { rowNumber, reason } of disposed.rejects.slice(0, rejectsShown)) {
      say(`${file}:${rowNumber} ${reason}`);
    }
    const more = disposed.rejected - rejectsShown;
    if (more > 0) say(`and ${more} more rows were rejected; \`--json\` tells the first thousand`);
    process.stdout.write(`${campaign}: ${countsOf(disposed)}\n`);
  }
  if (disposed.done + disposed.afterCall + disposed.already === 0) process.exitCode = 1;
}

function countsOf({ done, afterCall, already, rejected }: DisposedList): string {
  return [
    `${counted(done + afterCall, 'disposition')} stored`,
    ...(afterCall === 0 ? [] : [`${afterCall} of them take effect when a call has ended`]),
    ...(already === 0 ? [] : [`${already} were stored already`]),
    ...(rejected === 0 ? [] : [`${counted(rejected, 'row')} rejected`]),
  ].join(', ');
}

function sentenceOf(disposed: Disposed, timezone: string): string {
  const { number, list, row, disposition, result } = disposed;
  const who = `${number} (row ${row} of ${list})`;
  const said = `${who}: ${disposition.replaceAll('_', ' ')}`;
  if (result === 'already') return `${said} was stored already; nothing changed`;
  if (result === 'after_call') {
    return dispositions[disposition].effect === 'suppress'
      ? `${said}; no call to the number is placed any more, and the one under way goes on`
      : `${said}; a call is under way, and it takes effect when that has ended`;
  }
  return `${said}; ${effectSentence(disposed, timezone)}`;
}

function effectSentence(disposed: Disposed, timezone: string): string {
  const { disposition, callAt, contactState, nextNumber } = disposed;
  if (dispositions[disposition].effect === 'suppress')
    return `no campaign of the account calls the contact's numbers again; the contact is ${contactState}`;
  if (nextNumber !== null && contactState === 'pending') return `${nextNumber} is called in its place`;
  if (callAt !== null && contactState === 'pending')
    return `called again on ${describeInstant(callAt, timezone)}`;
  return `the contact is ${contactState}`;
}

function wrongUse(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}
