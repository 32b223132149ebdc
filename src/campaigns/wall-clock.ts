import { Temporal } from 'temporal-polyfill';

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(Z|[+-]\d{2}:?\d{2})?$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

export type InstantReading =
  /** `iso` carries the zone's offset at that instant; `warning` is set where the wall clock shows the time twice. */
  { iso: string; warning: string | null } | { problem: string };

/**
 * Reads a date with its time. Without an offset it is the wall clock of `timezone`; a time that the clock skips
 * is a problem, and of a time that it shows twice the earlier is taken.
 */
export function parseInstant(text: string, timezone: string): InstantReading {
  const match = DATE_TIME.exec(text.trim());
  if (match === null) {
    return { problem: `"${text}" is not a date with a time; write it as 2026-12-01T10:00` };
  }
  try {
    const [whole, offset] = match;
    if (offset === undefined) return fromWallClock(Temporal.PlainDateTime.from(whole), text, timezone);
    return { iso: isoIn(Temporal.Instant.from(whole).toZonedDateTimeISO(timezone)), warning: null };
  } catch (error) {
    if (error instanceof RangeError) {
      return { problem: `"${text}" is a date or time that does not exist; correct it` };
    }
    throw error;
  }
}

/** Whether a text is a date of the calendar, written `2026-12-03`. */
export function isCalendarDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function fromWallClock(local: Temporal.PlainDateTime, text: string, timezone: string): InstantReading {
  const earlier = local.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  const later = local.toZonedDateTime(timezone, { disambiguation: 'later' });
  if (!later.toPlainDateTime().equals(local)) {
    return {
      problem: `"${text}" does not exist in ${timezone}: the clocks go forward over it; choose a time after the gap`,
    };
  }
  if (earlier.epochMilliseconds === later.epochMilliseconds) return { iso: isoIn(earlier), warning: null };
  return {
    iso: isoIn(earlier),
    warning: `"${text}" comes twice in ${timezone}, where the clocks go back over it; the earlier is taken, add the offset (${earlier.offset} or ${later.offset}) to say which`,
  };
}

function isoIn(local: Temporal.ZonedDateTime): string {
  return local.toString({ timeZoneName: 'never', smallestUnit: 'second' });
}
