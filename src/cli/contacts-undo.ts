import { Command, InvalidArgumentError } from 'commander';
import { undoImport } from '../contacts/undo-import.ts';
import type { UndoneImport } from '../contacts/undo-import.ts';
import { counted } from './import-text.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';

const examples = `
Example:
  dialer contacts undo 12

What still waits of that list is canceled and stays in the reports as such. Calls under way go on. Contacts of earlier
lists that it replaced wait again, and those that it filled up are as before. The same list, or a corrected one, can be
imported again afterwards.`;

export function undoCommand(): Command {
  return new Command('undo')
    .description('take out of the line what still waits of an imported list')
    .argument('<import>', 'its number, as printed when it was imported', importNumber)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((importId: number, flags: { json?: true }) =>
      withSession(async ({ database, actor }) => {
        const undone = await undoImport(database, importId, actor);
        if (flags.json) printJson(undone);
        else tell(undone);
      }),
    );
}

export function importNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new InvalidArgumentError('write the number of an import, such as 12.');
  return Number(text);
}

function tell(undone: UndoneImport): void {
  process.stdout.write(`${undone.campaign}: ${undoneText(undone)}\n`);
  for (const note of notes(undone)) say(`note: ${note}`);
}

function undoneText({ file, canceled, calledBefore, restored, unmerged }: UndoneImport): string {
  const before = calledBefore === 0 ? '' : ` (${calledBefore} of them called before)`;
  const deeds = [
    ...(canceled === 0 ? [] : [`${counted(canceled, 'contact')} of ${file} canceled${before}`]),
    ...(restored === 0 ? [] : [`${counted(restored, 'contact')} that it had replaced back in the line`]),
    ...(unmerged === 0 ? [] : [`${counted(unmerged, 'contact')} that it had filled up as before`]),
  ];
  return deeds.length === 0 ? `nothing of ${file} waits to be called, so nothing changed` : deeds.join('; ');
}

function notes({ campaign, dialing, held, stillMerged }: UndoneImport): string[] {
  return [
    ...(dialing === 0
      ? []
      : [
          `${counted(dialing, 'call')} of it ${dialing === 1 ? 'is' : 'are'} under way; undo it again afterwards to stop further tries`,
        ]),
    ...(held === 0
      ? []
      : [
          `${counted(held, 'contact')} of it ${held === 1 ? 'was' : 'were'} called and ${held === 1 ? 'is' : 'are'} held for a decision (\`dialer contacts held ${campaign}\`); undoing it leaves them so`,
        ]),
    ...(stillMerged === 0
      ? []
      : [
          `${counted(stillMerged, 'contact')} that it had filled up ${stillMerged === 1 ? 'is' : 'are'} being called or done, and ${stillMerged === 1 ? 'keeps' : 'keep'} what it added`,
        ]),
  ];
}
