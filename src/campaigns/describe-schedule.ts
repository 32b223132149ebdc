import { Temporal } from 'temporal-polyfill';
import type { PlacingVerdict } from './calling-hours.ts';
import type { MinuteRange, Schedule, Weekday, WeeklyHours } from './schedule.ts';
import { WEEKDAYS } from './schedule.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** An instant as people read it in a zone: `Mon 23 Nov 2026 10:00 (Asia/Kolkata)`. */
export function describeInstant(instant: Date, timezone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timezone);
  const weekday = capital(WEEKDAYS[local.dayOfWeek - 1] ?? '');
  const date = `${weekday} ${local.day} ${MONTHS[local.month - 1]} ${local.year}`;
  return `${date} ${clock(local.hour * 60 + local.minute)} (${timezone})`;
}

const REFUSALS = {
  before_start: {
    until: (then: string) => `not started yet: the first call may go out on ${then}`,
    never: 'not started yet, and no calling hours come before the end',
  },
  outside_hours: {
    until: (then: string) => `outside calling hours until ${then}`,
    never: 'outside calling hours, and none come again',
  },
  holiday: {
    until: (then: string) => `closed for a holiday until ${then}`,
    never: 'closed for a holiday, and no calling hours come again',
  },
  closing: {
    until: (then: string) => `too close to closing time for one more call to ring; next call from ${then}`,
    never: 'too close to the end for one more call to ring',
  },
  // an end is for good: there is no "until"
  after_end: { until: () => 'past the end', never: 'past the end' },
};

/** Why no call may be placed and from when on it may, for people: `outside calling hours until Mon 23 Nov …`. */
export function describeRefusal(schedule: Schedule, verdict: PlacingVerdict & { allowed: false }): string {
  const { reason, until } = verdict;
  if (until !== null) return REFUSALS[reason].until(describeInstant(until, schedule.timezone));
  if (reason !== 'after_end' || schedule.end === null) return REFUSALS[reason].never;
  return `past the end, ${describeInstant(new Date(schedule.end), schedule.timezone)}`;
}

/** The weekly hours in one line: `Mon-Fri 10:00-13:00, 14:00-19:00; Sat 10:00-14:00 (Asia/Kolkata)`. */
export function describeHours(schedule: Schedule): string {
  if (schedule.hours === null) return `any hour (${schedule.timezone})`;
  const runs = runsOfEqualDays(schedule.hours).map(
    ({ first, last, ranges }) =>
      `${capital(first)}${first === last ? '' : `-${capital(last)}`} ${ranges.map(range).join(', ')}`,
  );
  return `${runs.length === 0 ? 'never' : runs.join('; ')} (${schedule.timezone})`;
}

function runsOfEqualDays(hours: WeeklyHours) {
  const runs: { first: Weekday; last: Weekday; ranges: readonly MinuteRange[] }[] = [];
  let previous: Weekday | null = null;
  for (const day of WEEKDAYS) {
    const ranges = hours[day];
    const run = runs.at(-1);
    if (run !== undefined && run.last === previous && JSON.stringify(run.ranges) === JSON.stringify(ranges)) {
      run.last = day;
    } else if (ranges.length > 0) {
      runs.push({ first: day, last: day, ranges });
    }
    previous = day;
  }
  return runs;
}

function range([from, to]: MinuteRange): string {
  return `${clock(from)}-${clock(to > 1440 ? to - 1440 : to)}`;
}

function clock(minuteOfDay: number): string {
  const hours = Math.floor(minuteOfDay / 60);
  return `${String(hours).padStart(2, '0')}:${String(minuteOfDay % 60).padStart(2, '0')}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
