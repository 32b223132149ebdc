import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayPlaceAt, windowAt } from './calling-hours.ts';
import type { Schedule, WeeklyHours } from './schedule.ts';
import { WEEKDAYS } from './schedule.ts';
import { parseWeeklyHours } from './weekly-hours.ts';

const MINUTE = 60_000;
const RING_SECONDS = 30;
const MARGIN = 45_000;

function weekly(given: Record<string, string[]>): WeeklyHours {
  const reading = parseWeeklyHours(given);
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  return reading.hours;
}

function schedule(
  timezone: string,
  hours: Record<string, string[]> | null,
  rest: Partial<Schedule> = {},
): Schedule {
  return {
    timezone,
    hours: hours === null ? null : weekly(hours),
    start: null,
    end: null,
    holidays: [],
    ...rest,
  };
}

const OFFICE = schedule(
  'Asia/Kolkata',
  { 'mon-fri': ['10:00-13:00', '14:00-19:00'], sat: ['10:00-14:00'] },
  { start: '2026-12-01T10:00:00+05:30', end: '2026-12-05T13:00:00+05:30', holidays: ['2026-12-03'] },
);

describe('windowAt', () => {
  test.each([
    // at (IST), why, closesAt, opensAt
    ['2026-11-30T11:00', 'before_start', null, '2026-12-01T10:00'],
    ['2026-12-01T10:00', 'open', '2026-12-01T13:00', null],
    ['2026-12-01T12:59:59.999', 'open', '2026-12-01T13:00', null],
    ['2026-12-01T13:00', 'outside_hours', null, '2026-12-01T14:00'],
    ['2026-12-02T19:00', 'outside_hours', null, '2026-12-04T10:00'],
    ['2026-12-03T11:00', 'holiday', null, '2026-12-04T10:00'],
    ['2026-12-05T11:00', 'open', '2026-12-05T13:00', null],
    ['2026-12-05T13:00', 'after_end', null, null],
  ])('at %s in office hours: %s', (at, why, closesAt, opensAt) => {
    expect(windowAt(OFFICE, new Date(`${at}+05:30`))).toEqual({
      open: why === 'open',
      why,
      closesAt: inIndia(closesAt),
      opensAt: inIndia(opensAt),
    });
  });

  test('without hours it is open until the end, or for good', () => {
    const at = new Date('2026-12-01T00:00:00Z');
    const end = '2026-12-05T19:00:00+05:30';
    expect(windowAt(schedule('Asia/Kolkata', null), at)).toMatchObject({ open: true, closesAt: null });
    expect(windowAt(schedule('Asia/Kolkata', null, { end }), at)).toMatchObject({
      open: true,
      closesAt: new Date(end),
    });
  });

  test('without hours a holiday still closes its date, by the wall clock', () => {
    const holidays = ['2026-12-03'];
    expect(
      windowAt(schedule('Asia/Kolkata', null, { holidays }), new Date('2026-12-02T18:29:00Z')),
    ).toMatchObject({
      open: true,
      closesAt: new Date('2026-12-02T18:30:00Z'),
    });
    expect(
      windowAt(schedule('Asia/Kolkata', null, { holidays }), new Date('2026-12-02T18:30:00Z')),
    ).toMatchObject({
      why: 'holiday',
      opensAt: new Date('2026-12-03T18:30:00Z'),
    });
  });

  test.each([
    ['as two windows that touch', { mon: ['22:00-24:00'], tue: ['00:00-02:00'] }],
    ['as one window', { mon: ['22:00-02:00'] }],
  ])('hours across midnight are one stretch, written %s', (_, hours) => {
    // 30 November 2026 is a Monday
    const window = windowAt(schedule('UTC', hours), new Date('2026-11-30T23:00:00Z'));
    expect(window.closesAt).toEqual(new Date('2026-12-01T02:00:00Z'));
    expect(windowAt(schedule('UTC', hours), new Date('2026-12-01T01:59:00Z')).open).toBe(true);
  });

  test('hours across midnight belong to the day they start on, and stop where a holiday begins', () => {
    const hours = { mon: ['22:00-02:00'] };
    const night = new Date('2026-12-01T01:00:00Z');
    const mondayOff = schedule('UTC', hours, { holidays: ['2026-11-30'] });
    const tuesdayOff = schedule('UTC', hours, { holidays: ['2026-12-01'] });
    expect(windowAt(mondayOff, night)).toMatchObject({ open: false, why: 'outside_hours' });
    expect(windowAt(tuesdayOff, night)).toMatchObject({ open: false, why: 'holiday' });
    expect(windowAt(tuesdayOff, new Date('2026-11-30T23:00:00Z')).closesAt).toEqual(
      new Date('2026-12-01T00:00:00Z'),
    );
  });

  test('an opening time that the clock skips opens with the first minute after the gap', () => {
    const gap = schedule('America/New_York', { sun: ['02:30-04:00'] });
    expect(windowAt(gap, new Date('2026-03-08T06:00:00Z')).opensAt).toEqual(new Date('2026-03-08T07:00:00Z'));
  });

  test('an hour that the clock shows twice is open twice', () => {
    const twice = schedule('America/New_York', { sun: ['01:00-01:30'] });
    expect(windowAt(twice, new Date('2026-11-01T05:00:00Z')).closesAt).toEqual(
      new Date('2026-11-01T05:30:00Z'),
    );
    expect(windowAt(twice, new Date('2026-11-01T05:30:00Z')).opensAt).toEqual(
      new Date('2026-11-01T06:00:00Z'),
    );
  });

  test.each([
    ['America/New_York', '2026-03-08', '2026-03-08T13:00:00Z'],
    ['America/New_York', '2026-11-01', '2026-11-01T14:00:00Z'],
    ['Europe/London', '2026-03-29', '2026-03-29T08:00:00Z'],
    ['Europe/London', '2026-10-25', '2026-10-25T09:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T22:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T22:30:00Z'],
  ])('on the day clocks change in %s (%s) nine is nine on the wall', (timezone, date, opensAt) => {
    const nine = schedule(timezone, { 'mon-sun': ['09:00-17:00'] });
    const before = new Date(Date.parse(opensAt) - 5 * 60 * MINUTE);
    expect(windowAt(nine, before).opensAt).toEqual(new Date(opensAt));
    expect(date).toBe(localTime(timezone, Date.parse(opensAt)).date);
  });

  test('finds an opening behind a year of holidays, and none where there is none', () => {
    const from = Date.parse('2026-01-01');
    const holidays = Array.from({ length: 380 }, (_, day) =>
      new Date(from + day * 86_400_000).toISOString().slice(0, 10),
    );
    const daily = { 'mon-sun': ['09:00-17:00'] };
    const at = new Date('2026-01-01T12:00:00Z');
    expect(windowAt(schedule('UTC', daily, { holidays }), at).opensAt).toEqual(
      new Date(from + 380 * 86_400_000 + 9 * 60 * MINUTE),
    );
    expect(windowAt(schedule('UTC', { mon: [] }), at)).toMatchObject({ open: false, opensAt: null });
  });

  test('looks for the opening from the start on, however far away the start is', () => {
    const far = schedule('UTC', { mon: ['10:00-11:00'] }, { start: '2030-01-01T00:00:00+00:00' });
    expect(windowAt(far, new Date('2026-01-01T00:00:00Z')).opensAt).toEqual(new Date('2030-01-07T10:00:00Z'));
  });
});

describe('mayPlaceAt', () => {
  test.each([
    ['2026-12-01T12:59:15', true, null, null],
    ['2026-12-01T12:59:15.001', false, 'closing', '2026-12-01T14:00'],
    ['2026-12-01T13:30', false, 'outside_hours', '2026-12-01T14:00'],
    ['2026-12-03T11:00', false, 'holiday', '2026-12-04T10:00'],
    ['2026-11-01T11:00', false, 'before_start', '2026-12-01T10:00'],
    ['2026-12-05T12:59:30', false, 'closing', null],
    ['2026-12-06T11:00', false, 'after_end', null],
  ])('at %s in office hours: %s %s', (at, allowed, reason, until) => {
    const verdict = mayPlaceAt(OFFICE, new Date(`${at}+05:30`), RING_SECONDS);
    expect(verdict).toEqual(allowed ? { allowed: true } : { allowed: false, reason, until: inIndia(until) });
  });

  test('passes over a window that is too short for a call to ring', () => {
    const short = schedule('UTC', { mon: ['10:00-10:01'], tue: ['10:00-11:00'] });
    const monday = new Date('2026-11-30T09:00:00Z');
    expect(mayPlaceAt(short, monday, 60)).toMatchObject({ until: new Date('2026-12-01T10:00:00Z') });
    expect(mayPlaceAt(short, monday, 45)).toMatchObject({ until: new Date('2026-11-30T10:00:00Z') });
  });

  const zones = [
    'America/New_York',
    'Europe/London',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
  ];
  // around the changes of 2026 and anywhere else in the year
  const instants = fc.oneof(
    ...['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'].map((date) =>
      fc.integer({ min: -36 * 60, max: 60 * 60 }).map((minutes) => Date.parse(date) + minutes * MINUTE),
    ),
    fc.integer({ min: 0, max: 365 * 24 * 60 }).map((minutes) => Date.parse('2026-01-01') + minutes * MINUTE),
  );
  const range = fc
    .tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 1, max: 48 }))
    .map(([from, length]): [number, number] => [from * 30, (from + length) * 30]);
  const hours = fc
    .array(fc.option(range, { freq: 4 }), { minLength: 7, maxLength: 7 })
    .map((days) => weeklyOf(days.map((day) => (day === null || day[1] > 48 * 30 ? [] : ([day] as const)))));
  const holidays = fc.uniqueArray(
    fc
      .integer({ min: 0, max: 364 })
      .map((day) => new Date(Date.parse('2026-01-01') + day * 86_400_000).toISOString().slice(0, 10)),
    { maxLength: 20 },
  );
  const schedules = fc.record({
    timezone: fc.constantFrom(...zones),
    hours,
    holidays,
    start: fc.constantFrom(null, '2026-02-01T10:15:00+05:30'),
    end: fc.constantFrom(null, '2026-10-26T10:10:00+01:00'),
  });

  test('whatever the zone, a call is allowed only if the wall clock stays in calling hours while it rings', () => {
    fc.assert(
      fc.property(schedules, instants, (given, instant) => {
        const allowed = mayPlaceAt(given, new Date(instant), RING_SECONDS).allowed;
        const rings = isOpen(given, instant) && isOpen(given, instant + MARGIN - 1);
        expect(allowed).toBe(rings);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the instant it names is the first at which a call is allowed', () => {
    fc.assert(
      fc.property(
        schedules,
        instants,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, instant, between) => {
          const verdict = mayPlaceAt(given, new Date(instant), RING_SECONDS);
          if (verdict.allowed) return;
          const horizon = verdict.until?.getTime() ?? instant + 300 * 86_400_000;
          const sooner = Math.floor(instant + (horizon - 1 - instant) * between);
          expect(mayPlaceAt(given, new Date(sooner), RING_SECONDS).allowed).toBe(false);
          if (verdict.until === null) return;
          expect(mayPlaceAt(given, verdict.until, RING_SECONDS).allowed).toBe(true);
          expect(mayPlaceAt(given, new Date(verdict.until.getTime() - 1), RING_SECONDS).allowed).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a window closes at the first instant that is not open', () => {
    fc.assert(
      fc.property(schedules, instants, (given, instant) => {
        const window = windowAt(given, new Date(instant));
        expect(window.open).toBe(isOpen(given, instant));
        const change = window.closesAt ?? window.opensAt;
        if (change === null) return;
        expect(isOpen(given, change.getTime())).toBe(!window.open);
        expect(isOpen(given, change.getTime() - 1)).toBe(window.open);
      }),
      { numRuns: 2_000 },
    );
  });
});

function inIndia(wallClock: string | null): Date | null {
  return wallClock === null ? null : new Date(`${wallClock}+05:30`);
}

function weeklyOf(days: readonly (readonly (readonly [number, number])[])[]): WeeklyHours {
  const [mon = [], tue = [], wed = [], thu = [], fri = [], sat = [], sun = []] = days;
  return { mon, tue, wed, thu, fri, sat, sun };
}

/** What a clock on the wall shows, told by the platform and not by the code under test. */
function localTime(timezone: string, instant: number): { date: string; minute: number } {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(instant);
  const [date = '', time = ''] = text.split(' ');
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return { date, minute: hour * 60 + minute };
}

/** Calling hours by their definition: look at the wall and at the list of windows. */
function isOpen(given: Schedule, instant: number): boolean {
  if (given.start !== null && instant < Date.parse(given.start)) return false;
  if (given.end !== null && instant >= Date.parse(given.end)) return false;
  const { date, minute } = localTime(given.timezone, instant);
  const dayBefore = new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);
  if (given.holidays.includes(date)) return false;
  const today = rangesOn(given, date).some(([from, to]) => minute >= from && minute < to);
  if (today || given.holidays.includes(dayBefore)) return today;
  return rangesOn(given, dayBefore).some(([from, to]) => minute + 1440 >= from && minute + 1440 < to);
}

function rangesOn(given: Schedule, date: string) {
  const weekday = WEEKDAYS[(new Date(date).getUTCDay() + 6) % 7];
  return weekday === undefined || given.hours === null ? [] : given.hours[weekday];
}
