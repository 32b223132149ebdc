import { expect, test } from 'vitest';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { one } from '../support/seed.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { knownEnds, trueEnds } from '../support/truth.ts';
import { waitFor } from '../support/wait.ts';
import { hostWithout } from './host-without.ts';

/** Lets the dialer's day pass until no look of any kind is left to be made. */
async function untilNothingIsDue(rig: Rig): Promise<void> {
  await waitFor(
    async () => {
      await rig.moveClock('30 seconds');
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
