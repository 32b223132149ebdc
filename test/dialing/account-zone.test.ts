import { expect, test } from 'vitest';
import { renderCampaign } from '../../src/cli/campaign-views.ts';
import { campaignState } from '../../src/reports/summary.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const scenario = {
  speed: 100,
  outcomes: { connected: 1 },
  durations: { talk: { mean: '20s', spread: '1s' } },
} as const;
const phones = someNumbers(2, 80_000_000);

function readTimesIn(rig: Rig, timeZone: string): void {
  for (const account of rig.config.accounts) account.timeZone = timeZone;
}

test('an account whose times are read in a wrong zone is warned of, and no wrap-up or length goes by its times', async () => {
  const rig = await createRig({ scenario, requestsPerMinute: 1000 });
  // Exotel writes Indian time, so that each end lies five and a half hours in the future
  readTimesIn(rig, 'UTC');
  const service = await rig.start();
  const file = { mode: 'connect', wrapUp: '2s' };
  await rig.create({ name: 'first', numbers: someNumbers(6), phones, file });
  const summary = await rig.completed('first', 40_000);
  expect(summary.attempts.outcomes).toEqual({ connected: 6 });
  expect(summary.warning).toMatch(
    /read in UTC, are 5h30m ahead of the clock: set EXOTEL_TIMEZONE .* UTC\+05:30 now/,
  );
  const shown = renderCampaign(
    summary,
    await campaignState(rig.database, 'first'),
    400,
    (_style, text) => text,
  );
  expect(shown).toContain(`\nwarning: ${summary.warning}\n`);
  const { rows } = await rig.database.query(
    `select bool_and(ended_at <= dialer_now()) as over, bool_and(ended_at - placed_at < interval '1 minute') as short
     from attempts`,
  );
  expect(rows).toEqual([{ over: true, short: true }]);

  await service.stop();
  readTimesIn(rig, 'Asia/Kolkata');
  await rig.start();
  await rig.create({ name: 'second', numbers: someNumbers(2, 100), phones, file });
  expect((await rig.completed('second', 40_000)).warning).toBeNull();
}, 90_000);
