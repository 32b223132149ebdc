import { Temporal } from 'temporal-polyfill';

/** Every change of an offset since 1970 falls on a quarter of an hour in UTC. */
const quarterHour = 900_000;

/**
 * Writes instants as ISO 8601 with the offset of a zone, to the ms: `2026-12-01T10:00:00.000+05:30`. Exports write
 * millions of them, so the zone's rules are asked once a quarter of an hour of the calendar and not once an instant.
 */
export function createZonedTime(timezone: string): (instant: Date) => string {
  const offsets = new Map<number, { milliseconds: number; text: string }>();
  return (instant) => {
    const time = instant.getTime();
    const quarter = Math.floor(time / quarterHour) * quarterHour;
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      const local = Temporal.Instant.fromEpochMilliseconds(quarter).toZonedDateTimeISO(timezone);
      offset = { milliseconds: local.offsetNanoseconds / 1_000_000, text: local.offset };
      offsets.set(quarter, offset);
    }
    return new Date(time + offset.milliseconds).toISOString().slice(0, -1) + offset.text;
  };
}
