import { describe, expect, test } from 'vitest';
import type { PlacingFault, ScenarioInput } from '../../src/sandbox/scenario.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';
import { account } from './dialer.ts';
import { faultyWay } from './relays.ts';
import { onlyUnknownLeft, proveAll } from './proof.ts';

/** One counted attempt is all that a contact has: whatever spends it wrongly leaves a contact exhausted. */
const oneAttempt = { retry: { maxAttempts: 1, no_answer: '1s', busy: '1s', unreachable: '1s' } };

async function rigOf(scenario: ScenarioInput): Promise<Rig> {
  return await createRig({
    scenario: { speed: 200, agents: { count: 4 }, outcomes: { connected: 1 }, ...scenario },
    requestsPerMinute: 1000,
  });
}

const breaker = (rig: Rig) =>
  one<{ openings: number; left: number | null; reason: string | null }>(
    rig.database,
    `select breaker_openings as openings, breaker_reason as reason,
       extract(epoch from breaker_until - dialer_now())::float8 as left from accounts`,
  );
const placings = (rig: Rig) => rig.sandbox.truth().placings;

describe('a storm of 429s', () => {
  test.each(['none', 'seconds'] as const)(
    'with Retry-After %s spends nobody’s budget, is not hammered, and passes by itself',
    async (retryAfter) => {
      const numbers = someNumbers(8);
      const rig = await rigOf({ limit: { retryAfter } });
      await rig.start();
      const name = await rig.create({ numbers, file: oneAttempt });
      await waitFor(() => placings(rig).length > 0, { what: 'the first call' });
      rig.sandbox.control({ storm: '1500ms' });
      const summary = await rig.completed(name, 20_000);
      expect(summary.contacts.finished).toBe(numbers.length);
      const { throttled } = rig.sandbox.truth().requests;
      expect(throttled).toBeGreaterThan(0);
      expect(throttled).toBeLessThan(10);
      await proveAll(rig, name);
    },
    60_000,
  );
});

describe('an answer that tells nothing', () => {
  const beforePlacing: readonly PlacingFault[] = ['error_before', 'cut_before'];
  const afterPlacing: readonly PlacingFault[] = ['error_after', 'cut_after', 'garbage', 'no_sid', 'slow'];
  const faults = [...beforePlacing, ...afterPlacing];

  test('leaves unknown only what nothing tells of, and what was called is never called again', async () => {
    const numbers = someNumbers(faults.length + 5);
    const plans = faults.map((answer, index) => [numbers[index] ?? '', { answer }] as const);
    const rig = await rigOf({ answers: { slowBy: '1s' }, numbers: Object.fromEntries(plans) });
    await rig.start();
    const name = await rig.create({ numbers, file: oneAttempt });
    await waitFor(
      async () => {
        const { left } = await breaker(rig);
        if (left !== null && left > 0) await rig.moveClock(`${left} seconds`);
        return await onlyUnknownLeft(rig);
      },
      { timeout: 20_000, interval: 100, what: 'only unknown attempts' },
    );
    const unknown = plans
      .filter(([, { answer }]) => beforePlacing.includes(answer))
      .map(([number]) => number);
    await rig.moveClock('10 minutes');
    const summary = await rig.completed(name);
    expect(summary.contacts).toMatchObject({
      finished: numbers.length - unknown.length,
      held: unknown.length,
    });
    await proveAll(rig, name, { unknown });
  }, 60_000);

  test('opens the breaker with its reason at the third in a row; then one probe at a time goes out', async () => {
    const numbers = someNumbers(12);
    const rig = await rigOf({ answers: { placing: { error_before: 1 }, errorStatuses: [503] } });
    await rig.start(['worker']);
    const name = await rig.create({ numbers, file: oneAttempt });
    const { left } = await waitFor(async () => ((await breaker(rig)).left === null ? null : breaker(rig)), {
      what: 'an open breaker',
    });
    expect(left).toBeGreaterThan(20);
    expect(left).toBeLessThanOrEqual(30);
    await waitFor(() => placings(rig).every((placing) => placing.answeredAt !== null));
    const before = placings(rig).length;
    // four agents: at most one more was under way when the third answer came
    expect(before === 3 || before === 4).toBe(true);
    expect((await rig.summary(name)).reason).toMatch(/answers tell nothing.*503/);

    rig.sandbox.control({ answers: { placing: { slow: 1 }, slowBy: '1s' } });
    await rig.moveClock('61 seconds');
    await waitFor(() => placings(rig)[before]?.answeredAt, { what: 'the answer to a probe' });
    const answered = Date.parse(placings(rig)[before]?.answeredAt ?? '');
    const besideIt = placings(rig)
      .slice(before + 1)
      .filter((other) => Date.parse(other.at) < answered);
    expect(besideIt).toEqual([]);
    await waitFor(async () => (await breaker(rig)).left === null, { what: 'a closed breaker' });
    expect(await breaker(rig)).toEqual({ openings: 0, left: null, reason: null });
    await waitFor(() => placings(rig).length >= before + 3, { what: 'calls as before' });
  }, 60_000);
});

test('through an hour of darkness nobody’s budget is spent, Exotel is tried ever more seldom, and dialling goes on by itself', async () => {
  const numbers = someNumbers(8);
  const rig = await rigOf({});
  const { url, way } = await faultyWay(rig.sandbox.url);
  account(rig).ccmUrl = url;
  await way.disturb('refuse');
  await rig.start();
  const name = await rig.create({ numbers, file: oneAttempt });
  const waits: number[] = [];
  // to the end of each wait, and once it has reached its longest, the rest of the hour in three leaps
  for (const leap of [0, 0, 0, 0, 0, 0, 0, 1200, 1200, 1200]) {
    const { left } = await waitFor(
      async () => {
        const now = await breaker(rig);
        return now.openings > waits.length && now.left !== null && now.left > 0 ? now : null;
      },
      { what: 'the next try' },
    );
    waits.push(left ?? 0);
    await rig.moveClock(`${Math.max(leap, left ?? 0)} seconds`);
  }
  for (const [index, longest] of [1, 2, 4, 8, 16, 32, 60, 60, 60, 60].entries()) {
    expect(waits[index]).toBeLessThanOrEqual(longest);
    expect(waits[index]).toBeGreaterThan(longest / 2 - 0.5);
  }
  expect(placings(rig)).toEqual([]);
  expect((await rig.summary(name)).reason).toMatch(/cannot be reached/);
  await way.pass();
  // a try that was refused just before may be stored only now, and opens the breaker once more
  await waitFor(
    async () => {
      const { left } = await breaker(rig);
      if (left !== null && left > 0) await rig.moveClock(`${left + 1} seconds`);
      return (await rig.summary(name)).status === 'completed';
    },
    { timeout: 40_000, interval: 200, what: 'the end of the campaign' },
  );
  expect((await rig.summary(name)).contacts.finished).toBe(numbers.length);
  expect((await breaker(rig)).openings).toBe(0);
  await proveAll(rig, name);
}, 60_000);

test('a look that is answered late, with what was true before the call ended, undoes nothing that is known of it', async () => {
  const rig = await rigOf({
    speed: 60,
    answers: { reading: { slow: 1 }, slowBy: '2500ms' },
    outcomes: { connected: 1 },
  });
  const numbers = someNumbers(4);
  await rig.start();
  const name = await rig.create({ numbers });
  await waitFor(() => rig.sandbox.truth().calls.length === numbers.length);
  // so late calls are looked at that have brought a callback, too
  await rig.moveClock('61 seconds');
  await rig.completed(name);
  await waitFor(() => {
    const looks = rig.sandbox.requests().filter((request) => request.kind === 'call');
    return looks.length > 0 && looks.every((look) => look.answeredAt !== null);
  });
  await waitFor(
    async () =>
      (
        await one<{ open: number }>(
          rig.database,
          'select count(*) as open from requests where result is null',
        )
      ).open === 0,
  );
  expect(
    (await rig.database.query('select agent_leg_status, customer_leg_status, provider_status from attempts'))
      .rows,
  ).toEqual(
    numbers.map(() => ({
      agent_leg_status: 'completed',
      customer_leg_status: 'completed',
      provider_status: 'completed',
    })),
  );
  await proveAll(rig, name);
}, 60_000);
