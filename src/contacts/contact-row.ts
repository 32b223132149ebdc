import type { CountryCode } from 'libphonenumber-js/max';
import { namedTimeZone } from '../campaigns/time-zone.ts';
import type { ContactColumns } from './contact-columns.ts';
import type { PhoneNumberCode } from './phone-number.ts';
import { parsePhoneNumber } from './phone-number.ts';
import type { TableRow } from './table.ts';

export interface Contact {
  /** E.164. */
  readonly number: string;
  readonly name: string | null;
  /** A named zone in its usual letter case. */
  readonly timezone: string | null;
  /** Higher is called earlier; 0 where nothing is said. */
  readonly priority: number;
}

type RejectCode = PhoneNumberCode | 'empty' | 'too_many_cells' | 'bad_timezone' | 'bad_priority';

export interface Reject {
  readonly code: RejectCode;
  readonly reason: string;
  readonly mend: string;
}

export interface AcceptedRow extends TableRow {
  readonly contact: Contact;
}

export interface RejectedRow extends TableRow {
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
const TOO_MANY_CELLS: Reject = {
  code: 'too_many_cells',
  reason: 'the row has more cells than the header, so its values may be in the wrong columns',
  mend: 'put quotes (") around a value that holds the separator',
};
const BAD_TIMEZONE: Reject = {
  code: 'bad_timezone',
  reason: 'the time zone is not one that is known, so the calling hours of this contact are not',
  mend: 'write a name such as Asia/Kolkata, or leave the cell empty for the zone of the campaign',
};
const BAD_PRIORITY: Reject = {
  code: 'bad_priority',
  reason: 'the priority is not a whole number of at most 1000000',
  mend: 'write a number (higher is called earlier), or leave the cell empty',
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
  const zones = new Map<string, string | null>();
  const zoneOf = (cell: string): string | null => {
    const known = zones.get(cell);
    if (known !== undefined) return known;
    const zone = namedTimeZone(cell);
    if (zones.size < ZONES_REMEMBERED) zones.set(cell, zone);
    return zone;
  };
  return ({ rowNumber, cells }) => {
    if (cells.length > width && !isEmptyRow(cells, width))
      return { rowNumber, cells, reject: TOO_MANY_CELLS };
    const phone = parsePhoneNumber(cells[columns.phone] ?? '', defaultRegion);
    if ('code' in phone) return { rowNumber, cells, reject: phone };
    const zoneCell = cellAt(cells, columns.timezone);
    const timezone = zoneCell === '' ? null : zoneOf(zoneCell);
    if (timezone === null && zoneCell !== '') return { rowNumber, cells, reject: BAD_TIMEZONE };
    const priority = priorityOf(cellAt(cells, columns.priority));
    if (priority === null) return { rowNumber, cells, reject: BAD_PRIORITY };
    const name = cellAt(cells, columns.name);
    const contact = { number: phone.number, name: name === '' ? null : name, timezone, priority };
    return { rowNumber, cells, contact };
  };
}

/** A row with nothing in it, as a reject. */
export function emptyRow({ rowNumber, cells }: TableRow): RejectedRow {
  return { rowNumber, cells, reject: EMPTY };
}

/** Whether all cells from a position on hold nothing but spaces. */
export function isEmptyRow(cells: readonly string[], from = 0): boolean {
  for (let index = from; index < cells.length; index += 1) {
    if ((cells[index] ?? '').trim() !== '') return false;
  }
  return true;
}

function cellAt(cells: readonly string[], position: number | null): string {
  return position === null ? '' : (cells[position] ?? '').trim();
}

function priorityOf(cell: string): number | null {
  if (cell === '') return 0;
  const priority = /^[+-]?\d{1,7}$/.test(cell) ? Number(cell) : Number.NaN;
  return Math.abs(priority) <= HIGHEST_PRIORITY ? priority : null;
}
