import type { PlacingVerdict } from './calling-hours.ts';
import { mayPlaceAt, placingMilliseconds } from './calling-hours.ts';
import { clocksOfCountry } from './country-zones.ts';
import type { Interval } from './open-intervals.ts';
import { openIntervals } from './open-intervals.ts';
import type { Schedule } from './schedule.ts';

/** How the zone of a contact is called that has none of its own: it is that of its campaign. */
export const campaignZone = '';

/**
 * Those of the zones in which a contact may be called at an instant: the campaign's hours and holidays are kept on the
 * wall clock of the campaign and on that of the contact's zone, for as long as a call may ring. Of whom only the country
 * is known, they are kept on all clocks of the country.
 */
export function openZones(
  schedule: Schedule,
  zones: readonly string[],
  instant: Date,
  ringSeconds: number,
): string[] {
  if (!mayPlaceAt(schedule, instant, ringSeconds).allowed) return [];
  return zones.filter((zone) =>
    clocksOf(zone).every((clock) => mayPlaceAt(inZone(schedule, clock), instant, ringSeconds).allowed),
  );
}

/** The first instant from which on a contact of a zone may be called; null: none within 400 days. */
export function nextOpening(
  schedule: Schedule,
  zone: string,
  instant: Date,
  ringSeconds: number,
): Date | null {
  const until = (verdict: PlacingVerdict): Date | null => (verdict.allowed ? instant : verdict.until);
  const clocks = clocksOf(zone);
  if (clocks.length === 0) return until(mayPlaceAt(schedule, instant, ringSeconds));
  const now = instant.getTime();
  const needed = placingMilliseconds(ringSeconds);
  const inAll = clocks
    .map((clock) => openIntervals(inZone(schedule, clock), now))
    .reduce(inBoth, openIntervals(schedule, now));
  for (const { from, to } of inAll) if (to - from >= needed) return new Date(from);
  return null;
}

/** The clocks that a contact's zone stands for, beside that of the campaign. */
function clocksOf(zone: string): readonly string[] {
  if (zone === campaignZone) return [];
  return isCountry(zone) ? clocksOfCountry(zone) : [zone];
}

/** Whether a contact's zone is a country (two letters), whose number does not tell in which of its zones it is. */
export function isCountry(zone: string): boolean {
  return /^[A-Z]{2}$/.test(zone);
}

/** A contact's zone for people. */
export function describeZone(zone: string): string {
  return isCountry(zone) ? `${zone} (in any of its ${clocksOfCountry(zone).length} time zones)` : zone;
}

/** The clock by which an instant is told of a contact's zone: one that does not stand for a single clock is told by the campaign's. */
export function clockToTell(zone: string | null, schedule: Schedule): string {
  return zone === null || zone === campaignZone || isCountry(zone) ? schedule.timezone : zone;
}

function inZone(schedule: Schedule, timezone: string): Schedule {
  return { ...schedule, timezone };
}

function* inBoth(first: Generator<Interval>, second: Generator<Interval>): Generator<Interval> {
  let a = first.next();
  let b = second.next();
  while (a.done !== true && b.done !== true) {
    const from = Math.max(a.value.from, b.value.from);
    const to = Math.min(a.value.to, b.value.to);
    if (from < to) yield { from, to };
    if (a.value.to <= b.value.to) a = first.next();
    else b = second.next();
  }
}
