import { describe, expect, test } from 'vitest';
import { namedTimeZone } from './time-zone.ts';
import { isCalendarDate, parseInstant } from './wall-clock.ts';

describe('parseInstant', () => {
  test.each([
    ['2026-12-01T10:00', 'Asia/Kolkata', '2026-12-01T10:00:00+05:30'],
    ['2026-12-01 10:00:30', 'Asia/Kolkata', '2026-12-01T10:00:30+05:30'],
    ['2026-12-01T10:00Z', 'Asia/Kolkata', '2026-12-01T15:30:00+05:30'],
    ['2026-12-01T10:00+01:00', 'America/New_York', '2026-12-01T04:00:00-05:00'],
    ['2026-07-01T10:00', 'America/New_York', '2026-07-01T10:00:00-04:00'],
  ])('reads %s in %s as %s', (text, timezone, iso) => {
    expect(parseInstant(text, timezone)).toEqual({ iso, warning: null });
  });

  test.each([
    ['2026-03-08T02:30', 'America/New_York', /does not exist in America\/New_York/],
    ['2026-10-04T02:15', 'Australia/Lord_Howe', /does not exist/],
    ['2026-02-30T10:00', 'Asia/Kolkata', /does not exist/],
    ['2026-12-01T25:00', 'Asia/Kolkata', /does not exist/],
    ['2026-12-01', 'Asia/Kolkata', /not a date with a time; write it as/],
    ['tomorrow', 'Asia/Kolkata', /not a date with a time/],
    ['2026-12-01T10:00[Asia/Kolkata]', 'Asia/Kolkata', /not a date with a time/],
  ])('refuses %s in %s', (text, timezone, problem) => {
    expect(parseInstant(text, timezone)).toEqual({ problem: expect.stringMatching(problem) });
  });

  test('takes the earlier of a time that the clock shows twice, and warns', () => {
    expect(parseInstant('2026-11-01T01:30', 'America/New_York')).toEqual({
      iso: '2026-11-01T01:30:00-04:00',
      warning: expect.stringMatching(/comes twice .*-04:00 or -05:00/),
    });
  });
});

test.each([
  ['2026-12-03', true],
  ['2028-02-29', true],
  ['2026-02-29', false],
  ['2026-1-1', false],
  ['03-12-2026', false],
])('knows whether %s is a date of the calendar', (text, expected) => {
  expect(isCalendarDate(text)).toBe(expected);
});

test.each([
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['asia/kolkata', 'Asia/Kolkata'],
  [' Europe/London ', 'Europe/London'],
  ['utc', 'UTC'],
  ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['IST', null],
  ['EST', null],
  ['+05:30', null],
  ['Asia/Nowhere', null],
  ['', null],
])('takes %j for the zone %j', (name, zone) => {
  expect(namedTimeZone(name)).toBe(zone);
});
