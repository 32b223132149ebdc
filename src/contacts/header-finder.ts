import type { CountryCode } from 'libphonenumber-js/max';
import { isEmptyRow } from './contact-row.ts';
import { parsePhoneNumber } from './phone-number.ts';
import type { Table, TableKind, TableRow } from './table.ts';

/** Above the header stand a title, a date and the like at the most. */
const ROWS_LOOKED_AT = 20;
/** Of those, the ones that may hold a phone number, such as that of a helpline. */
const TITLES_WITH_NUMBERS = 3;

/**
 * A table whose rows have phone numbers. Its header is the first row that has the columns which are needed. Where none
 * has them, or rows that could be contacts come before it, no row is the header.
 * @param numberColumns the positions of the numbers in a header; null: the row has not what is needed
 */
export function tableOfNumbers(
  numberColumns: (header: readonly string[]) => readonly number[] | null,
  region: CountryCode,
): TableKind {
  const isNumber = (cell: string | undefined) => 'number' in parsePhoneNumber(cell ?? '', region);

  const findHeader = (rows: readonly TableRow[]): number | null => {
    const titles: number[] = [];
    for (const [index, { cells }] of rows.slice(0, ROWS_LOOKED_AT).entries()) {
      if (numberColumns(cells) !== null) {
        // a list without a header may well have a later row that reads like one: its contacts are not passed over
        return titles.every((filled) => filled < filledCells(cells)) ? index : null;
      }
      if (!cells.some(isNumber)) continue;
      titles.push(filledCells(cells));
      if (titles.length > TITLES_WITH_NUMBERS) return null;
    }
    return null;
  };

  return {
    findHeader,
    couldBeRow: (header, cells) =>
      numberColumns(header)?.some((position) => isNumber(cells[position])) ?? true,
  };
}

function filledCells(cells: readonly string[]): number {
  return cells.filter((cell) => cell.trim() !== '').length;
}

/** What is worth a word where the header is not the first row. */
export function passedOver({ headerRow, above }: Table): string[] {
  const rows = above.filter(({ cells }) => !isEmptyRow(cells)).length;
  if (rows === 0) return [];
  const these = rows === 1 ? 'the row above it is' : `the ${rows} rows above it are`;
  return [`the header is row ${headerRow}; ${these} passed over`];
}
