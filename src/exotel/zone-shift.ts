import type { Fields } from './fields.ts';
import { parseTime } from './times.ts';

/**
 * How many ms the creation time of a call that was placed just now is ahead of the clock, as v1 writes it and read in
 * `timeZone`; negative where it is behind. v1's times carry no zone, so one that does not fit shifts them all. Null
 * where the answer tells none.
 */
export function zoneShift(call: Fields, timeZone: string, clock: Date): number | null {
  const createdAt = parseTime(call['DateCreated'], timeZone);
  return createdAt === null ? null : createdAt.getTime() - clock.getTime();
}
