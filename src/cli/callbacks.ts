import { Command, InvalidArgumentError } from 'commander';
import { oddCallbacks } from '../results/odd-callbacks.ts';
import type { OddCallback } from '../results/odd-callbacks.ts';
import { printJson, say, tableOf } from './output.ts';
import { withSession } from './session.ts';

const examples = `
Example:
  dialer callbacks --json | less     with the beginning of each body

unmatched: validly signed, but no attempt has its id (a database restored from an older copy looks like this)
contradicts: tells of another call, or of another end, than the one that is known; the known one stands
malformed: cannot be read; those of the applets of a flow are here too, by the address they called`;

export function callbacksCommand(): Command {
  return new Command('callbacks')
    .description('the callbacks that could not be matched, read or believed; they are kept as they came')
    .option('--most <number>', 'how many, the newest first', wholeNumber, 50)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((flags: { most: number; json?: true }) =>
      withSession(async ({ database }) => {
        const callbacks = await oddCallbacks(database, flags.most);
        if (flags.json) printJson(callbacks);
        else if (callbacks.length === 0) say('every callback was matched, read and believed');
        else process.stdout.write(`${render(callbacks)}\n`);
      }),
    );
}

function render(callbacks: readonly OddCallback[]): string {
  return tableOf(
    ['id', 'received', 'account', 'of', 'state', 'attempt', 'note'],
    callbacks.map(({ id, receivedAt, account, source, state, attemptId, note }) => [
      id,
      receivedAt.toISOString(),
      account ?? '',
      source.replace('_', '-'),
      state,
      attemptId ?? '',
      note ?? '',
    ]),
    ['id'],
  );
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number above 0');
}
