import type { CountryCode } from 'libphonenumber-js/max';
import type { ContactColumns } from './contact-columns.ts';
import type { PhoneNumberCode } from './phone-number.ts';
import { parsePhoneNumber } from './phone-number.ts';
import { saidIn } from './said-nothing.ts';
import type { TableRow } from './table.ts';
import { zoneByName, zoneInCountry } from './zone-cell.ts';
import { createZoneOfNumber } from './zone-of-number.ts';

export interface Contact {
  /** E.164, each once, in the order in which they are tried; at least one. */
  readonly numbers: readonly string[];
  readonly name: string | null;
  /** A named zone in its usual letter case, or a country (two letters) for all of its zones; null: that of the campaign. */
  readonly timezone: string | null;
  readonly timezoneSource: 'column' | 'number' | 'campaign';
  /** Higher is called earlier; 0 where nothing is said. */
  readonly priority: number;
}

type RejectCode = PhoneNumberCode | 'empty' | 'too_many_cells' | 'bad_timezone' | 'bad_priority';

export interface Reject {
  readonly code: RejectCode;
  readonly reason: string;
  readonly mend: string;
}

/** A row of an earlier list that was rejected there. */
export interface RejectedBefore {
  /** the number of its import */
  readonly importId: number;
  readonly rowNumber: number;
}

interface ListRow extends TableRow {
  /** Set where the row comes in again out of the rejects. */
  readonly before?: RejectedBefore;
}

export interface AcceptedRow extends ListRow {
  readonly contact: Contact;
  /** The first of its numbers. */
  readonly number: string;
  /** How many of its cells for numbers hold something that is none. */
  readonly badNumbers: number;
}

export interface RejectedRow extends ListRow {
  readonly reject: Reject;
}

export type ContactRow = AcceptedRow | RejectedRow;

const HIGHEST_PRIORITY = 1_000_000;
/** A list has a handful of zones; one with more is wrong in every row and needs no memory of them. */
const ZONES_REMEMBERED = 1_000;

const EMPTY: Reject = {
  code: 'empty',
  reason: 'the row has nothing in any cell',
  mend: 'take the row out',
};
const NO_NUMBER: Reject = {
  code: 'missing',
  reason: 'there is no phone number',
  mend: 'write the whole number, such as +91 98765 43210',
};
const TOO_MANY_CELLS: Reject = {
  code: 'too_many_cells',
  reason: 'the row has more cells than the header, so its values may be in the wrong columns',
  mend: 'put quotes (") around a value that holds the separator',
};
const BAD_TIMEZONE: Reject = {
  code: 'bad_timezone',
  reason: 'the time zone is not one that is known, so the calling hours of this contact are not',
  mend: 'write a name such as Asia/Kolkata, or leave the cell empty for the zone of the number; a column that means something else is left aside with --map timezone=',
};
const BAD_PRIORITY: Reject = {
  code: 'bad_priority',
  reason: 'the priority is not a whole number of at most 1000000',
  mend: 'write a number (higher is called earlier), or leave the cell empty; a column that means something else is left aside with --map priority=',
};

/**
 * A function that turns a row into a contact or says why it is none. Cells that are missing at the end of a row
 * count as empty, since many programs leave them out. A row with more filled cells than the header is refused:
 * its number may come from another column. So is one with an unknown time zone: without it nobody knows when
 * the contact may be called.
 */
export function createContactReader(
  width: number,
  columns: ContactColumns,
  defaultRegion: CountryCode,
): (row: TableRow) => ContactRow {
  const zones = createZoneReader();
  return ({ rowNumber, cells }) => {
    if (cells.length > width && !isEmptyRow(cells, width))
      return { rowNumber, cells, reject: TOO_MANY_CELLS };
    const phones = readPhones(cells, columns.phones, defaultRegion);
    if ('code' in phones) return { rowNumber, cells, reject: phones };
    const { number, numbers, badNumbers } = phones;
    const zone = zones(cellAt(cells, columns.timezone), number);
    if (zone === null) return { rowNumber, cells, reject: BAD_TIMEZONE };
    const priority = priorityOf(cellAt(cells, columns.priority));
    if (priority === null) return { rowNumber, cells, reject: BAD_PRIORITY };
    const name = cellAt(cells, columns.name);
    const contact: Contact = {
      numbers,
      name: name === '' ? null : name,
      timezone: zone.timezone,
      timezoneSource: zone.timezoneSource,
      priority,
    };
    return { rowNumber, cells, contact, number, badNumbers };
  };
}

type ContactZone = Pick<Contact, 'timezone' | 'timezoneSource'>;

const ZONE_OF_CAMPAIGN: ContactZone = { timezone: null, timezoneSource: 'campaign' };

/** A function that gives the zone of a contact by its cell, else by its number; null: nobody knows what the cell means. */
function createZoneReader(): (cell: string, number: string) => ContactZone | null {
  const zoneOfNumber = createZoneOfNumber();
  const known = new Map<string, ContactZone | null>();
  const remembered = (key: string, find: () => string | null): ContactZone | null => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const timezone = find();
    const zone = timezone === null ? null : { timezone, timezoneSource: 'column' as const };
    if (known.size < ZONES_REMEMBERED) known.set(key, zone);
    return zone;
  };
  return (cell, number) => {
    const said = cell === '' ? '' : saidIn(cell);
    if (said === '') return zoneOfNumber(number) ?? ZONE_OF_CAMPAIGN;
    const named = remembered(said, () => zoneByName(said));
    if (named !== null) return named;
    const country = zoneOfNumber(number)?.country;
    return country === undefined
      ? null
      : remembered(`${country} ${said}`, () => zoneInCountry(said, country));
  };
}

interface Phones {
  number: string;
  numbers: string[];
  badNumbers: number;
}

/** One good number makes a contact; without any, what is wrong with the first cell that holds something. */
function readPhones(
  cells: readonly string[],
  positions: readonly number[],
  region: CountryCode,
): Phones | Reject {
  const numbers: string[] = [];
  let refusal: (Reject & { code: PhoneNumberCode }) | null = null;
  let badNumbers = 0;
  for (const position of positions) {
    const reading = parsePhoneNumber(cells[position] ?? '', region);
    if ('number' in reading) {
      if (!numbers.includes(reading.number)) numbers.push(reading.number);
      continue;
    }
    if (reading.code !== 'missing') badNumbers += 1;
    if (refusal === null || refusal.code === 'missing') refusal = reading;
  }
  const [number] = numbers;
  if (number !== undefined) return { number, numbers, badNumbers };
  return refusal ?? NO_NUMBER;
}

/** A row with nothing in it, as a reject. */
export function emptyRow({ rowNumber, cells }: TableRow): RejectedRow {
  return { rowNumber, cells, reject: EMPTY };
}

/** Spaces of all kinds, and control characters: some programs end a file with one. */
// oxlint-disable-next-line eslint/no-control-regex -- those are meant
const UNPRINTED = /^[\s\u0000-\u001F\u200B-\u200F\u2060\uFEFF]*$/u;

/** Whether all cells from a position on hold nothing that could be seen. */
export function isEmptyRow(cells: readonly string[], from = 0): boolean {
  for (let index = from; index < cells.length; index += 1) {
    if (!UNPRINTED.test(cells[index] ?? '')) return false;
  }
  return true;
}

function cellAt(cells: readonly string[], position: number | null): string {
  return position === null ? '' : (cells[position] ?? '').trim();
}

/** null: it is none. */
function priorityOf(cell: string): number | null {
  if (cell === '') return 0;
  const said = saidIn(cell);
  if (said === '') return 0;
  // decimals are what spreadsheets make of whole numbers
  const priority = /^[+-]?\d{1,7}(?:\.0*)?$/.test(said) ? Number(said) : Number.NaN;
  return Math.abs(priority) <= HIGHEST_PRIORITY ? priority : null;
}
