import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';

const phones = someNumbers(3, 80_012_345);
const [onRegister = ''] = phones;
const connected = { outcomes: { connected: 1 } };
const quick = { speed: 100, ...connected, durations: { talk: { mean: '20s', spread: '1s' } } } as const;

const agentsOf = (query: (text: string) => Promise<{ rows: unknown[] }>) =>
  query(
    `select contact_uri, disabled_reason, cooling_code from agents
     where disabled_at is not null or cooling_code is not null`,
  );

test.each(['whole', 'masked'] as const)(
  'an agent whose phone is on the register is disabled with the reason and costs no customer anything, its number %s',
  async (numberOnRegister) => {
    const scenario = { ...quick, doNotDisturb: { agents: [onRegister] }, v1: { numberOnRegister } };
    const rig = await createRig({ scenario, requestsPerMinute: 1000 });
    await rig.start();
    await rig.create({ numbers: someNumbers(12), phones, file: { mode: 'connect' } });
    const summary = await rig.completed('test', 40_000);
    expect(summary.contacts).toMatchObject({ finished: 12, suppressed: 0 });
    expect(summary.attempts.outcomes).toEqual({ connected: 12, agent_unavailable: 1 });
    const { rows } = await agentsOf((text) => rig.database.query(text));
    expect(rows).toEqual([
      {
        contact_uri: onRegister,
        disabled_reason: "the agent's phone number is on the do-not-disturb register",
        cooling_code: null,
      },
    ]);
  },
  60_000,
);

test('where Exotel does not say whose number is on the register, the agent sits out and no customer is suppressed', async () => {
  const v1 = { numberOnRegister: 'unnamed' } as const;
  const rig = await createRig({
    scenario: { ...quick, doNotDisturb: { agents: [onRegister] }, v1 },
    requestsPerMinute: 1000,
  });
  await rig.start();
  await rig.create({ numbers: someNumbers(12), phones, file: { mode: 'connect' } });
  const summary = await rig.completed('test', 40_000);
  expect(summary.contacts).toMatchObject({ finished: 12, suppressed: 0 });
  expect(summary.attempts.outcomes).toEqual({ connected: 12, agent_unavailable: 1 });
  const { rows } = await agentsOf((text) => rig.database.query(text));
  expect(rows).toEqual([{ contact_uri: onRegister, disabled_reason: null, cooling_code: 'HTTP 403' }]);
}, 60_000);
