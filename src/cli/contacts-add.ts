import { Command, InvalidArgumentError } from 'commander';
import { addContact } from '../contacts/add-contact.ts';
import type { AddedContact } from '../contacts/add-contact.ts';
import { startJobs } from '../jobs/jobs.ts';
import { counted } from './import-text.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';

interface AddFlags {
  name?: string;
  priority?: number;
  set: Cell[];
  json?: true;
}

interface Cell {
  column: string;
  value: string;
}

const examples = `
Examples:
  dialer contacts add renewal-november "+91 98765 43210" --name "Asha Rao" --priority 10
  dialer contacts add renewal-november 9876543210 --set Policy=P-118 --set "Phone 2=9876543211"

It is due at once, also in a campaign that is running; a higher priority is called earlier. The contact stands in the
reports under the columns of the campaign's first list, and columns that the list lacks are added.`;

export function addCommand(): Command {
  return new Command('add')
    .description('add one contact to a campaign, also to one that is running')
    .argument('<campaign>', 'the name of the campaign')
    .argument('<number>', 'the phone number')
    .option('--name <name>', 'who is called')
    .option('--priority <number>', 'higher is called earlier; 0 where nothing is said', wholeNumber)
    .option('--set <column=value>', 'a cell of another column of the list', addCell, [])
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((campaign: string, number: string, flags: AddFlags) =>
      withSession(async ({ database, log, actor }) => {
        const { name = null, priority = null, set: cells } = flags;
        const jobs = await startJobs(database.url, log);
        try {
          const contact = { number, name, priority, cells };
          const added = await addContact({ database, jobs, campaign, contact, actor, log });
          if (flags.json) printJson(added);
          else tell(added);
        } finally {
          await jobs.stop();
        }
      }),
    );
}

function wholeNumber(text: string): number {
  if (!/^[+-]?\d{1,7}$/.test(text) || Math.abs(Number(text)) > 1_000_000)
    throw new InvalidArgumentError('write a whole number of at most 1000000.');
  return Number(text);
}

function addCell(text: string, before: Cell[]): Cell[] {
  const [, column = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (column.trim() === '')
    throw new InvalidArgumentError('write a column and its value, such as City=Pune.');
  if (before.some((cell) => cell.column === column.trim()))
    throw new InvalidArgumentError(`${column.trim()} is set twice; take one out.`);
  return [...before, { column: column.trim(), value }];
}

function tell({ campaign, import: importId, number, state, replaced, merged }: AddedContact): void {
  process.stdout.write(
    `${campaign}: ${number} ${merged ? 'was there and is filled up' : 'added'}${besides(state)}\n`,
  );
  if (replaced > 0) say(`note: it took the place of ${counted(replaced, 'contact')} with this number`);
  if (!merged) say(`take it out again with \`dialer contacts undo ${importId}\``);
}

function besides(state: string): string {
  return state === 'suppressed' ? '; its number is suppressed, so it is not called' : '';
}
