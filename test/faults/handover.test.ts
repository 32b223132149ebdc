import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

const program = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

async function epochOf(rig: Rig): Promise<number> {
  return (await one<{ epoch: number }>(rig.database, 'select epoch from leases where owner is not null'))
    .epoch;
}

async function looksOf(rig: Rig) {
  const found = await rig.database.query<{ result: string | null; answered: boolean; epoch: number }>(
    `select result, answered_at is not null as answered, epoch from requests where kind = 'details' order by id`,
  );
  return found.rows;
}

test('a clean stop hands the account over while a look is under way: its request keeps its slot, and the successor looks at once', async () => {
  const rig = await createRig({
    scenario: { speed: 200, agents: { count: 1 }, outcomes: { connected: 1 } },
    callbacks: false,
  });
  const first = await rig.start();
  const name = await rig.create({ numbers: someNumbers(1) });
  await waitFor(() => rig.sandbox.truth().calls[0]?.settledAt, { what: 'the end of the call' });
  rig.sandbox.control({ answers: { reading: { slow: 1 }, slowBy: '25s' } });
  await rig.moveClock('3 minutes');
  await waitFor(() => rig.sandbox.requests().some(({ path }) => path.includes('/calls/')), {
    what: 'a look',
  });
  rig.sandbox.control({ answers: { reading: {}, slowBy: '0s' } });
  await rig.start();
  const began = performance.now();
  await Promise.all([
    first.stop(),
    waitFor(async () => (await epochOf(rig)) === 2, { what: 'the next owner' }),
  ]);
  // it took as long as the slowest look, up to half a minute
  expect(performance.now() - began).toBeLessThan(6000);
  expect((await looksOf(rig))[0]).toEqual({ result: 'failed', answered: true, epoch: 1 });
  const summary = await rig.completed(name, 20_000);
  expect(summary.contacts.finished).toBe(1);
  expect((await looksOf(rig)).map(({ epoch }) => epoch)).toEqual([1, 2]);
}, 60_000);

test('a second signal ends a worker at once, though Exotel still owes it an answer', async () => {
  const rig = await createRig({
    scenario: {
      agents: { count: 1 },
      answers: { placing: { slow: 1 }, slowBy: '30s' },
    },
  });
  await rig.create({ numbers: someNumbers(1) });
  const { key, token, sid } = rig.sandbox.settings.current.account;
  const child = spawn(process.execPath, [program, 'worker'], {
    cwd: rig.config.dataDirectory,
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: rig.database.url,
      EXOTEL_ACCOUNT_SID: sid,
      EXOTEL_API_KEY: key,
      EXOTEL_API_TOKEN: token,
      EXOTEL_API_URL: rig.sandbox.url,
      EXOTEL_CCM_URL: rig.sandbox.url,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const ended = once(child, 'exit');
  await waitFor(() => rig.sandbox.truth().placings.length === 1, {
    timeout: 30_000,
    what: 'a request to place',
  });
  child.kill('SIGTERM');
  await waitFor(() => said.some((line) => line.startsWith('stopping')), {
    what: 'the word of the first signal',
  });
  // within a second it would be the first one again, passed on by npm
  const secondAt = performance.now() + 1200;
  await waitFor(() => performance.now() > secondAt);
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  const signalled = performance.now();
  expect(await ended).toEqual([143, null]);
  expect(performance.now() - signalled).toBeLessThan(3000);
}, 90_000);
