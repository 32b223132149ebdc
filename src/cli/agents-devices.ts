import { Command } from 'commander';
import { agentBy } from '../agents/agent-commands.ts';
import type { AgentDevices } from '../agents/user-devices.ts';
import type { Database } from '../db/pool.ts';
import { askOwner } from '../errands/ask-owner.ts';
import { UserError } from '../errors.ts';
import { printJson, say, tableOf } from './output.ts';
import { withSession } from './session.ts';

interface DevicesFlags {
  on?: true;
  off?: true;
  device?: string;
  json?: true;
}

const examples = `
Examples:
  dialer agents devices asha.rao
  dialer agents devices asha.rao --on
  dialer agents devices asha.rao --on --device 100012

Exotel calls an agent on the device that is on; one device of a user can be. Without --device, --off means the one that
is on, and --on the only verified one.`;

export function devicesCommand(): Command {
  return new Command('devices')
    .description("show an agent's devices at Exotel, or switch one on or off")
    .argument('<agent>', "the agent's user id, contact URI, or number in the list")
    .option('--on', 'switch a device on')
    .option('--off', 'switch the device off')
    .option('--device <id>', 'which device, by its id or contact')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((word: string, flags: DevicesFlags) => {
      const turn = turnOf(flags);
      return withSession(async ({ database, config, log, actor }) => {
        const { id: agentId, accountId } = await agentBy(database, word);
        const account = { id: accountId, name: await accountName(database, accountId) };
        const wanted = { agentId, turn, deviceId: flags.device ?? null };
        const devices = await askOwner({ database, config, log, account, actor }, 'agent_devices', wanted);
        if (flags.json) {
          printJson(devices);
          return;
        }
        process.stdout.write(`${renderDevices(devices)}\n`);
        if (turn !== null) say(switchedSentence(devices, turn));
      });
    });
}

function turnOf(flags: DevicesFlags): 'on' | 'off' | null {
  if (flags.on && flags.off) throw new UserError('give --on or --off, not both', { exitCode: 2 });
  if (flags.on) return 'on';
  if (flags.off) return 'off';
  if (flags.device === undefined) return null;
  throw new UserError('say with --on or --off what to do with that device', { exitCode: 2 });
}

async function accountName(database: Database, accountId: number): Promise<string> {
  const found = await database.query<{ name: string }>('select name from accounts where id = $1', [
    accountId,
  ]);
  return found.rows[0]?.name ?? '';
}

/** One line a device. What Exotel does not tell is empty. */
export function renderDevices({ agent, devices }: AgentDevices): string {
  if (devices.length === 0) return `${agent.userId} has no device at Exotel`;
  const rows = devices.map((device) => [
    device.id ?? '',
    device.contactUri ?? '',
    device.type ?? '',
    yesOrNo(device.available, 'on', 'off'),
    yesOrNo(device.verified, 'yes', 'no'),
    device.status ?? '',
  ]);
  return tableOf(['device', 'contact', 'type', 'switched', 'verified', 'status'], rows);
}

function yesOrNo(value: boolean | null, yes: string, no: string): string {
  return value === null ? '' : value ? yes : no;
}

function switchedSentence({ agent, switched }: AgentDevices, turn: 'on' | 'off'): string {
  const name = agent.name === null ? agent.userId : `${agent.name} (${agent.userId})`;
  if (switched === null) return `the device of ${name} is ${turn} already`;
  return `device ${switched.deviceId} of ${name} is switched ${switched.to}`;
}
