import { describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../src/db/pool.ts';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { startService } from '../../src/serve.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';
import { startDialerProcess, takeCallbacks } from './dialer.ts';
import { onlyUnknownLeft, proveAll } from './proof.ts';
import { faultyWay } from './relays.ts';

const numbers = someNumbers(12);
const leaseMs = 1000;

/** A campaign under way whose dialer, callbacks included, reaches its database by a way that can be disturbed. */
async function dialling({ slowMs = 40 } = {}): Promise<{ rig: Rig; name: string; way: FaultProxy }> {
  const rig = await createRig({
    scenario: { speed: 200, agents: { count: 3 }, outcomes: { connected: 1 } },
    requestsPerMinute: 1000,
  });
  rig.config.timings.leaseMs = leaseMs;
  const { url, way } = await faultyWay(rig.database.url, { slowMs });
  await startDialerBy(url, rig);
  const name = await rig.create({ numbers });
  await waitFor(() => rig.sandbox.truth().calls.length >= 3, { what: 'the first calls' });
  return { rig, name, way };
}

async function startDialerBy(url: string, rig: Rig): Promise<void> {
  const log = createLog(process.env['LOG_LEVEL'] ?? 'silent');
  const database = createDatabase(url, { log });
  const service = await startService({ config: rig.config, database, log }, ['server', 'worker']);
  onTestFinished(async () => {
    await service.stop();
    await database.close();
  });
}

const sent = (rig: Rig): number => rig.sandbox.truth().placings.length;

/**
 * Lets time pass while the database is away. A claim that was committed before may still be sent, within the lease; none
 * is made, and after the lease nothing is sent at all.
 */
async function nothingIsDialledFor(rig: Rig, ms: number): Promise<void> {
  const { at: since } = await one<{ at: Date }>(rig.database, 'select dialer_now() as at');
  const until = performance.now() + ms;
  await waitFor(() => performance.now() >= until, { timeout: ms + 1000 });
  const claims = await one(rig.database, 'select count(*) as made from attempts where claimed_at > $1', [
    since,
  ]);
  expect(claims).toEqual({ made: 0 });
  const leaseEnd = since.getTime() + leaseMs;
  expect(rig.sandbox.truth().placings.filter((placing) => Date.parse(placing.at) > leaseEnd)).toEqual([]);
}

/**
 * Waits for the end and proves it. Whatever is unknown must be a claim that was never sent.
 * @returns how many contacts were reached, and how many claims were in doubt
 */
async function provenEnd(rig: Rig, name: string): Promise<{ finished: number; inDoubt: number }> {
  const soFar = rig.sandbox.truth().calls.length;
  await waitFor(() =>
    rig.sandbox
      .truth()
      .calls.slice(0, soFar)
      .every((call) => call.settledAt !== null),
  );
  // a look is due by when the answer to placing was stored
  await waitFor(
    async () =>
      (
        await one<{ open: number }>(
          rig.database,
          `select count(*) as open from attempts where state = 'placing'`,
        )
      ).open === 0,
  );
  // callbacks that could not be stored are not sent again here: those calls are looked at when their time comes, which
  // is a minute after placing for the first ones, as long as callbacks come
  await rig.moveClock('90 seconds');
  await waitFor(() => onlyUnknownLeft(rig), { timeout: 20_000, what: 'a call to everybody' });
  const inDoubt = (
    await rig.database.query<{ id: string; number: string }>(
      `select id, number from attempts where state = 'unknown'`,
    )
  ).rows;
  const everSent = new Set(rig.sandbox.truth().placings.map((placing) => placing.customField));
  expect(inDoubt.filter((attempt) => everSent.has(attempt.id))).toEqual([]);
  if (inDoubt.length > 0) await rig.moveClock('10 minutes');
  const summary = await rig.completed(name, 20_000);
  await proveAll(rig, name, { unknown: inDoubt.map((attempt) => attempt.number) });
  return { finished: summary.contacts.finished, inDoubt: inDoubt.length };
}

describe('the database’s connections', () => {
  test('end between the commit of a claim and its reply: the contact is called, and nothing is left in doubt', async () => {
    const rig = await createRig({
      scenario: { speed: 200, agents: { count: 3 }, outcomes: { connected: 1 } },
      requestsPerMinute: 1000,
    });
    rig.config.timings.leaseMs = leaseMs;
    await takeCallbacks(rig);
    const name = await rig.create({ numbers });
    const dialer = await startDialerProcess(rig, {
      trap: { statement: 'insert into attempts', nth: 3, when: 'after_commit', act: 'lose_reply' },
    });
    await dialer.trapped;
    const summary = await rig.completed(name, 20_000);
    await proveAll(rig, name, {});
    expect(summary.contacts.finished).toBe(numbers.length);
    const unsent = await one(
      rig.database,
      `select count(*) as attempts from attempts where outcome = 'unsent'`,
    );
    expect(unsent).toEqual({ attempts: 1 });
  }, 60_000);

  test('are cut time and again: the dialer goes on by itself', async () => {
    const { rig, name, way } = await dialling();
    for (let round = 0; round < 3; round += 1) {
      const before = sent(rig);
      way.cut();
      await waitFor(() => sent(rig) > before || sent(rig) === numbers.length, { what: 'the next call' });
    }
    expect(await provenEnd(rig, name)).toEqual({ finished: numbers.length, inDoubt: 0 });
  }, 60_000);

  test.each(['refuse', 'stall'] as const)(
    '%s for longer than the lease: nothing is dialled meanwhile, and the dialer goes on by itself',
    async (fault) => {
      const { rig, name, way } = await dialling();
      await way.disturb(fault);
      await nothingIsDialledFor(rig, 1.5 * leaseMs);
      await way.pass();
      expect(await provenEnd(rig, name)).toEqual({ finished: numbers.length, inDoubt: 0 });
    },
    60_000,
  );

  test('are slow: the dialer is, too, and says nothing wrong', async () => {
    const { rig, name, way } = await dialling();
    await way.disturb('slow');
    const before = sent(rig);
    await waitFor(() => sent(rig) > before, { timeout: 20_000, what: 'calls over a slow database' });
    await way.pass();
    expect(await provenEnd(rig, name)).toEqual({ finished: numbers.length, inDoubt: 0 });
  }, 60_000);
});

/** Has changes of these tables fail with one SQLSTATE after the other: all of them, or one in so many. */
async function failing(
  database: Database,
  tables: readonly string[],
  { sqlstates, oneIn }: { sqlstates: readonly string[]; oneIn: number },
): Promise<() => Promise<void>> {
  await database.query('create sequence changes');
  await database.query(`create function fail() returns trigger language plpgsql as $$
    declare change bigint := nextval('changes');
    begin
      if change % ${oneIn} > 0 then return new; end if;
      raise exception 'as the test wishes'
        using errcode = (array['${sqlstates.join("','")}'])[1 + change / ${oneIn} % ${sqlstates.length}];
    end $$`);
  for (const table of tables)
    await database.query(
      `create trigger fail before insert or update on ${table} for each row execute function fail()`,
    );
  return async () => {
    for (const table of tables) await database.query(`drop trigger fail on ${table}`);
  };
}

test('a full disk: nothing is dialled while it is full, what happened meanwhile is told once there is room', async () => {
  const { rig, name } = await dialling();
  const everything = ['attempts', 'requests', 'contacts', 'callbacks', 'leases', 'accounts', 'agents'];
  const makeRoom = await failing(rig.database, everything, { sqlstates: ['53100'], oneIn: 1 });
  await nothingIsDialledFor(rig, 1.5 * leaseMs);
  await makeRoom();
  expect(await provenEnd(rig, name)).toEqual({ finished: numbers.length, inDoubt: 0 });
}, 60_000);

test('serialization failures and deadlocks by the dozen cost nothing but time', async () => {
  const { rig, name } = await dialling();
  await failing(rig.database, ['attempts', 'contacts'], { sqlstates: ['40001', '40P01'], oneIn: 4 });
  expect(await provenEnd(rig, name)).toEqual({ finished: numbers.length, inDoubt: 0 });
}, 60_000);

test.each(['54000', 'P0001'])(
  'a call that the database refuses for ever (%s) becomes unknown: its agent is let go, and a stop waits for nothing',
  async (sqlState) => {
    const rig = await createRig({
      scenario: { speed: 200, agents: { count: 1 }, outcomes: { connected: 1 } },
      callbacks: false,
    });
    await rig.database.query(`create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'as the test wishes' using errcode = '${sqlState}'; end $$`);
    await rig.database.query(`create trigger refuse before update on attempts for each row
      when (new.call_sid is not null) execute function refuse()`);
    const service = await rig.start();
    await rig.create({ numbers: someNumbers(1) });
    const attempt = () => one(rig.database, 'select state, agent_held as held from attempts');
    await waitFor(async () => (await attempt())['state'] === 'unknown', { what: 'an unknown attempt' });
    await rig.moveClock('50 seconds');
    await waitFor(async () => (await attempt())['held'] === false, { what: 'an agent who is let go' });
    await service.stop();
    expect(await one(rig.database, 'select owner from leases')).toEqual({ owner: null });
  },
  30_000,
);
