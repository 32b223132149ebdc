import type { PlacingVerdict } from './calling-hours.ts';
import { mayPlaceAt, placingMilliseconds } from './calling-hours.ts';
import type { Interval } from './open-intervals.ts';
import { openIntervals } from './open-intervals.ts';
import type { Schedule } from './schedule.ts';

/** How the zone of a contact is called that has none of its own: it is that of its campaign. */
export const campaignZone = '';

/**
 * Those of the zones in which a contact may be called at an instant: the campaign's hours and holidays are kept on the
 * wall clock of the campaign and on that of the contact's zone, for as long as a call may ring.
 */
export function openZones(
  schedule: Schedule,
  zones: readonly string[],
  instant: Date,
  ringSeconds: number,
): string[] {
  if (!mayPlaceAt(schedule, instant, ringSeconds).allowed) return [];
  return zones.filter(
    (zone) => zone === campaignZone || mayPlaceAt(inZone(schedule, zone), instant, ringSeconds).allowed,
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
  if (zone === campaignZone) return until(mayPlaceAt(schedule, instant, ringSeconds));
  const now = instant.getTime();
  const needed = placingMilliseconds(ringSeconds);
  const both = inBoth(openIntervals(schedule, now), openIntervals(inZone(schedule, zone), now));
  for (const { from, to } of both) if (to - from >= needed) return new Date(from);
  return null;
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
