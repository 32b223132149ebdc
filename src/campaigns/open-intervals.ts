import { Temporal } from 'temporal-polyfill';
import type { MinuteRange, Schedule, WeeklyHours } from './schedule.ts';
import { WEEKDAYS } from './schedule.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const WHOLE_DAY: readonly MinuteRange[] = [[0, 1440]];

/** How far ahead an opening is looked for, in days: past a year of holidays in a row. */
const HORIZON_DAYS = 400;

/** `[from, to)` in ms since the epoch; `to` is Infinity where no end came into sight. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * The stretches of time, in order, that are open from `from` (ms since the epoch) on: the clock on the wall is
 * inside calling hours, the date is no holiday, and start and end are kept. Stretches that touch are one, across
 * midnight too. A stretch that is open at `from` begins at `from`.
 *
 * Hours are read off the wall clock at every instant, so a day on which clocks change needs no rule of its own:
 * an opening time that is skipped opens with the first minute after the gap, and an hour that comes twice is
 * open twice.
 */
export function* openIntervals(schedule: Schedule, from: number): Generator<Interval> {
  const start = schedule.start === null ? -Infinity : Date.parse(schedule.start);
  const end = schedule.end === null ? Infinity : Date.parse(schedule.end);
  const searchFrom = Math.max(from, start);
  const horizon = searchFrom + HORIZON_DAYS * DAY;
  for (const open of merged(openInZone(schedule, searchFrom, horizon))) {
    if (open.from >= end) return;
    yield { from: open.from, to: Math.min(end, open.to >= horizon ? Infinity : open.to) };
  }
}

/** The date on the wall of a zone at an instant (ms since the epoch), as `2026-12-03`. */
export function localDate(timezone: string, instant: number): string {
  return zoned(timezone, instant).toPlainDate().toString();
}

function* openInZone(schedule: Schedule, from: number, until: number): Generator<Interval> {
  const holidays = new Set(schedule.holidays.map((date) => Date.parse(date) / DAY));
  if (schedule.hours === null && holidays.size === 0) {
    yield { from, to: until };
    return;
  }
  for (const { from: segmentFrom, to: segmentTo, offset } of offsetSegments(schedule.timezone, from, until)) {
    const localFrom = segmentFrom + offset;
    const localTo = segmentTo + offset;
    for (const window of wallClockWindows(schedule.hours, holidays, localFrom, localTo)) {
      const open = {
        from: Math.max(window.from - offset, segmentFrom),
        to: Math.min(window.to - offset, segmentTo),
      };
      if (open.from < open.to) yield open;
    }
  }
}

/** The stretches of `[from, until)` in which the zone keeps one offset (ms) from UTC. */
function* offsetSegments(timezone: string, from: number, until: number) {
  let segmentFrom = from;
  while (segmentFrom < until) {
    const here = zoned(timezone, segmentFrom);
    const change = here.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;
    const segmentTo = Math.min(change, until);
    yield { from: segmentFrom, to: segmentTo, offset: here.offsetNanoseconds / 1_000_000 };
    segmentFrom = segmentTo;
  }
}

/**
 * The windows that touch `[from, to)`, in ms of the wall clock counted as if it were UTC. A window belongs to
 * the day it starts on: on a holiday it does not start, and one that reaches into a holiday ends at midnight.
 */
function* wallClockWindows(
  hours: WeeklyHours | null,
  holidays: ReadonlySet<number>,
  from: number,
  to: number,
): Generator<Interval> {
  // the day before may reach over midnight into the first one
  for (let day = Math.floor(from / DAY) - 1; day * DAY < to; day += 1) {
    if (holidays.has(day)) continue;
    const cutAtMidnight = holidays.has(day + 1);
    for (const [opens, closes] of rangesOf(hours, day)) {
      const lastMinute = cutAtMidnight ? Math.min(closes, 1440) : closes;
      yield { from: day * DAY + opens * MINUTE, to: day * DAY + lastMinute * MINUTE };
    }
  }
}

function rangesOf(hours: WeeklyHours | null, day: number): readonly MinuteRange[] {
  if (hours === null) return WHOLE_DAY;
  // day 0 of the epoch was a Thursday
  const weekday = WEEKDAYS[(((day + 3) % 7) + 7) % 7];
  return weekday === undefined ? [] : hours[weekday];
}

function* merged(intervals: Iterable<Interval>): Generator<Interval> {
  let current: Interval | null = null;
  for (const next of intervals) {
    if (current !== null && next.from <= current.to) {
      current = { from: current.from, to: Math.max(current.to, next.to) };
      continue;
    }
    if (current !== null) yield current;
    current = next;
  }
  if (current !== null) yield current;
}

function zoned(timezone: string, instant: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone);
}
