import type { CountryCode } from 'libphonenumber-js/max';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { clocksOfCountry } from '../campaigns/country-zones.ts';

/** Where a number (E.164) is, as far as it tells. */
export interface ZoneOfNumber {
  readonly country: CountryCode;
  /** Its time zone; where the country keeps several times, the country itself, which stands for all of them. */
  readonly timezone: string;
  readonly timezoneSource: 'number';
}

/** A function that tells the zone of a number by its country; null where that is not known: nothing is guessed. */
export function createZoneOfNumber(): (number: string) => ZoneOfNumber | null {
  const zones = new Map<CountryCode, ZoneOfNumber | null>();
  return (number) => {
    const country = countryOf(number);
    if (country === undefined) return null;
    const known = zones.get(country);
    if (known !== undefined) return known;
    const [clock, another] = clocksOfCountry(country);
    const timezone = another === undefined ? clock : country;
    const zone = timezone === undefined ? null : { country, timezone, timezoneSource: 'number' as const };
    zones.set(country, zone);
    return zone;
  };
}

function countryOf(number: string): CountryCode | undefined {
  // the code of one country alone, and a million parses less for a list of a million
  return number.startsWith('+91') ? 'IN' : parsePhoneNumberFromString(number)?.country;
}
