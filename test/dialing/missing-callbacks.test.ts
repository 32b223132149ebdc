import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

const lost = { callbacks: { faults: { lost: 1 } } } as const;
const longTalks = { durations: { talk: { mean: '3600s', spread: '1s' } } } as const;
const call = { ringSeconds: 20, maxSeconds: 3600 };

async function placedAreAtLeast(rig: Rig, calls: number): Promise<void> {
  await waitFor(() => rig.sandbox.truth().calls.length >= calls, { what: `${calls} calls` });
}

/** Calls that have ended by the time at which the account counts as without callbacks. */
async function endedWhenNoticed(rig: Rig): Promise<number> {
  // the day goes on, so that whatever falls due is looked at, and the next list is read
  await waitFor(
    async () => {
      await rig.moveClock('5 seconds');
      return await one(
        rig.database,
        'select 1 as missing from accounts where callbacks_missing_since is not null',
      );
    },
    { timeout: 30_000, interval: 200, what: 'the account to count as without callbacks' },
  );
  const { ended } = await one<{ ended: number }>(
    rig.database,
    `select count(*) as ended from attempts where state = 'settled'`,
  );
  return ended;
}

test('that no callbacks come is seen by calls whose agent has answered, before any of them ends', async () => {
  const rig = await createRig({
    scenario: { speed: 60, agents: { count: 6 }, outcomes: { connected: 1 }, ...longTalks, ...lost },
    requestsPerMinute: 1000,
  });
  await rig.start();
  await rig.create({ numbers: someNumbers(6), file: { call } });
  await placedAreAtLeast(rig, 6);
  await waitFor(() => rig.sandbox.truth().calls.every(({ agentAnsweredAt }) => agentAnsweredAt !== null));
  await rig.moveClock('21 seconds');
  expect(await endedWhenNoticed(rig)).toBe(0);
}, 60_000);

test('of calls to a flow it is seen by the first list of those that ended, whichever they are', async () => {
  const numbers = someNumbers(12);
  const rig = await createRig({
    scenario: {
      speed: 60,
      outcomes: { connected: 1 },
      numbers: Object.fromEntries(numbers.slice(6).map((number) => [number, { outcome: 'busy' }])),
      ...longTalks,
      ...lost,
    },
    requestsPerMinute: 1000,
  });
  await rig.start();
  await rig.create({
    numbers,
    file: { mode: 'flow', flow: { appId: '208287' }, call, retry: { maxAttempts: 1 } },
  });
  await placedAreAtLeast(rig, 12);
  await waitFor(() => rig.sandbox.truth().calls.filter(({ endedAt }) => endedAt !== null).length === 6);
  await rig.moveClock('21 seconds');
  expect(await endedWhenNoticed(rig)).toBeGreaterThanOrEqual(5);
}, 60_000);
