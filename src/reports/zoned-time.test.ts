import { assert, constantFrom, date, property } from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { createZonedTime } from './zoned-time.ts';

test('writes an instant with the offset that its zone has then', () => {
  const kolkata = createZonedTime('Asia/Kolkata');
  expect(kolkata(new Date('2026-12-01T04:30:00.250Z'))).toBe('2026-12-01T10:00:00.250+05:30');
  const newYork = createZonedTime('America/New_York');
  expect(newYork(new Date('2026-11-01T05:59:59.999Z'))).toBe('2026-11-01T01:59:59.999-04:00');
  expect(newYork(new Date('2026-11-01T06:00:00.000Z'))).toBe('2026-11-01T01:00:00.000-05:00');
});

test('agrees with the calendar in every zone, at any instant and in any order', () => {
  const zones = [
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Africa/Monrovia',
    'UTC',
  ];
  const writers = new Map(zones.map((zone) => [zone, createZonedTime(zone)]));
  const instant = date({ min: new Date('1980-01-01'), max: new Date('2080-01-01'), noInvalidDate: true });
  assert(
    property(instant, constantFrom(...zones), (at, zone) => {
      const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone);
      const expected = local.toString({ timeZoneName: 'never', smallestUnit: 'millisecond' });
      expect(writers.get(zone)?.(at)).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
