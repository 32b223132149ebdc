import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { knownCalls, trueCalls } from '../support/truth.ts';
import { waitFor } from '../support/wait.ts';

test('of two workers on one database one dials; when it stops the other goes on, within the limit', async () => {
  const rig = await createRig({
    scenario: {
      speed: 60,
      agents: { count: 10 },
      outcomes: { connected: 1 },
      limit: { requests: 30, window: '5s' },
    },
    requestsPerMinute: 30,
    windowMs: 5000,
  });
  const first = await rig.start();
  await rig.start();
  const name = await rig.create({ numbers: someNumbers(45) });
  await waitFor(async () => (await rig.summary(name)).attempts.total >= 20, { timeout: 20_000 });
  expect(await one(rig.database, 'select count(distinct epoch) as owners from attempts')).toEqual({
    owners: 1,
  });
  await first.stop();
  const summary = await rig.completed(name);
  expect(summary.contacts.finished).toBe(45);
  expect(await one(rig.database, 'select count(distinct epoch) as owners from attempts')).toEqual({
    owners: 2,
  });
  expect(rig.sandbox.truth().requests.throttled).toBe(0);
  expect(await knownCalls(rig.database)).toEqual(trueCalls(rig.sandbox));
}, 90_000);
