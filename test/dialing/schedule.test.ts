import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

const scenario = { speed: 100, agents: { count: 4 }, outcomes: { connected: 1 } };

/** Sets the dialer's clock to a wall-clock time of tomorrow in Kolkata. */
async function setClock(rig: Awaited<ReturnType<typeof createRig>>, time: string): Promise<string> {
  const { day } = await one<{ day: string }>(
    rig.database,
    `select to_char(now() at time zone 'Asia/Kolkata' + interval '1 day', 'YYYY-MM-DD') as day`,
  );
  await rig.database.query(
    `update clock set shift = ($1::timestamp at time zone 'Asia/Kolkata') - clock_timestamp()`,
    [`${day} ${time}`],
  );
  return day;
}

test('a campaign with a start time starts by itself, also when the worker was away meanwhile', async () => {
  const rig = await createRig({ scenario, requestsPerMinute: 1000 });
  const day = await setClock(rig, '09:00');
  const first = await rig.start();
  const name = await rig.create({
    numbers: someNumbers(4),
    start: false,
    file: { schedule: { start: `${day}T10:00` } },
  });
  expect(await rig.summary(name)).toMatchObject({ status: 'scheduled', contacts: { pending: 4 } });
  expect((await rig.summary(name)).reason).toMatch(/starts by itself on .* 10:00/);
  await first.stop();
  await setClock(rig, '10:00');
  await rig.start();
  expect((await rig.completed(name)).contacts.finished).toBe(4);
}, 60_000);

test('outside its hours nothing is dialled and the campaign says until when; its end expires what is left', async () => {
  const rig = await createRig({ scenario, requestsPerMinute: 1000 });
  const day = await setClock(rig, '13:30');
  const name = await rig.create({
    numbers: someNumbers(6),
    file: {
      call: { ringSeconds: 30, maxSeconds: 60 },
      schedule: {
        end: `${day}T14:01`,
        hours: Object.fromEntries(
          ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((d) => [d, ['10:00-13:00', '14:00-19:00']]),
        ),
      },
    },
  });
  await rig.start();
  await waitFor(async () => (await rig.summary(name)).status === 'running');
  expect((await rig.summary(name)).reason).toMatch(/outside calling hours until .* 14:00/);
  expect(rig.sandbox.truth().calls).toHaveLength(0);

  await setClock(rig, '14:00:05');
  await waitFor(async () => (await rig.summary(name)).contacts.finished >= 1);
  await setClock(rig, '14:01:01');
  const ended = await rig.completed(name);
  expect(ended.contacts).toMatchObject({ total: 6, pending: 0, dialing: 0 });
  expect(ended.contacts.finished + ended.contacts.expired).toBe(6);
}, 60_000);

test('nothing is placed so late that the customer would ring after the end', async () => {
  const rig = await createRig({ scenario, requestsPerMinute: 1000 });
  const day = await setClock(rig, '10:00');
  const name = await rig.create({
    numbers: someNumbers(3),
    file: { call: { ringSeconds: 30, maxSeconds: 60 }, schedule: { end: `${day}T11:00` } },
  });
  await setClock(rig, '10:59:20');
  await rig.start();
  await waitFor(async () => (await rig.summary(name)).status === 'running');
  expect((await rig.summary(name)).reason).toMatch(/end/);
  await setClock(rig, '11:00:01');
  expect((await rig.completed(name)).contacts.expired).toBe(3);
  expect(rig.sandbox.truth().calls).toHaveLength(0);
}, 60_000);
