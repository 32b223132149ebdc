import { expect, test } from 'vitest';
import type { AgentStanding } from '../agents/agent-standing.ts';
import { renderAgents } from './agents-table.ts';

const now = new Date('2026-12-01T05:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const minute = 60_000;

function agent(id: number, changes: Partial<AgentStanding> = {}): AgentStanding {
  return {
    id,
    account: 'main',
    name: `Agent ${id}`,
    userId: `agent-00${id}`,
    contactUri: null,
    health: 'available',
    since: ago(3 * minute),
    until: null,
    reason: null,
    callsToday: 4,
    idleSince: ago(3 * minute),
    campaigns: ['test'],
    now,
    ...changes,
  };
}

test('shows how each stands, and below why those who are out are out', () => {
  const unverified = {
    health: 'disabled',
    reason: 'the device is unverified',
    since: ago(120 * minute),
  } as const;
  const table = renderAgents(
    [
      agent(1),
      agent(2, { health: 'on_call', since: ago(40_000), idleSince: null }),
      agent(3, { health: 'paused', until: ago(-12 * minute), reason: 'lunch (by cli:asha)' }),
      agent(4, unverified),
      agent(5, { ...unverified, userId: null, contactUri: '+919811100005', name: null }),
      agent(6, { health: 'wrap_up', since: null, until: ago(-5_000), reason: 'wrap-up after a call' }),
    ],
    80,
  );
  expect(table.split('\n').map((line) => line.replace(/ {2,}/g, '  ').trim())).toEqual([
    'id  name  agent  state  calls today  idle',
    '1  Agent 1  agent-001  available  4  3m',
    '2  Agent 2  agent-002  on call for 40s  4',
    '3  Agent 3  agent-003  paused, 12m left  4  3m',
    '4  Agent 4  agent-004  disabled for 2h  4  3m',
    '5  +919811100005  disabled for 2h  4  3m',
    '6  Agent 6  agent-006  wrap up, 5s left  4  3m',
    '',
    'paused: lunch (by cli:asha) (3)',
    'disabled: the device is unverified (4, 5)',
  ]);
});

test('shortens long ids in their middle where the terminal is narrow, and only there', () => {
  const userId = '6f1c2a9be4d07c5388aa01f2be4477cd';
  const agents = [
    agent(1, { userId, name: 'Venkatasubramanian R', health: 'cooling_down', until: ago(-100_000) }),
  ];
  const narrow = renderAgents(agents, 80);
  expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(narrow).toMatch(/ 6f1c2a…477cd /);
  expect(renderAgents(agents, 120)).toContain(userId);
});
