import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

const [number = ''] = someNumbers(1);
const phones = someNumbers(2, 80_000_000);
const file = { mode: 'connect', retry: { maxAttempts: 1, no_answer: '1s', busy: '1s', unreachable: '1s' } };
const outcomesOf = (sequence: ('agent_left' | 'connected')[]) => ({
  scenario: { speed: 100, numbers: { [number]: { sequence } } },
});

test('a customer who was never dialled, because the agent left first, is called again at no cost', async () => {
  const rig = await createRig(outcomesOf(['agent_left', 'agent_left', 'connected']));
  await rig.start();
  await rig.create({ numbers: [number], phones, file });
  const summary = await rig.completed('test', 40_000);
  expect(summary.contacts).toMatchObject({ finished: 1 });
  const { rows } = await rig.database.query(
    'select outcome, counts, unlisted from attempts order by claimed_at',
  );
  const free = { outcome: 'unreachable', counts: false, unlisted: true };
  expect(rows).toEqual([free, free, { outcome: 'connected', counts: true, unlisted: false }]);
}, 60_000);

test('a customer who can never be dialled takes agents a few times, and is then held for a person', async () => {
  const rig = await createRig(outcomesOf(['agent_left']));
  await rig.start();
  await rig.create({ numbers: [number], phones, file });
  await waitFor(async () => (await rig.summary('test')).contacts.held === 1, { timeout: 40_000 });
  expect(rig.sandbox.truth().calls).toHaveLength(3);
  const { rows } = await rig.database.query('select state_reason from contacts');
  expect(rows).toEqual([{ state_reason: 'unlisted_status' }]);
}, 60_000);
