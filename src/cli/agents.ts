import { Command, InvalidArgumentError } from 'commander';
import { pauseAgent, resumeAgent } from '../agents/agent-commands.ts';
import { listAgents } from '../agents/agent-standing.ts';
import type { AgentStanding } from '../agents/agent-standing.ts';
import { parseDuration } from '../campaigns/durations.ts';
import { devicesCommand } from './agents-devices.ts';
import { syncCommand } from './agents-sync.ts';
import { renderAgents } from './agents-table.ts';
import { printJson, say } from './output.ts';
import { roughly } from './progress.ts';
import { withSession } from './session.ts';

export function agentsCommand(): Command {
  return new Command('agents')
    .description(
      'see agents and why they are not called, pause them, take them back, and what Exotel has of them',
    )
    .addCommand(listCommand())
    .addCommand(syncCommand())
    .addCommand(devicesCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand());
}

const idMeaning = "the agent's user id, contact URI, or number in the list";

function listCommand(): Command {
  return new Command('list')
    .description('all agents and how each stands')
    .option('--campaign <name>', 'only those of a campaign')
    .option('--json', 'print one JSON document: an array of agents')
    .addHelpText('after', '\nExample:\n  dialer agents list --campaign renewal-november')
    .action((flags: { campaign?: string; json?: true }) =>
      withSession(async ({ database }) => {
        const agents = await listAgents(
          database,
          flags.campaign === undefined ? {} : { campaign: flags.campaign },
        );
        if (flags.json) printJson(agents.map(forMachines));
        else if (agents.length === 0)
          say('there are no agents yet: they come with a campaign, or with `dialer agents sync`');
        else process.stdout.write(`${renderAgents(agents, process.stdout.columns ?? 80)}\n`);
      }),
    );
}

function pauseCommand(): Command {
  return new Command('pause')
    .description('give an agent no more calls; the one under way goes on')
    .argument('<id>', idMeaning)
    .option('--for <time>', 'how long, such as 30m or 1h30m; without it until resumed', duration)
    .option('--reason <text>', 'why, for those who see the list')
    .option('--json', 'print the agent as one JSON document')
    .addHelpText('after', '\nExample:\n  dialer agents pause asha.rao --for 30m --reason "team meeting"')
    .action((id: string, flags: { for?: number; reason?: string; json?: true }) =>
      withSession(async ({ database, actor }) => {
        const pause = { forMs: flags.for ?? null, reason: flags.reason ?? null };
        const agent = await pauseAgent(database, id, pause, actor);
        if (flags.json) printJson(forMachines(agent));
        else process.stdout.write(`${paused(agent, pause.forMs)}\n`);
      }),
    );
}

function resumeCommand(): Command {
  return new Command('resume')
    .description('take an agent back after a pause, or one who was disabled or is cooling down')
    .argument('<id>', idMeaning)
    .option('--json', 'print the agent as one JSON document')
    .addHelpText('after', '\nExample:\n  dialer agents resume asha.rao')
    .action((id: string, flags: { json?: true }) =>
      withSession(async ({ database, actor }) => {
        const agent = await resumeAgent(database, id, actor);
        if (flags.json) printJson(forMachines(agent));
        else process.stdout.write(`${nameOf(agent)} is ${agent.health.replace('_', ' ')}\n`);
      }),
    );
}

function duration(text: string): number {
  const reading = parseDuration(text);
  if ('problem' in reading) throw new InvalidArgumentError(reading.problem);
  if (reading.milliseconds === 0) throw new InvalidArgumentError('a pause of no length is none');
  return reading.milliseconds;
}

function paused(agent: AgentStanding, forMs: number | null): string {
  const end = forMs === null ? 'until resumed' : `for ${roughly(forMs)}`;
  const call = agent.health === 'on_call' ? '; the call under way goes on' : '';
  return `${nameOf(agent)} is paused ${end}: no new call is placed with them${call}`;
}

function nameOf({ name, userId, contactUri }: AgentStanding): string {
  const id = userId ?? contactUri ?? '';
  return name === null ? id : `${name} (${id})`;
}

/** The clock is for the table's lengths of time; each time in the document speaks for itself. */
function forMachines(agent: AgentStanding): object {
  return Object.fromEntries(Object.entries(agent).filter(([field]) => field !== 'now'));
}
