import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayPlaceAt } from './calling-hours.ts';
import { nextOpening, openZones } from './contact-hours.ts';
import type { Schedule } from './schedule.ts';
import { parseWeeklyHours } from './weekly-hours.ts';

const RING_SECONDS = 30;

function schedule(timezone: string, days: Record<string, string[]>, rest: Partial<Schedule> = {}): Schedule {
  const reading = parseWeeklyHours(days);
  if (!('hours' in reading)) throw new Error(JSON.stringify(reading.problems));
  return { timezone, start: null, end: null, hours: reading.hours, holidays: [], ...rest };
}

const OFFICE = schedule('Asia/Kolkata', { 'mon-fri': ['10:00-19:00'] });
const openAt = (given: Schedule, zones: string[], instant: string) =>
  openZones(given, zones, new Date(instant), RING_SECONDS);

describe('the zones that are open', () => {
  // Monday, 30 November 2026; Dubai is an hour and a half behind Kolkata
  test.each([
    ['before the campaign opens', '2026-11-30T09:59:59+05:30', []],
    ['when only the campaign is open', '2026-11-30T10:00:00+05:30', ['']],
    ['a second before the other opens', '2026-11-30T11:29:59+05:30', ['']],
    ['when both are open', '2026-11-30T11:30:00+05:30', ['', 'Asia/Dubai']],
    ['at the last moment of the campaign', '2026-11-30T18:59:15+05:30', ['', 'Asia/Dubai']],
    ['when the campaign is closing, though the other is not', '2026-11-30T18:59:16+05:30', []],
  ])('%s', (_, instant, expected) => {
    expect(openAt(OFFICE, ['', 'Asia/Dubai'], instant)).toEqual(expected);
  });

  test('close with the earlier evening, a ring before', () => {
    // Singapore is two and a half hours ahead
    expect(openAt(OFFICE, ['Asia/Singapore'], '2026-11-30T18:59:15+08:00')).toEqual(['Asia/Singapore']);
    expect(openAt(OFFICE, ['Asia/Singapore'], '2026-11-30T18:59:16+08:00')).toEqual([]);
  });

  test('go by the holiday where the contact is', () => {
    const given = schedule('Asia/Kolkata', { 'mon-sun': ['00:00-24:00'] }, { holidays: ['2026-12-01'] });
    // the last day of November in Dubai, already the holiday in Kolkata, and the other way about a day later
    expect(openAt(given, ['', 'Asia/Dubai'], '2026-12-01T00:30:00+05:30')).toEqual([]);
    expect(openAt(given, ['', 'Asia/Dubai'], '2026-12-02T00:30:00+05:30')).toEqual(['']);
    expect(openAt(given, ['', 'Asia/Dubai'], '2026-12-02T01:30:00+05:30')).toEqual(['', 'Asia/Dubai']);
  });

  test('go by the wall clock on the days it is set forward and back', () => {
    const nine = schedule('Europe/Lisbon', { 'mon-sun': ['00:30-23:00'] });
    // both set their clocks at 01:00 UTC on the last Sunday of March and October
    for (const [instant, open] of [
      ['2026-03-29T00:29:59Z', false],
      ['2026-03-29T00:30:00Z', true],
      ['2026-03-28T21:59:15Z', true],
      ['2026-03-28T21:59:16Z', false],
      ['2026-03-29T20:59:15Z', true],
      ['2026-03-29T20:59:16Z', false],
      ['2026-10-25T21:59:15Z', true],
      ['2026-10-25T21:59:16Z', false],
    ] as const) {
      expect([instant, openAt(nine, ['Europe/Madrid'], instant)]).toEqual([
        instant,
        open ? ['Europe/Madrid'] : [],
      ]);
    }
  });
});

describe('the next opening', () => {
  test('is the first moment at which both clocks allow a call', () => {
    const at = (zone: string, instant: string) =>
      nextOpening(OFFICE, zone, new Date(instant), RING_SECONDS)?.toISOString() ?? null;
    expect(at('', '2026-11-30T09:00:00+05:30')).toBe('2026-11-30T04:30:00.000Z');
    expect(at('Asia/Dubai', '2026-11-30T10:30:00+05:30')).toBe('2026-11-30T06:00:00.000Z');
    expect(at('Asia/Dubai', '2026-11-30T12:00:00+05:30')).toBe('2026-11-30T06:30:00.000Z');
    // Friday evening: the next is on Monday
    expect(at('Asia/Dubai', '2026-12-04T19:00:00+05:30')).toBe('2026-12-07T06:00:00.000Z');
  });

  test('is none where the two are never open together', () => {
    expect(
      nextOpening(OFFICE, 'America/New_York', new Date('2026-11-30T00:00:00Z'), RING_SECONDS),
    ).toBeNull();
  });

  test('is open, and nothing before it is, whatever the zones', () => {
    const zones = ['Asia/Kolkata', 'Asia/Kathmandu', 'Europe/London', 'America/St_Johns', 'Pacific/Chatham'];
    const start = Date.parse('2026-01-01T00:00Z');
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 365 * 24 * 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (own, other, minute, share) => {
          const given = schedule(own, { 'mon-sat': ['08:30-12:00', '13:00-20:15'] });
          const from = new Date(start + minute * 60_000);
          const opening = nextOpening(given, other, from, RING_SECONDS);
          if (opening === null) throw new Error(`${own} and ${other} are never open together`);
          expect(openZones(given, [other], opening, RING_SECONDS)).toEqual([other]);
          const before = new Date(
            Math.floor(from.getTime() + share * (opening.getTime() - 1 - from.getTime())),
          );
          if (before < from || before >= opening) return;
          expect(openZones(given, [other], before, RING_SECONDS)).toEqual([]);
          const both = [given, { ...given, timezone: other }];
          expect(both.every((one) => mayPlaceAt(one, before, RING_SECONDS).allowed)).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
  });
});
