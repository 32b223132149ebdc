import { expect, test } from 'vitest';
import { parsePeriod } from './period.ts';

const period = (since?: string, until?: string) => {
  const read = parsePeriod({ since, until }, 'Asia/Kolkata');
  return [read.since?.toISOString() ?? null, read.until?.toISOString() ?? null];
};

test('reads a date as a whole day on the clocks of the zone, the last one in full', () => {
  expect(period('2026-12-01', '2026-12-01')).toEqual([
    '2026-11-30T18:30:00.000Z',
    '2026-12-01T18:30:00.000Z',
  ]);
  expect(period('2026-12-31', '2026-12-31')[1]).toBe('2026-12-31T18:30:00.000Z');
});

test('reads an instant by the clocks of the zone, or by its own offset', () => {
  expect(period('2026-12-01T10:00', '2026-12-01T10:00:00Z')).toEqual([
    '2026-12-01T04:30:00.000Z',
    '2026-12-01T10:00:00.000Z',
  ]);
});

test('has no end where none is given', () => {
  expect(period()).toEqual([null, null]);
  expect(period('2026-12-01')[1]).toBeNull();
});

test.each([
  ['yesterday', undefined, /^--since: "yesterday" is not a date with a time; .*, or a date alone$/],
  [undefined, '2026-02-30', /^--until: "2026-02-30"/],
  ['2026-12-02', '2026-12-01', /^--since 2026-12-02 is not before --until 2026-12-01/],
])('refuses %s to %s and says which end is wrong', (since, until, said) => {
  expect(() => period(since, until)).toThrow(said);
});
