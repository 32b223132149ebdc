import { describe, expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

async function gateOf({ database }: Rig): Promise<number> {
  const found = await one<{ ms: number | null }>(
    database,
    `select extract(epoch from throttled_until - (select max(answered_at) from requests where result = 'throttled'))::float8
       * 1000 as ms from accounts`,
  );
  return found.ms ?? 0;
}

const throttled = (rig: Rig): number => rig.sandbox.truth().requests.throttled;

describe.each(['placing', 'reading'] as const)('a 429 to a request for %s', (what) => {
  test('with Retry-After binds the next owner too, and is told as the reason', async () => {
    const rig = await createRig({
      scenario: { agents: { count: 2 }, limit: { retryAfter: 'seconds' }, outcomes: { connected: 1 } },
      callbacks: false,
    });
    const first = await rig.start();
    if (what === 'placing') {
      await rig.create({ name: 'before', numbers: someNumbers(1) });
      await waitFor(() => rig.sandbox.truth().calls.length === 1, { what: 'a call' });
    }
    rig.sandbox.control({ storm: '30s' });
    const name = await rig.create({ numbers: someNumbers(1, 1) });
    await waitFor(() => throttled(rig) === 1, { what: 'a 429' });
    await waitFor(async () => (await gateOf(rig)) > 20_000, { what: 'the gate' });
    await first.stop();
    rig.sandbox.control({ storm: '0s' });
    const before = rig.sandbox.truth().requests.total;
    await rig.start();
    await waitFor(
      async () => (await one<{ epoch: number }>(rig.database, 'select epoch from leases')).epoch === 2,
    );
    await rig.database.query(`update campaigns set status = 'running' where name = $1`, [name]);
    const until = performance.now() + 3000;
    await waitFor(() => performance.now() > until);
    expect(rig.sandbox.truth().requests.total).toBe(before);
    expect((await rig.summary(name)).reason).toMatch(/too many requests \(429\), so none is sent until/);
  }, 60_000);
});

test('a 429 closes the gate once, however often the database refuses to take it in', async () => {
  const rig = await createRig({
    scenario: { speed: 200, agents: { count: 1 }, limit: { retryAfter: 'none' }, outcomes: { connected: 1 } },
    callbacks: false,
  });
  await rig.start();
  await rig.create({ numbers: someNumbers(1), start: false });
  await rig.database.query('create sequence refusals');
  // a sequence keeps what it counted though the transaction is rolled back
  await rig.database.query(`create function refuse() returns trigger language plpgsql as $$
    begin
      if nextval('refusals') > 4 then return new; end if;
      raise exception 'as the test wishes' using errcode = '53100';
    end $$`);
  await rig.database.query(`create trigger refuse before update on attempts for each row
    when (new.outcome = 'throttled') execute function refuse()`);
  rig.sandbox.control({ storm: '1m' });
  await rig.database.query(`update campaigns set status = 'running'`);
  const refusals = () => one<{ made: number }>(rig.database, 'select last_value as made from refusals');
  await waitFor(async () => (await refusals()).made === 4, { what: 'the fourth refusal' });
  // the first back-off is two seconds, give or take a quarter; each refusal made it twice as long
  const gate = await gateOf(rig);
  expect(gate).toBeGreaterThan(1000);
  expect(gate).toBeLessThan(2700);
}, 60_000);
