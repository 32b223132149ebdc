import type { AgentStanding } from '../agents/agent-standing.ts';
import { wrapWords } from './bars.ts';
import { tableOf } from './output.ts';
import { roughly } from './progress.ts';

/** One line an agent, and below them why those who cannot be called cannot, reason by reason. */
export function renderAgents(agents: readonly AgentStanding[], columns: number): string {
  const whole = tableWith(agents, Number.POSITIVE_INFINITY);
  const tooWide = Math.max(...whole.split('\n').map((line) => line.length)) - columns;
  const longest = Math.max(...agents.map((agent) => idOf(agent).length));
  const table = tooWide > 0 ? tableWith(agents, Math.max(shortestId, longest - tooWide)) : whole;
  const reasons = reasonLines(agents, Math.min(columns, 100));
  return reasons.length === 0 ? table : `${table}\n\n${reasons.join('\n')}`;
}

const shortestId = 11;

function tableWith(agents: readonly AgentStanding[], idWidth: number): string {
  const accounts = new Set(agents.map((agent) => agent.account));
  const head = ['id', 'name', 'agent', 'state', 'calls today', 'idle'];
  const rows = agents.map((agent) => [
    agent.id,
    agent.name ?? '',
    shortened(idOf(agent), idWidth),
    stateOf(agent),
    agent.callsToday,
    agent.idleSince === null ? '' : lengthSince(agent, agent.idleSince),
    ...(accounts.size > 1 ? [agent.account] : []),
  ]);
  if (accounts.size > 1) head.push('account');
  return tableOf(head, rows, ['id', 'calls today', 'idle']);
}

function idOf({ userId, contactUri }: AgentStanding): string {
  return userId ?? contactUri ?? '';
}

/** A long id keeps both its ends; the number in the list names the agent as well. */
function shortened(text: string, width: number): string {
  if (text.length <= width) return text;
  const begin = Math.ceil((width - 1) / 2);
  return `${text.slice(0, begin)}…${text.slice(text.length - (width - 1 - begin))}`;
}

function stateOf(agent: AgentStanding): string {
  const state = agent.health.replace('_', ' ');
  if (agent.until !== null) return `${state}, ${roughly(agent.until.getTime() - agent.now.getTime())} left`;
  return agent.since === null || agent.health === 'available'
    ? state
    : `${state} for ${lengthSince(agent, agent.since)}`;
}

function lengthSince({ now }: AgentStanding, since: Date): string {
  return roughly(Math.max(0, now.getTime() - since.getTime()));
}

function reasonLines(agents: readonly AgentStanding[], width: number): string[] {
  const out = agents.filter((agent) => agent.reason !== null && agent.health !== 'wrap_up');
  const byReason = Map.groupBy(out, sentenceOf);
  return [...byReason].flatMap(([reason, those]) =>
    wrapWords(`${reason} (${those.map((agent) => agent.id).join(', ')})`, width),
  );
}

function sentenceOf({ health, reason }: AgentStanding): string {
  const state = health.replace('_', ' ');
  return reason?.startsWith(state) ? reason : `${state}: ${reason}`;
}
