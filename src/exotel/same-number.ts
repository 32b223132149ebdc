import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';

/**
 * Whether two texts mean the same phone number or SIP address. Exotel echoes numbers in E.164, without the plus or in
 * national form (`0992…`); one without a country code is of the other's country, or an Indian one. False where
 * either is missing.
 */
export function isSameNumber(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false;
  const regions = new Set<CountryCode>(['IN']);
  for (const text of [one, other]) {
    const country = text.trim().startsWith('+')
      ? parsePhoneNumberFromString(text.trim())?.country
      : undefined;
    if (country !== undefined) regions.add(country);
  }
  const meanings = meaningsOf(one, regions);
  return meaningsOf(other, regions).some((meaning) => meanings.includes(meaning));
}

function meaningsOf(text: string, regions: ReadonlySet<CountryCode>): string[] {
  const trimmed = text.trim();
  const numbers = [...regions].map((region) => parsePhoneNumberFromString(trimmed, region)?.number);
  const found = numbers.filter((number) => number !== undefined);
  return found.length > 0 || trimmed === '' ? found : [trimmed.toLowerCase()];
}
