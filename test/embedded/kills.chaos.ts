import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, serversIn, startUserProcess, temporaryFolder } from './processes.ts';
import type { UserProcess } from './processes.ts';

const rounds = 60;

type Victim =
  'nobody' | 'a process' | 'the server' | 'a process and the server' | 'every process and the server';
const victims: Victim[] = [
  'nobody',
  'a process',
  'the server',
  'a process and the server',
  'every process and the server',
];

function oneOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

/** Only who was killed, or worked while the server was, may fail. */
function isExcused(reason: string, victim: Victim): boolean {
  return victim.includes('server') || (victim === 'a process' && reason.includes('ended before'));
}

function killServers(folder: string): void {
  for (const pid of serversIn(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in the same moment.
    }
  }
}

async function strike(victim: Victim, users: readonly UserProcess[], folder: string): Promise<void> {
  await delay(Math.random() * 250);
  if (victim === 'every process and the server') await Promise.all(users.map((user) => user.kill()));
  if (victim === 'a process' || victim === 'a process and the server') await oneOf(users).kill();
  if (victim.includes('server')) killServers(folder);
}

test(
  `${rounds} rounds of kill -9 at random moments block no next start and lose nothing that was acknowledged`,
  { timeout: 600_000 },
  async () => {
    const dataDirectory = temporaryFolder();
    const first = startUserProcess();
    await ask(await first.ask({ act: 'acquire', dataDirectory }), 'CREATE TABLE kept (row text PRIMARY KEY)');
    await first.ask({ act: 'release' });
    await first.kill();

    const written = new Set<unknown>();
    for (let round = 0; round < rounds; round += 1) {
      const victim = oneOf(victims);
      const users = Array.from({ length: 2 + Math.floor(Math.random() * 3) }, () => startUserProcess());
      const uses = users.map(async (user, index) => {
        const row = `${round}-${index}`;
        await delay(Math.random() * 120);
        await user.ask({ act: 'use', dataDirectory, row, work: Math.random() * 60 });
        written.add(row);
      });
      const [results] = await Promise.all([Promise.allSettled(uses), strike(victim, users, dataDirectory)]);
      const failed = results
        .filter((result) => result.status === 'rejected')
        .map((result) => String(result.reason));
      const unexcused = failed.filter((reason) => !isExcused(reason, victim));
      expect(unexcused, `failures after ${victim} was killed`).toEqual([]);
      await Promise.all(users.map((user) => user.kill()));

      const next = startUserProcess();
      const begun = performance.now();
      const url = await next.ask({ act: 'acquire', dataDirectory });
      expect(performance.now() - begun, `start after ${victim} was killed`).toBeLessThan(10_000);
      const found = new Set(await ask(url, 'SELECT row FROM kept'));
      expect(
        [...written].filter((row) => !found.has(row)),
        `rows lost after ${victim} was killed`,
      ).toEqual([]);
      await next.ask({ act: 'release' });
      expect(serversIn(dataDirectory)).toEqual([]);
      await next.kill();
    }
  },
);
