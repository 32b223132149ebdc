import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as fc from 'fast-check';
import { brokenBy, schedules } from './limiter-schedules.ts';

const minutes = Number(process.env['CHAOS_MINUTES'] ?? 10);
const firstSeed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
/** Between two looks at the clock, so that a run ends in time. */
const schedulesPerSeed = 500;
/** The real clock, kept before the timers become virtual. */
const realNow = performance.now.bind(performance);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test(
  `in as many schedules as ${minutes} minutes allow no window holds more than the limit, whoever owns the account`,
  { timeout: minutes * 60_000 + 60_000 },
  async () => {
    const property = fc.asyncProperty(schedules, async (schedule) => {
      expect(await brokenBy(schedule)).toBeNull();
    });
    const end = realNow() + minutes * 60_000;
    let played = 0;
    let seed = firstSeed;
    for (; realNow() < end; seed += 1) {
      const run = await fc.check(property, { seed, numRuns: schedulesPerSeed });
      played += run.numRuns;
      expect(run.failed, `after ${played} schedules\n${fc.defaultReportMessage(run) ?? ''}`).toBe(false);
    }
    process.stdout.write(
      `the limiter: ${played} schedules in ${minutes} minutes, seeds ${firstSeed} to ${seed - 1}\n`,
    );
  },
);
