/// <reference lib="esnext.intl" />
import type { CountryCode } from 'libphonenumber-js/max';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { Temporal } from 'temporal-polyfill';
import { namedTimeZone } from '../campaigns/time-zone.ts';

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

/**
 * A function that gives the time zone of a number (E.164) by its country, or null where the country keeps several
 * times or is not known: nothing is guessed there.
 */
export function createZoneOfNumber(): (number: string) => string | null {
  const zones = new Map<CountryCode, string | null>();
  return (number) => {
    const country = countryOf(number);
    if (country === undefined) return null;
    const known = zones.get(country);
    if (known !== undefined) return known;
    const zone = onlyZoneOf(country);
    zones.set(country, zone);
    return zone;
  };
}

function countryOf(number: string): CountryCode | undefined {
  // the code of one country alone, and a million parses less for a list of a million
  return number.startsWith('+91') ? 'IN' : parsePhoneNumberFromString(number)?.country;
}

function onlyZoneOf(country: CountryCode): string | null {
  const zones = (new Intl.Locale(`und-${country}`).getTimeZones() ?? []).map(
    (zone) => PRESENT_NAMES[zone] ?? zone,
  );
  const [first, ...others] = zones;
  if (first === undefined || !others.every((other) => keepSameTime(first, other))) return null;
  return namedTimeZone(first);
}

function keepSameTime(one: string, other: string): boolean {
  for (let week = 0; week < COMPARED_WEEKS; week += 1) {
    const instant = Temporal.Instant.fromEpochMilliseconds(COMPARED_FROM + week * WEEK);
    if (instant.toZonedDateTimeISO(one).offset !== instant.toZonedDateTimeISO(other).offset) return false;
  }
  return true;
}
