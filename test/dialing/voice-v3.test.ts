import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { one } from '../support/seed.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { knownEnds, trueEnds } from '../support/truth.ts';
import { waitFor } from '../support/wait.ts';

/** Passes everything on to the sandbox but what it answers itself with a 404: a host that has not all of v3. */
async function hostWithout(rig: Rig, missing: RegExp): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const { url = '', method = 'GET', headers } = request;
      const body = Buffer.concat(await request.toArray());
      if (missing.test(url)) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
        return;
      }
      const answer = await fetch(`${rig.sandbox.url}${url}`, {
        method,
        headers: {
          authorization: headers.authorization ?? '',
          'content-type': headers['content-type'] ?? 'application/json',
        },
        ...(method !== 'GET' && { body }),
      });
      response
        .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        .end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Lets the dialer's day pass until no look of any kind is left to be made. */
async function untilNothingIsDue(rig: Rig): Promise<void> {
  await waitFor(
    async () => {
      await rig.moveClock('10 seconds');
      const { left } = await one<{ left: number }>(
        rig.database,
        `select count(*) filter (where state <> 'settled' or next_late_look_at is not null)
           + (select count(*) from contacts where state = 'pending') as left from attempts`,
      );
      return left === 0;
    },
    { timeout: 60_000, interval: 150, what: 'the last look' },
  );
}

const recorded = { call: { ringSeconds: 20, maxSeconds: 120, recording: true } };
const quick = { speed: 60, agents: { count: 4 }, outcomes: { connected: 1 } } as const;

async function recordingsBy(
  variants: ScenarioInput['variants'],
  through?: (rig: Rig) => Promise<string>,
): Promise<{ rig: Rig; told: (string | null)[]; real: (string | null)[] }> {
  const rig = await createRig({
    scenario: { ...quick, variants: { v3Recordings: false, ...variants } },
    callbacks: false,
    callDetails: 'v3',
    requestsPerMinute: 1000,
  });
  const [account] = rig.config.accounts;
  if (account !== undefined && through !== undefined) account.ccmUrl = await through(rig);
  await rig.start();
  await rig.create({ numbers: someNumbers(3), file: recorded });
  await untilNothingIsDue(rig);
  expect(await knownEnds(rig.database)).toEqual(trueEnds(rig.sandbox));
  const { rows } = await rig.database.query<{ recording_url: string | null }>(
    'select recording_url from attempts order by call_sid collate "C"',
  );
  const calls = rig.sandbox.truth().calls.toSorted((a, b) => (a.sid < b.sid ? -1 : 1));
  return {
    rig,
    told: rows.map((row) => row.recording_url),
    real: calls.map((call) => call.recordingUrl),
  };
}

test('a recording that v3’s details do not tell of comes from its voice log into the report', async () => {
  const { told, real } = await recordingsBy({});
  expect(told).toHaveLength(3);
  expect(told).toEqual(real);
}, 90_000);

test('where the first host keeps no voice logs the other is asked at once, and alone from then on', async () => {
  const { rig, told, real } = await recordingsBy({}, (started) => hostWithout(started, /voice-logs/));
  expect(told).toEqual(real);
  // three looks at details, three at voice logs, and the one that the wrong host answered
  expect(
    await one(rig.database, `select count(*) as requests from requests where kind = 'recordings'`),
  ).toEqual({ requests: 7 });
}, 90_000);

test.each(['short_lived', 'absent'] as const)(
  'voice logs that are %s leave a call without a recording, after looks that end',
  async (voiceLogs) => {
    expect((await recordingsBy({ voiceLogs })).told).toEqual([null, null, null]);
  },
  90_000,
);

/** Dials a campaign without callbacks whose talks last for many looks, and counts the requests for them. */
async function talksBy(
  activeCalls: 'served' | 'absent' | 'empty' | 'stale',
  { through, lost }: { through?: (rig: Rig) => Promise<string>; lost?: true } = {},
): Promise<{ details: number; active: number; calls: number }> {
  const rig = await createRig({
    scenario: {
      speed: 10,
      agents: { count: 10 },
      outcomes: { connected: 1 },
      durations: { talk: { mean: '80s', spread: '30s' } },
      // the devices would tell who is still talking, too
      variants: { activeCalls, hideDevices: true },
      ...(lost && { callbacks: { faults: { lost: 1 } } }),
    },
    callbacks: lost ?? false,
    requestsPerMinute: 1000,
  });
  const [account] = rig.config.accounts;
  if (account !== undefined && through !== undefined) account.ccmUrl = await through(rig);
  await rig.start();
  await rig.create({ numbers: someNumbers(10), file: { call: { ringSeconds: 20, maxSeconds: 3600 } } });
  await waitFor(
    async () => {
      await rig.moveClock('3 seconds');
      return (await rig.summary('test')).status === 'completed';
    },
    { timeout: 60_000, interval: 150, what: 'the end of the campaign' },
  );
  expect(await knownEnds(rig.database)).toEqual(trueEnds(rig.sandbox));
  return {
    ...(await one<{ details: number; active: number }>(
      rig.database,
      `select count(*) filter (where kind = 'details') as details, count(*) filter (where kind = 'active') as active
       from requests`,
    )),
    calls: rig.sandbox.truth().calls.length,
  };
}

test('the list of calls under way spares looks at calls that go on', async () => {
  const without = await talksBy('absent');
  // both hosts have refused it, and it is not asked for again
  expect(without.active).toBe(2);
  const having = await talksBy('served');
  expect(having.active).toBeGreaterThan(0);
  expect(having.details + having.active).toBeLessThan(0.7 * without.details);
}, 150_000);

test('the list is taken from the other host where the first has none', async () => {
  const { active, details, calls } = await talksBy('served', {
    through: (rig) => hostWithout(rig, /calls\/active/),
  });
  expect(active).toBeGreaterThan(1);
  expect(details).toBeLessThan(4 * calls);
}, 90_000);

test('it hides from nobody that no callbacks come, whose first looks show it', async () => {
  const { active } = await talksBy('served', { lost: true });
  expect(active).toBeGreaterThan(0);
}, 90_000);

test.each(['empty', 'stale'] as const)(
  'a list that is %s does no harm and is soon left alone',
  async (activeCalls) => {
    const { active } = await talksBy(activeCalls);
    expect(active).toBeGreaterThan(0);
    expect(active).toBeLessThanOrEqual(13);
  },
  90_000,
);
