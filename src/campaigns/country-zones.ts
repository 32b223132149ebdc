/// <reference lib="esnext.intl" />
import { Temporal } from 'temporal-polyfill';
import { namedTimeZone } from './time-zone.ts';

/** Any two years tell zones apart that keep different times; these are past all changes that are known of today. */
const COMPARED_FROM = Date.parse('2026-01-01T00:00Z');
const COMPARED_WEEKS = 104;
const WEEK = 7 * 86_400_000;

/** What Unicode's data still calls by an older name, for zones that are the only clock of a country. */
const PRESENT_NAMES: Readonly<Record<string, string>> = {
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Africa/Asmera': 'Africa/Asmara',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
};

const known = new Map<string, readonly string[]>();

/** The time zones of a country (two letters), one of each clock that is kept there; none where it is not known. */
export function clocksOfCountry(country: string): readonly string[] {
  const before = known.get(country);
  if (before !== undefined) return before;
  const clocks = oneOfEachClock(zonesOfCountry(country));
  known.set(country, clocks);
  return clocks;
}

/** All time zones of a country (two letters), by their present names. */
export function zonesOfCountry(country: string): string[] {
  return (new Intl.Locale(`und-${country}`).getTimeZones() ?? []).flatMap(
    (zone) => namedTimeZone(PRESENT_NAMES[zone] ?? zone) ?? [],
  );
}

/** Of zones that keep the same time, the first. */
export function oneOfEachClock(zones: readonly string[]): string[] {
  const clocks = new Map<string, string>();
  for (const zone of zones) {
    const times = timesOf(zone);
    if (!clocks.has(times)) clocks.set(times, zone);
  }
  return [...clocks.values()];
}

function timesOf(zone: string): string {
  const offsets: string[] = [];
  for (let week = 0; week < COMPARED_WEEKS; week += 1) {
    const instant = Temporal.Instant.fromEpochMilliseconds(COMPARED_FROM + week * WEEK);
    offsets.push(instant.toZonedDateTimeISO(zone).offset);
  }
  return offsets.join(' ');
}
