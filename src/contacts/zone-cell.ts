import { oneOfEachClock, zonesOfCountry } from '../campaigns/country-zones.ts';
import { namedTimeZone } from '../campaigns/time-zone.ts';

/** A zone's name within other words, as in "(GMT+05:30) India Standard Time (Asia/Kolkata)". */
const BRACKETED = /[([]\s*([A-Za-z_]+\/[A-Za-z0-9_+/-]+)\s*[)\]]/g;
/** A bare offset, or one with words after it as Windows shows its zones: "(UTC+05:30) Chennai, Kolkata". */
const OFFSET = /^(?:\(\s*)?(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?:\s*\)[^]*)?$/i;
/** One of the winter and one of the summer. */
const SEASONS = [new Date('2026-01-15T12:00Z'), new Date('2026-07-15T12:00Z')];
const STYLES = ['short', 'long', 'shortGeneric', 'longGeneric'] as const;

/** The zone that a cell names by itself, wherever the contact is; null: it names none, or not by itself. */
export function zoneByName(cell: string): string | null {
  const named = namedTimeZone(cell);
  if (named !== null) return named;
  const [only, ...others] = [...cell.matchAll(BRACKETED)].flatMap(
    ([, name = '']) => namedTimeZone(name) ?? [],
  );
  return only !== undefined && others.length === 0 ? only : null;
}

/**
 * The zone that an abbreviation, a name or an offset means in a country: IST is three zones and +05:30 two, but only one of
 * each is in India. Where several clocks of the country are called so, the country, which stands for all of its zones.
 * null: no zone of the country is called so.
 */
export function zoneInCountry(cell: string, country: string): string | null {
  const minutes = offsetOf(cell);
  const meant = zonesOfCountry(country).filter((zone) =>
    minutes === null ? isCalled(zone, cell, country) : keepsOffset(zone, minutes),
  );
  const [clock, another] = oneOfEachClock(meant);
  if (clock === undefined) return null;
  return another === undefined ? clock : country;
}

/** In minutes; null: the cell is no offset. */
function offsetOf(cell: string): number | null {
  const [, sign, hours, minutes = '0'] = OFFSET.exec(cell.trim()) ?? [];
  if (hours === undefined) return null;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function keepsOffset(zone: string, minutes: number): boolean {
  return nameOf(zone, 'en', 'longOffset').some((name) => (offsetOf(name) ?? 0) === minutes);
}

function isCalled(zone: string, cell: string, country: string): boolean {
  return STYLES.some((style) =>
    nameOf(zone, `en-${country}`, style).some((name) => plain(name) === plain(cell)),
  );
}

/** In winter and in summer. */
function nameOf(
  zone: string,
  locale: string,
  timeZoneName: (typeof STYLES)[number] | 'longOffset',
): string[] {
  const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName });
  return SEASONS.flatMap(
    (season) => format.formatToParts(season).find(({ type }) => type === 'timeZoneName')?.value ?? [],
  );
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}+-]/gu, '');
}
