import { Temporal } from 'temporal-polyfill';

/**
 * The zone a name stands for, in its usual letter case (`asia/kolkata` is `Asia/Kolkata`), or null. Only names
 * such as Asia/Kolkata count: abbreviations mean several zones each (IST is three), and a bare offset knows no
 * summer time and is read with the opposite sign by POSIX rules.
 */
export function namedTimeZone(name: string): string | null {
  const trimmed = name.trim();
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)+$/.test(trimmed)) {
    return trimmed.toUpperCase() === 'UTC' ? 'UTC' : null;
  }
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(trimmed).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
