import { Command } from 'commander';
import type { AgentSync } from '../agents/sync-agents.ts';
import { chooseAccount } from '../campaigns/choose-account.ts';
import { askOwner } from '../errands/ask-owner.ts';
import { printJson, say, tableOf } from './output.ts';
import { withSession } from './session.ts';

interface SyncFlags {
  account?: string;
  dryRun?: true;
  json?: true;
}

const examples = `
Examples:
  dialer agents sync --dry-run
  dialer agents sync

New users become agents with the device that is on, or else with the only verified one; known agents take over the
name at Exotel. Where one list names a person by user id and another by phone, the two become one agent. Nobody is
taken out: agents whom the account does not know are listed. Fifty users cost one request of the account's limit.`;

export function syncCommand(): Command {
  return new Command('sync')
    .description("take over the account's users from Exotel as agents")
    .option('--account <name>', 'which account, where there are several')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((flags: SyncFlags) =>
      withSession(async ({ database, config, log, actor }) => {
        const account = await chooseAccount(database, flags.account ?? null, 'with --account');
        const sync = await askOwner({ database, config, log, account, actor }, 'sync_agents', {
          dryRun: flags.dryRun === true,
        });
        if (flags.json) {
          printJson(sync);
          return;
        }
        const table = renderSync(sync);
        if (table !== null) process.stdout.write(`${table}\n`);
        for (const line of syncLines(sync)) say(line);
      }),
    );
}

/** A row for each agent that is not listed as Exotel has it; null when there is none. */
export function renderSync(sync: AgentSync): string | null {
  const rows = [
    ...sync.added.map((agent) => ['new', agent.userId, agent.name ?? '', agent.contactUri ?? '']),
    ...sync.updated.map((agent) => [
      'changed',
      agent.userId ?? agent.id,
      agent.name ?? '',
      agent.contactUri ?? '',
    ]),
    ...sync.united.map((agent) => [
      `${agent.gone} into ${agent.kept}`,
      agent.userId,
      '',
      agent.contactUri ?? '',
    ]),
    ...sync.notInAccount.map((agent) => [
      'not in the account',
      agent.userId ?? agent.id,
      agent.name ?? '',
      agent.contactUri ?? '',
    ]),
  ];
  return rows.length === 0 ? null : tableOf(['', 'agent', 'name', 'contact'], rows);
}

/** What the table does not say, or not at a glance. */
export function syncLines(sync: AgentSync): string[] {
  const counts = [
    `${sync.added.length} new`,
    `${sync.updated.length} changed`,
    ...(sync.united.length === 0
      ? []
      : [`${sync.united.length} that were one person with another, now one agent`]),
    `${sync.unchanged} as they were`,
    ...(sync.notInAccount.length === 0 ? [] : [`${sync.notInAccount.length} not in the account`]),
  ];
  const users = sync.users === 1 ? '1 user' : `${sync.users} users`;
  const head = `account ${sync.account}, ${users} at Exotel: ${counts.join(', ')}`;
  const lines = [sync.dryRun ? `${head} (nothing was changed)` : head];
  if (sync.notInAccount.length > 0) {
    lines.push(
      'calls with those who are not in the account are refused: correct their ids in your lists, or make the users in the Exotel dashboard',
    );
  }
  if (sync.undecided.length > 0) {
    lines.push(
      `of ${sync.undecided.length} agents listed by contact alone nothing can be said: Exotel tells no devices of some users`,
    );
  }
  if (sync.waiting > 0) {
    lines.push(
      `${sync.waiting} who are listed twice are on two calls just now, and become one agent when the devices are read again`,
    );
  }
  return lines;
}
