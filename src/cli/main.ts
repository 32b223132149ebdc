import { Command, CommanderError } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import { messageOf, UserError } from '../errors.ts';
import { watchParent } from './parent-watch.ts';
import { leaveWhenStdoutFails } from './stdout-errors.ts';

const help = `
Begin with:
  dialer sandbox                              a simulated Exotel to rehearse against, and the settings for it
  dialer start                                everything in one process, with a database of its own
  dialer campaign create FILE.yaml --start    load a list and dial it
  dialer report NAME                          what came of it

Settings come from the environment or a .env file; the README lists them, and docs/exotel.md says what an
account needs. Every command has --help, and all that print something have --json.`;

/** Each is loaded when it is run: all of them together take half a second. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./serve.ts')).startCommand(),
  worker: async () => (await import('./serve.ts')).workerCommand(),
  server: async () => (await import('./serve.ts')).serverCommand(),
  migrate: async () => (await import('./migrate.ts')).migrateCommand(),
  campaign: async () => (await import('./campaign.ts')).campaignCommand(),
  contacts: async () => (await import('./contacts.ts')).contactsCommand(),
  agents: async () => (await import('./agents.ts')).agentsCommand(),
  suppressions: async () => (await import('./suppressions.ts')).suppressionsCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  recordings: async () => (await import('./recordings.ts')).recordingsCommand(),
  callbacks: async () => (await import('./callbacks.ts')).callbacksCommand(),
  incoming: async () => (await import('./incoming.ts')).incomingCommand(),
  sandbox: async () => (await import('./sandbox.ts')).sandboxCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
};

watchParent();
process.stdout.on('error', leaveWhenStdoutFails);
process.exitCode = await run(process.argv.slice(2));

async function run(words: string[]): Promise<number> {
  const program = new Command('dialer')
    .description(
      'A bulk outbound campaign dialer for Exotel: connects agents or call flows with customers, and never calls twice.',
    )
    .version(packageFile.version)
    // options behind a command's name are that command's, also where one above it has others of the same names
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('(run the command with --help for its options)')
    .addHelpText('after', help);
  for (const [name, load] of Object.entries(wanted(words))) {
    program.addCommand(await load(), { hidden: name === 'demo' });
  }
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

/** The command that the words name, or all of them where they name none: for the help, and to suggest the right one. */
function wanted([name = '']: string[]): typeof commands {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return load === undefined ? commands : { [name]: load };
}

/** Commander ends the process by itself on wrong use; thrown, it is 2 like every other wrong use. */
function throwOnMisuse(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) throwOnMisuse(sub);
}

function detailOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
}
