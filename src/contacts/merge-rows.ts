import type { AcceptedRow, Contact } from './contact-row.ts';

/** More numbers than anybody has; a list that repeats one number a million times must not make a contact of them. */
const MOST_NUMBERS = 20;

/** What of a contact a later row may fill up. */
export type Fillable = Pick<Contact, 'numbers' | 'name' | 'timezone' | 'timezoneSource' | 'priority'>;

/** A row with what is empty in it filled up from later rows of the same list, the earlier of them first. */
export function mergedRows(first: AcceptedRow, later: readonly AcceptedRow[]): AcceptedRow {
  return later.reduce<AcceptedRow>(
    (row, next) => ({
      ...row,
      cells: filledCells(row.cells, next.cells),
      contact: filledContact(row.contact, next.contact),
    }),
    first,
  );
}

/** A contact whose empty parts are filled up and whose further numbers are appended. A priority of 0 is none. */
export function filledContact<Earlier extends Fillable>(earlier: Earlier, later: Fillable): Earlier {
  const zone = earlier.timezoneSource === 'column' || later.timezoneSource !== 'column' ? earlier : later;
  return {
    ...earlier,
    numbers: [...new Set([...earlier.numbers, ...later.numbers])].slice(
      0,
      Math.max(MOST_NUMBERS, earlier.numbers.length),
    ),
    name: earlier.name ?? later.name,
    timezone: zone.timezone,
    timezoneSource: zone.timezoneSource,
    priority: earlier.priority === 0 ? later.priority : earlier.priority,
  };
}

/** Cells of one header; those that hold nothing but spaces are taken from the later row. */
export function filledCells(earlier: readonly string[], later: readonly string[]): string[] {
  const width = Math.max(earlier.length, later.length);
  return Array.from({ length: width }, (_, index) => {
    const cell = earlier[index] ?? '';
    return cell.trim() === '' ? (later[index] ?? cell) : cell;
  });
}

/** The cells of a row under another list's header, by the names of their columns; those it lacks are left behind. */
export function cellsUnder(
  header: readonly string[],
  row: { header: readonly string[]; cells: readonly string[] },
): string[] {
  return header.map((name, position) => {
    const occurrence = header.slice(0, position).filter((other) => other === name).length;
    const at = row.header.flatMap((other, index) => (other === name ? [index] : []))[occurrence];
    return at === undefined ? '' : (row.cells[at] ?? '');
  });
}
