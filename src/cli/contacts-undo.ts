import { Command, InvalidArgumentError } from 'commander';
import { undoImport } from '../contacts/undo-import.ts';
import type { UndoneImport } from '../contacts/undo-import.ts';
import { counted } from './import-text.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';

const examples = `
Example:
  dialer contacts undo 12

What still waits of that list is canceled and stays in the reports as such. Calls under way go on. The same list, or a
corrected one, can be imported again afterwards.`;

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

function importNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new InvalidArgumentError('write the number of an import, such as 12.');
  return Number(text);
}

function tell({ campaign, file, canceled, calledBefore, dialing }: UndoneImport): void {
  const before = calledBefore === 0 ? '' : `, ${calledBefore} of them called before`;
  process.stdout.write(
    canceled === 0
      ? `${campaign}: nothing of ${file} waits to be called, so nothing changed\n`
      : `${campaign}: ${counted(canceled, 'contact')} of ${file} canceled${before}\n`,
  );
  if (dialing > 0) {
    say(
      `note: ${counted(dialing, 'call')} of it ${dialing === 1 ? 'is' : 'are'} under way; undo it again afterwards to stop further tries`,
    );
  }
}
