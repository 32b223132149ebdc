import { Command, CommanderError } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import { messageOf, UserError } from '../errors.ts';
import { agentsCommand } from './agents.ts';
import { callbacksCommand } from './callbacks.ts';
import { campaignCommand } from './campaign.ts';
import { contactsCommand } from './contacts.ts';
import { demoCommand } from './demo.ts';
import { migrateCommand } from './migrate.ts';
import { watchParent } from './parent-watch.ts';
import { reportCommand } from './report.ts';
import { sandboxCommand } from './sandbox.ts';
import { serverCommand, startCommand, workerCommand } from './serve.ts';
import { suppressionsCommand } from './suppressions.ts';

const help = `
Begin with:
  dialer sandbox                              a simulated Exotel to rehearse against, and the settings for it
  dialer start                                everything in one process, with a database of its own
  dialer campaign create FILE.yaml --start    load a list and dial it
  dialer report NAME                          what came of it

Settings come from the environment or a .env file; the README lists them. Every command has --help, and all that
print something have --json.`;

watchParent();
process.stdout.on('error', leaveWhenReaderIsGone);
process.exitCode = await run(process.argv.slice(2));

async function run(words: string[]): Promise<number> {
  const program = new Command('dialer')
    .description(
      'A bulk outbound campaign dialer for Exotel: connects agents with customers, and never calls twice.',
    )
    .version(packageFile.version)
    .showSuggestionAfterError()
    .showHelpAfterError('(run the command with --help for its options)')
    .addCommand(startCommand())
    .addCommand(workerCommand())
    .addCommand(serverCommand())
    .addCommand(migrateCommand())
    .addCommand(campaignCommand())
    .addCommand(contactsCommand())
    .addCommand(agentsCommand())
    .addCommand(suppressionsCommand())
    .addCommand(reportCommand())
    .addCommand(callbacksCommand())
    .addCommand(sandboxCommand())
    .addCommand(demoCommand(), { hidden: true })
    .addHelpText('after', help);
  throwOnMisuse(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(
      `${error instanceof UserError ? error.message : `unexpected: ${detailOf(error)}`}\n`,
    );
    return error instanceof UserError ? error.exitCode : 1;
  }
}

/** Commander ends the process by itself on wrong use; thrown, it is 2 like every other wrong use. */
function throwOnMisuse(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) throwOnMisuse(sub);
}

function detailOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
}

/** Whoever read the output wants no more of it (`| head`): nothing failed, and nobody is there to be told. */
function leaveWhenReaderIsGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}
