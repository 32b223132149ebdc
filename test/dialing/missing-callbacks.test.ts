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

/** Calls that have ended by the time at which the account counts as without callbacks, or as one that misses many. */
async function endedWhenNoticed(rig: Rig, column = 'callbacks_missing_since'): Promise<number> {
  // the day goes on, so that whatever falls due is looked at, and the next list is read
  await waitFor(
    async () => {
      await rig.moveClock('5 seconds');
      return await one(rig.database, `select 1 as noticed from accounts where ${column} is not null`);
    },
    { timeout: 30_000, interval: 200, what: `the account's ${column}` },
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

test('that half of the callbacks are lost is seen by calls whose agent has answered, before any of them ends, and is told', async () => {
  const rig = await createRig({
    scenario: {
      speed: 60,
      agents: { count: 16 },
      outcomes: { connected: 1 },
      ...longTalks,
      callbacks: { faults: { lost: 0.5 } },
    },
    requestsPerMinute: 1000,
  });
  await rig.start();
  const name = await rig.create({ numbers: someNumbers(16), file: { call } });
  await placedAreAtLeast(rig, 16);
  await waitFor(() => rig.sandbox.truth().calls.every(({ agentAnsweredAt }) => agentAnsweredAt !== null));
  await rig.moveClock('21 seconds');
  expect(await endedWhenNoticed(rig, 'callbacks_poor_since')).toBe(0);
  expect((await rig.summary(name)).warning).toMatch(
    /^many callbacks come late or not at all, so Exotel is asked .* DIALER_PUBLIC_URL$/u,
  );
}, 60_000);

test('while callbacks come nothing is looked at to see whether they do', async () => {
  const rig = await createRig({
    scenario: { speed: 60, agents: { count: 16 }, outcomes: { connected: 1 }, ...longTalks },
    requestsPerMinute: 1000,
  });
  await rig.start();
  await rig.create({ numbers: someNumbers(16), file: { call } });
  await placedAreAtLeast(rig, 16);
  const heardOfAll = `select 1 as all_heard from attempts having count(*) filter (where first_callback_at is not null) = 16`;
  await waitFor(() => one(rig.database, heardOfAll), { what: 'an event of each call' });
  await rig.moveClock('21 seconds');
  const putOff = `select 1 as put_off from attempts having bool_and(next_poll_at > dialer_now())`;
  await waitFor(() => one(rig.database, putOff), { what: 'all looks put off' });
  expect(rig.sandbox.truth().requests.byKind).not.toHaveProperty('call');
}, 60_000);
