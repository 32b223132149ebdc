import { expect, test } from 'vitest';
import { one } from '../support/seed.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { knownEnds, trueEnds } from '../support/truth.ts';
import { waitFor } from '../support/wait.ts';
import { hostWithout } from './host-without.ts';

/** Dials a campaign without callbacks whose talks last for many looks, and counts the requests for them. */
async function talksBy(
  activeCalls: 'served' | 'absent' | 'empty' | 'stale',
  { through, lost }: { through?: (rig: Rig) => Promise<string>; lost?: true } = {},
): Promise<{ details: number; active: number; calls: number }> {
  const rig = await createRig({
    scenario: {
      speed: 40,
      agents: { count: 10 },
      outcomes: { connected: 1 },
      durations: { talk: { mean: '80s', spread: '30s' } },
      // the devices would tell who is still talking, too
      variants: { activeCalls, hideDevices: true },
      ...(lost && { callbacks: { faults: { lost: 1 } } }),
    },
    callbacks: lost ?? false,
    requestsPerMinute: 1000,
  });
  const [account] = rig.config.accounts;
  if (account !== undefined && through !== undefined) account.ccmUrl = await through(rig);
  await rig.start();
  await rig.create({ numbers: someNumbers(10), file: { call: { ringSeconds: 20, maxSeconds: 3600 } } });
  await waitFor(
    async () => {
      // on a busy machine, too, what is due is looked at before the day goes on
      const { due } = await one<{ due: number }>(
        rig.database,
        `select count(*)::int as due from attempts where state = 'placed' and next_poll_at <= dialer_now()`,
      );
      if (due === 0) await rig.moveClock('12 seconds');
      return (await rig.summary('test')).status === 'completed';
    },
    { timeout: 60_000, interval: 150, what: 'the end of the campaign' },
  );
  expect(await knownEnds(rig.database)).toEqual(trueEnds(rig.sandbox));
  return {
    ...(await one<{ details: number; active: number }>(
      rig.database,
      `select count(*) filter (where kind = 'details') as details, count(*) filter (where kind = 'active') as active
       from requests`,
    )),
    calls: rig.sandbox.truth().calls.length,
  };
}

test('the list of calls under way spares looks at calls that go on', async () => {
  const without = await talksBy('absent');
  // both hosts have refused it, and it is not asked for again
  expect(without.active).toBe(2);
  const having = await talksBy('served');
  expect(having.active).toBeGreaterThan(0);
  expect(having.details + having.active).toBeLessThan(0.7 * without.details);
}, 150_000);

test('the list is taken from the other host where the first has none', async () => {
  const { active, details, calls } = await talksBy('served', {
    through: (rig) => hostWithout(rig, /calls\/active/),
  });
  expect(active).toBeGreaterThan(1);
  expect(details).toBeLessThan(4 * calls);
}, 90_000);

test('it hides from nobody that no callbacks come, whose first looks show it', async () => {
  const { active } = await talksBy('served', { lost: true });
  expect(active).toBeGreaterThan(0);
}, 90_000);

test.each(['empty', 'stale'] as const)(
  'a list that is %s does no harm and is soon left alone',
  async (activeCalls) => {
    const { active } = await talksBy(activeCalls);
    expect(active).toBeGreaterThan(0);
    expect(active).toBeLessThanOrEqual(13);
  },
  90_000,
);
