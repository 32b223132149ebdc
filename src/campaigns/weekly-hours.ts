import type { MinuteRange, Weekday, WeeklyHours } from './schedule.ts';
import { WEEKDAYS } from './schedule.ts';

const FULL_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const RANGE = /^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$/;
const RANGE_MEND = 'write it as "10:00-13:00"';

/** A problem with the key or value it belongs to, below the hours. */
export interface HoursProblem {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

/**
 * Reads the hours of a week: keys name days (`mon`, `mon-fri`, `sat,sun`, `monday`), values list the windows of
 * each such day. `24:00` is an end; `22:00-02:00` crosses midnight and belongs to the day it starts on; an empty
 * list closes the day. Windows that touch become one.
 */
export function parseWeeklyHours(
  given: Readonly<Record<string, readonly string[]>>,
): { hours: WeeklyHours } | { problems: HoursProblem[] } {
  const problems: HoursProblem[] = [];
  const named = new Map<Weekday, string>();
  const hours: Record<Weekday, MinuteRange[]> = {
    mon: [],
    tue: [],
    wed: [],
    thu: [],
    fri: [],
    sat: [],
    sun: [],
  };
  for (const [key, texts] of Object.entries(given)) {
    const ranges = rangesOf(key, texts, problems);
    for (const day of daysOf(key, problems)) {
      const earlier = named.get(day);
      if (earlier !== undefined) {
        problems.push({
          path: [key],
          problem: `${day} is already in "${earlier}"; name each day once and list all its hours there`,
        });
        continue;
      }
      named.set(day, key);
      hours[day] = ranges;
    }
  }
  return problems.length > 0 ? { problems } : { hours };
}

function daysOf(key: string, problems: HoursProblem[]): Weekday[] {
  const days: Weekday[] = [];
  for (const part of key.split(',')) {
    const [first, last = first, ...more] = part.split(/[-–]/).map(dayIndex);
    if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0) {
      const problem = `"${part.trim()}" names no day; use mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri`;
      problems.push({ path: [key], problem });
      continue;
    }
    // fri-mon goes over the end of the week
    for (let step = 0; step <= (last - first + 7) % 7; step += 1) {
      const day = WEEKDAYS[(first + step) % 7];
      if (day !== undefined) days.push(day);
    }
  }
  return days;
}

function dayIndex(name: string): number {
  const word = name.trim().toLowerCase();
  const short = WEEKDAYS.findIndex((day) => day === word);
  return short === -1 ? FULL_NAMES.indexOf(word) : short;
}

function rangesOf(key: string, texts: readonly string[], problems: HoursProblem[]): MinuteRange[] {
  const ranges: MinuteRange[] = [];
  texts.forEach((text, index) => {
    const reading = parseRange(text.trim());
    if ('problem' in reading) problems.push({ path: [key, index], problem: reading.problem });
    else ranges.push(reading.range);
  });
  ranges.sort(([a], [b]) => a - b);
  const joined: MinuteRange[] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last === undefined || from > last[1]) joined.push([from, to]);
    else if (from === last[1]) joined[joined.length - 1] = [last[0], to];
    else {
      problems.push({ path: [key], problem: 'two windows overlap; join them or correct their times' });
      return joined;
    }
  }
  return joined;
}

function parseRange(text: string): { range: MinuteRange } | { problem: string } {
  const match = RANGE.exec(text);
  if (match === null) return { problem: `"${text}" is not a window of hours; ${RANGE_MEND}` };
  const from = minuteOfDay(match[1], match[2]);
  const to = minuteOfDay(match[3], match[4]);
  if (from === null || to === null || from === 1440) {
    return { problem: `"${text}" holds a time that no clock shows; use 00:00 to 23:59, and 24:00 as an end` };
  }
  if (from === to)
    return { problem: `"${text}" has no length; write 00:00-24:00 for the whole day, or take it out` };
  return { range: [from, to < from ? to + 1440 : to] };
}

function minuteOfDay(hours: string | undefined, minutes: string | undefined): number | null {
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) > 59 || minute > 1440 ? null : minute;
}
