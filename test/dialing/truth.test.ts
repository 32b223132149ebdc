import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { knownCalls, trueCalls } from '../support/truth.ts';
import { waitFor } from '../support/wait.ts';

const quick = { speed: 60, agents: { count: 10 } };

test('without callbacks every call’s end is looked up, and the report is the provider’s truth', async () => {
  const rig = await createRig({ scenario: quick, callbacks: false, requestsPerMinute: 1000 });
  await rig.start();
  const name = await rig.create({ numbers: someNumbers(12) });
  // a look waits for tens of seconds of the dialer's day, and the calls here are over in one
  await waitFor(
    async () => {
      await rig.moveClock('2 seconds');
      return (await rig.summary(name)).status === 'completed';
    },
    { timeout: 60_000, interval: 250, what: 'the end of the campaign' },
  );
  expect(await knownCalls(rig.database)).toEqual(trueCalls(rig.sandbox));
}, 90_000);

test('with callbacks doubled, late and out of order the report is the provider’s truth', async () => {
  const rig = await createRig({
    scenario: { ...quick, callbacks: { lateBy: '60s', faults: { doubled: 0.4, late: 0.3, reordered: 0.3 } } },
    requestsPerMinute: 1000,
  });
  await rig.start();
  const name = await rig.create({ numbers: someNumbers(30) });
  await rig.completed(name);
  expect(await knownCalls(rig.database)).toEqual(trueCalls(rig.sandbox));
}, 90_000);

test('a call whose answer was cut is adopted by its callback and never placed again', async () => {
  const rig = await createRig({
    scenario: { ...quick, outcomes: { connected: 1 }, answers: { placing: { cut_after: 0.5 } } },
    requestsPerMinute: 1000,
  });
  await rig.start();
  const name = await rig.create({ numbers: someNumbers(20) });
  const summary = await rig.completed(name);
  expect(summary.contacts.finished).toBe(20);
  expect(summary.attempts).toMatchObject({ total: 20, outcomes: { connected: 20 } });
  const truth = rig.sandbox.truth();
  expect(truth.calls).toHaveLength(20);
  expect(truth.placings.some((placing) => placing.fault === 'cut_after')).toBe(true);
  expect(await knownCalls(rig.database)).toEqual(trueCalls(rig.sandbox));
}, 90_000);

test('a call whose answer was cut and that no callback tells of is unknown: held, and never placed again', async () => {
  const [number = ''] = someNumbers(1);
  const rig = await createRig({
    scenario: { ...quick, numbers: { [number]: { outcome: 'connected', answer: 'cut_after' } } },
    callbacks: false,
    requestsPerMinute: 1000,
  });
  await rig.start();
  const name = await rig.create({ numbers: [number] });
  await waitFor(
    async () => (await rig.summary(name)).attempts.total === 1 && rig.sandbox.truth().calls.length === 1,
  );
  await waitFor(() => one(rig.database, `select 1 as found from attempts where state = 'unknown'`));
  await rig.moveClock('10 minutes');
  const summary = await rig.completed(name);
  expect(summary.contacts.held).toBe(1);
  expect(summary.attempts.outcomes).toEqual({ unknown: 1 });
  expect(rig.sandbox.truth().calls).toHaveLength(1);
}, 60_000);

test('numbers busy, unanswered or unreachable are called again by the campaign’s rules, to the end of their budget', async () => {
  const numbers = someNumbers(3);
  const rig = await createRig({
    scenario: {
      ...quick,
      numbers: {
        [numbers[0] ?? '']: { sequence: ['no_answer', 'connected'] },
        [numbers[1] ?? '']: { sequence: ['busy', 'busy'] },
        [numbers[2] ?? '']: { sequence: ['agent_no_answer', 'unreachable', 'agent_canceled', 'connected'] },
      },
    },
    requestsPerMinute: 1000,
  });
  await rig.start();
  const name = await rig.create({ numbers });
  const summary = await rig.completed(name);
  expect(summary.contacts).toMatchObject({ finished: 2, exhausted: 1 });
  expect(summary.attempts.outcomes).toEqual({
    agent_canceled: 1,
    agent_no_answer: 1,
    busy: 2,
    connected: 2,
    no_answer: 1,
    unreachable: 1,
  });
}, 60_000);
