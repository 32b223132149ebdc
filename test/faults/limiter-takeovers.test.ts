import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as fc from 'fast-check';
import { brokenBy, schedules } from './limiter-schedules.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('whoever owns the account, and however often it changes hands, no window holds more than the limit, and a 429 stops its owner', async () => {
  await fc.assert(
    fc.asyncProperty(schedules, async (schedule) => {
      expect(await brokenBy(schedule)).toBeNull();
    }),
    { numRuns: 1000 },
  );
}, 60_000);
