import { Temporal } from 'temporal-polyfill';

/** The zone of Voice v1's times unless the account says otherwise: epoch zero comes out as 05:30 there. */
export const indianTime = 'Asia/Kolkata';

const isoShape = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
// How v1's XML and its applets write times.
const mailShape =
  /^[a-z]{3}, (\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}:\d{2}:\d{2})\s*(Z|GMT|UTC|[+-]\d{2}:?\d{2})?$/i;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const oneDay = 86_400_000;

/**
 * A time as any Exotel API writes it: `2021-07-13T17:56:47+05:30`, `…Z`, `2022-11-03 22:54:40+05:30`,
 * `Wed, 23 Feb 2022 12:31:59`, or naive (`2020-02-20 18:42:19`), which is read in the named zone. Null for an absent
 * or unreadable time, and for 1970-01-01 in any zone, which Exotel prints for "not yet".
 */
export function parseTime(value: unknown, timeZone: string = indianTime): Date | null {
  if (typeof value !== 'string') return null;
  const written = readWritten(value.trim());
  if (written === null) return null;
  const instant =
    written.offset === null
      ? instantOf(written.local, timeZone)
      : Date.parse(written.local + colonOffset(written.offset));
  if (Number.isNaN(instant) || Math.abs(instant) < oneDay) return null;
  return new Date(instant);
}

/** An instant as v1 takes times in queries: naive, in the account's zone, to the second (rounded down). */
export function toNaiveTime(instant: Date, timeZone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
  return zoned
    .toPlainDateTime()
    .round({ smallestUnit: 'second', roundingMode: 'floor' })
    .toString()
    .replace('T', ' ');
}

function readWritten(text: string): { local: string; offset: string | null } | null {
  const iso = isoShape.exec(text);
  if (iso !== null) {
    const [, day, time, fraction = '', offset = null] = iso;
    return { local: `${day}T${time}${fraction.slice(0, 4)}`, offset };
  }
  const mail = mailShape.exec(text);
  if (mail === null) return null;
  const [, day = '', month = '', year, time, offset = null] = mail;
  const number = months.indexOf(month.toLowerCase()) + 1;
  return { local: `${year}-${twoDigits(number)}-${twoDigits(Number(day))}T${time}`, offset };
}

function instantOf(local: string, timeZone: string): number {
  try {
    return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return Number.NaN;
    throw error;
  }
}

function colonOffset(offset: string): string {
  if (/^[a-z]/i.test(offset)) return 'Z';
  return offset.includes(':') ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
