import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';

test('dials every contact of a list through the agents and knows what came of each', async () => {
  const rig = await createRig({
    scenario: { speed: 30, agents: { count: 8, off: 0, busy: 0, toggling: 0 } },
    windowMs: 3000,
  });
  await rig.start();
  const name = await rig.create({ numbers: someNumbers(40) });
  const summary = await rig.completed(name);

  const truth = rig.sandbox.truth();
  expect(summary.contacts.total).toBe(40);
  expect(summary.contacts.pending + summary.contacts.dialing).toBe(0);
  expect(summary.attempts.live).toBe(0);
  expect(summary.attempts.total).toBe(truth.calls.length);
  expect(summary.attempts.outcomes.connected).toBe(
    truth.calls.filter((call) => call.status === 'completed').length,
  );
}, 90_000);
