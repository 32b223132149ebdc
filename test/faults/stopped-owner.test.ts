import { describe, expect, test } from 'vitest';
import { pauseByPerson } from '../../src/campaigns/lifecycle.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig, RigOptions } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { startDialerProcess, takeCallbacks } from './dialer.ts';
import type { DialerProcess } from './dialer.ts';
import type { Trap } from './dialer-messages.ts';
import { proveAll } from './proof.ts';
import { faultyWay, watchedWay } from './relays.ts';

const numbers = someNumbers(6);
const [silentNumber = ''] = numbers;
// a trap that closed before the answer to the silent call was stored would leave it unknown, with nothing to look at
const afterClaim = {
  statement: 'insert into attempts',
  nth: 1,
  since: `select 1 from attempts where number = '${silentNumber}' and call_sid is not null`,
  when: 'after_commit',
} as const;

interface TrappedOwner {
  rig: Rig;
  name: string;
  owner: DialerProcess;
  /** bytes that the owner sent to Exotel so far */
  sent: () => number;
  /** the owner's way to the database */
  database: FaultProxy;
}

/**
 * A rig whose first owner has come to its trap. The owner speaks to Exotel by a way of its own, so that not a byte of it
 * goes unseen; callbacks are taken elsewhere, and the first number's never come.
 */
async function trappedOwner(
  trap: Trap,
  scenario: RigOptions['scenario'] = {},
  meanwhile: (rig: Rig) => Promise<void> = async () => undefined,
): Promise<TrappedOwner> {
  const rig = await createRig({
    scenario: {
      speed: 200,
      agents: { count: 3 },
      outcomes: { connected: 1 },
      numbers: { [silentNumber]: { callbacks: ['lost'] } },
      ...scenario,
    },
    requestsPerMinute: 1000,
  });
  rig.config.timings.leaseMs = 1000;
  await takeCallbacks(rig);
  const name = await rig.create({ numbers });
  const exotel = await watchedWay(rig.sandbox.url);
  const { url: databaseUrl, way } = await faultyWay(rig.database.url);
  const owner = await startDialerProcess(rig, { trap, databaseUrl, ccmUrl: exotel.url });
  await meanwhile(rig);
  await owner.trapped;
  return { rig, name, owner, sent: () => exotel.sent(), database: way };
}

/** The attempt that was claimed and whose request never left. */
async function claimedLast(rig: Rig): Promise<{ id: string; number: string }> {
  return await one(rig.database, 'select id, number from attempts order by claimed_at desc limit 1');
}

/** Starts another dialer and waits until the account is its. */
async function takeOver(rig: Rig, timeout = 10_000): Promise<void> {
  const epoch = async () => (await one<{ epoch: number }>(rig.database, 'select epoch from leases')).epoch;
  const before = await epoch();
  await rig.start(['worker']);
  await waitFor(async () => (await epoch()) > before, { what: 'another owner', timeout });
}

/** Everybody is called who may be; what is left are the silent call and the attempts that were claimed and not sent. */
async function allElseDone(rig: Rig, left = 2): Promise<void> {
  await waitFor(
    async () =>
      (
        await one<{ finished: number }>(
          rig.database,
          `select count(*) as finished from contacts where state = 'finished'`,
        )
      ).finished >=
      numbers.length - left,
    { what: 'the others\u2019 calls', timeout: 20_000 },
  );
}

async function endOf(rig: Rig, attemptId: string): Promise<string> {
  return await waitFor(
    async () =>
      (
        await one<{ outcome: string | null }>(rig.database, 'select outcome from attempts where id = $1', [
          attemptId,
        ])
      ).outcome,
    { what: `the end of attempt ${attemptId}` },
  );
}

async function expectCalledOnceByTheOther(rig: Rig, name: string, claimed: { id: string; number: string }) {
  const summary = await rig.completed(name);
  expect(summary.contacts.finished).toBe(numbers.length);
  const { placings, calls } = rig.sandbox.truth();
  expect(placings.filter((placing) => placing.customField === claimed.id)).toEqual([]);
  expect(calls.filter((call) => call.to === claimed.number)).toHaveLength(1);
  await proveAll(rig, name);
}

/** The silent call is due to be looked at, and stays so for a second while the other owner's look is being answered. */
async function temptToLook(rig: Rig): Promise<void> {
  rig.sandbox.control({ answers: { reading: { slow: 1 }, slowBy: '1s' } });
  await rig.moveClock('3 minutes');
}

async function expectNoBreaker(rig: Rig): Promise<void> {
  expect(await one(rig.database, 'select breaker_openings, breaker_reason from accounts')).toEqual({
    breaker_openings: 0,
    breaker_reason: null,
  });
}

describe('an owner stopped for longer than its lease while another takes over', () => {
  test('between its claim and its request: it sends nothing when it wakes, looks included, and the other calls the contact once', async () => {
    const { rig, name, owner, sent } = await trappedOwner({ ...afterClaim, act: 'SIGSTOP' });
    const claimed = await claimedLast(rig);
    await takeOver(rig);
    await allElseDone(rig);
    await temptToLook(rig);
    const sentBefore = sent();
    owner.signal('SIGCONT');
    expect(await endOf(rig, claimed.id)).toBe('unsent');
    await expectNoBreaker(rig);
    await expectCalledOnceByTheOther(rig, name, claimed);
    expect(sent()).toBe(sentBefore);
  }, 60_000);

  test('between the row of a look and the look: it sends nothing when it wakes, and the other looks', async () => {
    // the first request of this kind reads the agents' devices
    const secondRead = { statement: 'insert into requests .* values', nth: 2, when: 'after_commit' } as const;
    const { rig, name, owner, sent } = await trappedOwner(
      { ...secondRead, act: 'SIGSTOP' },
      {},
      async (dialing) => {
        await allElseDone(dialing, 1);
        await dialing.moveClock('3 minutes');
      },
    );
    const sentBefore = sent();
    await takeOver(rig);
    owner.signal('SIGCONT');
    await waitFor(
      async () =>
        (
          await one<{ unsent: number }>(
            rig.database,
            `select count(*) as unsent from requests where kind = 'details' and result = 'unsent'`,
          )
        ).unsent === 1,
    );
    await rig.completed(name);
    expect(sent()).toBe(sentBefore);
    await proveAll(rig, name);
  }, 60_000);
});

test('an owner whose database connections are cut while it may still speak to Exotel sends nothing past its lease', async () => {
  const { rig, name, owner, sent, database } = await trappedOwner({ ...afterClaim, act: 'hold' });
  const claimed = await claimedLast(rig);
  await database.disturb('refuse');
  await takeOver(rig);
  await allElseDone(rig);
  const sentBefore = sent();
  owner.letGo();
  await temptToLook(rig);
  await waitFor(async () => (await rig.summary(name)).contacts.finished === numbers.length - 1, {
    what: 'the look of the other owner',
  });
  await database.pass();
  expect(await endOf(rig, claimed.id)).toBe('unsent');
  await expectNoBreaker(rig);
  await expectCalledOnceByTheOther(rig, name, claimed);
  expect(sent()).toBe(sentBefore);
}, 60_000);

describe('an owner stopped amidst a transaction holds up neither its successor nor a pause', () => {
  const statements: [what: string, statement: string][] = [
    ['a claim', 'insert into attempts'],
    ['its takeover', 'update leases set epoch'],
    ['opening the breaker', 'update accounts set breaker_openings'],
  ];
  test.each(statements)(
    '%s',
    async (_what, statement) => {
      const { rig, name } = await trappedOwner(
        { statement, nth: 1, when: 'before', act: 'SIGSTOP' },
        { answers: { placing: { cut_before: 1 } } },
      );
      const began = performance.now();
      await Promise.all([takeOver(rig), pauseByPerson(rig.database, name, 'asha')]);
      // the lease, and the seconds that a transaction may stand idle
      expect(performance.now() - began).toBeLessThan(10_000);
    },
    60_000,
  );
});
