import { expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { startService } from '../../src/serve.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';
import { takeCallbacks } from './dialer.ts';

/** A worker whose statements that match fail while the test wants them to. */
async function startFailing(rig: Rig, statement: RegExp): Promise<{ failures: number; failing: boolean }> {
  const fault = { failures: 0, failing: false };
  const database: Database = {
    ...rig.database,
    query: async (sql, parameters) => {
      if (fault.failing && statement.test(sql)) {
        fault.failures += 1;
        throw new Error('as the test wishes');
      }
      return await rig.database.query(sql, parameters);
    },
  };
  const log = createLog(process.env['LOG_LEVEL'] ?? 'silent');
  const service = await startService({ config: rig.config, database, log }, ['worker']);
  onTestFinished(() => service.stop());
  return fault;
}

const epochs = (rig: Rig) => one(rig.database, 'select epoch from leases');

test.each([
  ['looking for whom to call', /paused_at is not null as paused/],
  ['looking for calls to look at', /t\.next_poll_at <= dialer_now\(\)/],
])(
  '%s fails: dialling goes on as soon as it does not, whatever is still waited for',
  async (_what, statement) => {
    const numbers = someNumbers(20);
    const [slow = ''] = numbers;
    const rig = await createRig({
      scenario: {
        speed: 200,
        agents: { count: 2 },
        outcomes: { connected: 1 },
        answers: { slowBy: '14s' },
        numbers: { [slow]: { answer: 'slow' } },
      },
    });
    await takeCallbacks(rig);
    const fault = await startFailing(rig, statement);
    await rig.create({ numbers });
    const placings = () => rig.sandbox.truth().placings;
    await waitFor(() => placings().some(({ customer }) => customer === slow), {
      what: 'the request whose answer is slow',
    });
    fault.failing = true;
    await waitFor(() => fault.failures > 0, { what: 'a failure' });
    fault.failing = false;
    const failedAt = performance.now();
    const before = placings().length;
    // one or two may have been claimed before the failure
    await waitFor(() => placings().length >= before + 4, { timeout: 20_000, what: 'the next calls' });
    expect(performance.now() - failedAt).toBeLessThan(9000);
    expect(await epochs(rig)).toEqual({ epoch: 1 });
  },
  60_000,
);

test('a campaign that waits for its agents’ devices keeps nothing else from happening', async () => {
  const rig = await createRig({ requestsPerMinute: 1, scenario: { agents: { count: 1 } }, callbacks: false });
  await rig.database.query(
    `insert into requests (account_id, epoch, kind, answered_at, result)
     select id, 0, 'users', clock_timestamp(), 'ok' from accounts`,
  );
  const waiting = await rig.create({ name: 'waiting', numbers: someNumbers(1) });
  const ending = await rig.create({
    name: 'ending',
    numbers: someNumbers(1, 1),
  });
  await rig.database.query(
    `update campaigns set ends_at = dialer_now() + interval '1 hour' where name = 'ending'`,
  );
  await rig.start();
  await waitFor(async () => (await rig.summary(waiting)).reason?.includes('devices'));
  await rig.moveClock('2 hours');
  await waitFor(async () => (await rig.summary(ending)).contacts.expired === 1, {
    what: 'the end of the other',
  });
  expect((await rig.summary(waiting)).status).toBe('scheduled');
}, 30_000);
