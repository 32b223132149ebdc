import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { knownEnds, trueEnds } from '../support/truth.ts';
import { waitFor } from '../support/wait.ts';

const flow = { mode: 'flow', flow: { appId: '208287' } };
const connect = { mode: 'connect' };
const phones = someNumbers(8, 80_000_000);
const quick = { speed: 60, agents: { count: 6 } };

/** A look waits for tens of seconds of the dialer's day, and the calls here are over in one or two. */
async function completedWhileTimePasses(rig: Rig, names: string[], step = '3 seconds'): Promise<void> {
  await waitFor(
    async () => {
      await rig.moveClock(step);
      const summaries = await Promise.all(names.map((name) => rig.summary(name)));
      return summaries.every(({ status }) => status === 'completed');
    },
    { timeout: 60_000, interval: 250, what: 'the end of the campaigns' },
  );
}

/** Requests of a kind by the mode of the campaign they were for; `all` for those of no single call. */
async function requestsOf(rig: Rig, kind: string): Promise<Record<string, number>> {
  const found = await rig.database.query<{ mode: string; requests: number }>(
    `select coalesce(k.mode, 'all') as mode, count(*) as requests
     from requests r left join attempts t on t.id = r.attempt_id left join campaigns k on k.id = t.campaign_id
     where r.kind = $1 group by 1`,
    [kind],
  );
  return Object.fromEntries(found.rows.map((row) => [row.mode, row.requests]));
}

test('campaigns of all modes at once, without callbacks, are the provider’s truth for few requests', async () => {
  const rig = await createRig({ scenario: quick, callbacks: false, requestsPerMinute: 1000 });
  await rig.start();
  const names = [
    await rig.create({ name: 'calls', numbers: someNumbers(12), file: flow }),
    await rig.create({ name: 'phones', numbers: someNumbers(10, 100), phones, file: connect }),
    await rig.create({ name: 'users', numbers: someNumbers(6, 200) }),
  ];
  await completedWhileTimePasses(rig, names);
  expect(await knownEnds(rig.database)).toEqual(trueEnds(rig.sandbox));
  const truth = rig.sandbox.truth().calls;
  const callsOf = (mode: string) => truth.filter((call) => call.mode === mode).length;
  const looks = await requestsOf(rig, 'details');
  // legs are asked for once a call; a call to a flow has a look of its own only where the list would tell of it alone
  expect(looks['connect']).toBeGreaterThanOrEqual(callsOf('connect'));
  expect(looks['connect']).toBeLessThanOrEqual(callsOf('connect') + 3);
  expect(looks['flow'] ?? 0).toBeLessThanOrEqual(4);
  expect((await requestsOf(rig, 'calls'))['all']).toBeLessThanOrEqual(truth.length / 2);
}, 90_000);

test('with callbacks lost, doubled, late and out of order calls of v1 are the provider’s truth', async () => {
  const faults = { lost: 0.15, doubled: 0.3, late: 0.2, reordered: 0.3 };
  const rig = await createRig({
    scenario: { ...quick, callbacks: { lateBy: '60s', faults }, v1: { callbackNulls: 'text' } },
    requestsPerMinute: 1000,
  });
  await rig.start();
  const names = [
    await rig.create({ name: 'calls', numbers: someNumbers(15), file: flow }),
    await rig.create({ name: 'phones', numbers: someNumbers(15, 100), phones, file: connect }),
  ];
  await completedWhileTimePasses(rig, names, '4 seconds');
  expect(await knownEnds(rig.database)).toEqual(trueEnds(rig.sandbox));
}, 90_000);

test('the call of an unknown attempt is found in the list of calls, and what came of it is known', async () => {
  const [customer = '', other = ''] = someNumbers(2);
  const cut = { outcome: 'connected', answer: 'cut_after' } as const;
  const rig = await createRig({
    scenario: { ...quick, numbers: { [customer]: cut, [other]: cut } },
    callbacks: false,
    requestsPerMinute: 1000,
  });
  await rig.start();
  const names = [
    await rig.create({ name: 'calls', numbers: [customer], file: flow }),
    await rig.create({ name: 'phones', numbers: [other], phones: phones.slice(0, 1), file: connect }),
  ];
  await waitFor(async () => {
    const unknown = await rig.database.query(`select 1 from attempts where state = 'unknown'`);
    return unknown.rowCount === 2 && rig.sandbox.truth().calls.every((call) => call.endedAt !== null);
  });
  await completedWhileTimePasses(rig, names, '10 seconds');
  expect(await knownEnds(rig.database)).toEqual(trueEnds(rig.sandbox));
  expect((await rig.summary('phones')).attempts.outcomes).toEqual({ connected: 1 });
}, 60_000);

test('a recording that is made after the end of its call comes into the report, in every mode', async () => {
  const recorded = { ringSeconds: 20, maxSeconds: 120, recording: true };
  const rig = await createRig({
    scenario: { ...quick, outcomes: { connected: 1 }, recordings: { after: '90s' } },
    requestsPerMinute: 1000,
  });
  await rig.start();
  const file = { call: recorded };
  const names = [
    await rig.create({ name: 'calls', numbers: someNumbers(3), file: { ...flow, ...file } }),
    await rig.create({ name: 'phones', numbers: someNumbers(3, 100), phones, file: { ...connect, ...file } }),
    await rig.create({ name: 'users', numbers: someNumbers(2, 200), file }),
  ];
  for (const name of names) await rig.completed(name);
  const recordings = async () =>
    (
      await rig.database.query<{ recording_url: string | null }>(
        'select recording_url from attempts order by call_sid collate "C"',
      )
    ).rows.map((row) => row.recording_url);
  expect(await recordings()).toContain(null);
  const truth = await waitFor(() => {
    const calls = rig.sandbox.truth().calls.toSorted((a, b) => (a.sid < b.sid ? -1 : 1));
    return calls.every((call) => call.recordingUrl !== null) && calls.map((call) => call.recordingUrl);
  });
  await waitFor(
    async () => {
      await rig.moveClock('30 seconds');
      return !(await recordings()).includes(null);
    },
    { timeout: 30_000, interval: 250, what: 'the recordings' },
  );
  expect(await recordings()).toEqual(truth);
}, 60_000);

test('the length of calls to a flow comes from the list, all in one request, and is their talk time', async () => {
  const rig = await createRig({
    scenario: { ...quick, outcomes: { connected: 1 }, callbacks: {} },
    requestsPerMinute: 1000,
  });
  await rig.start();
  await rig.create({ numbers: someNumbers(6), file: { ...flow, call: { recording: true } } });
  await rig.completed('test');
  const lengths = async () =>
    (
      await rig.database.query<{ talk_seconds: number | null }>(
        'select talk_seconds from attempts order by call_sid collate "C"',
      )
    ).rows.map((row) => row.talk_seconds);
  expect(await lengths()).toEqual(Array.from({ length: 6 }, () => null));
  await waitFor(
    async () => {
      await rig.moveClock('30 seconds');
      return !(await lengths()).includes(null);
    },
    { timeout: 30_000, interval: 250, what: 'the lengths' },
  );
  const truth = rig.sandbox.truth().calls.toSorted((a, b) => (a.sid < b.sid ? -1 : 1));
  expect(await lengths()).toEqual(truth.map((call) => call.totalSeconds));
  expect(await requestsOf(rig, 'lengths')).toEqual({ all: 1 });
  expect(await requestsOf(rig, 'recordings')).toEqual({});
}, 60_000);
