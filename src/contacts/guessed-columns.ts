import type { CountryCode } from 'libphonenumber-js/max';
import type { ColumnMapping, ColumnsReading, ContactColumns } from './contact-columns.ts';
import { findContactColumns } from './contact-columns.ts';
import { parsePhoneNumber } from './phone-number.ts';
import { saidIn } from './said-nothing.ts';
import type { Table, TableRow } from './table.ts';

/** Right or wrong: a column of such is one of priorities. */
const NUMBER = /^[+-]?\d+(?:[.,]\d*)?$/;

/**
 * The columns of a list by its header and its first rows. A column of priorities that was only found by its name, and that
 * holds words such as High and Low, is one of the list's own: it is left aside with a note. Where there is no column of
 * numbers, the first rows tell which might be it.
 */
export function columnsOfTable(
  table: Pick<Table, 'header' | 'above'>,
  firstRows: readonly TableRow[],
  mapping: ColumnMapping,
  region: CountryCode,
): ColumnsReading {
  const reading = findContactColumns(table.header, mapping, region);
  if ('problems' in reading) {
    if (mapping.phone !== null) return reading;
    const rows = [
      ...table.above.map(({ cells }) => cells),
      table.header,
      ...firstRows.map(({ cells }) => cells),
    ];
    const likely = likelyHeader(rows, region);
    return likely === null ? reading : findContactColumns(likely.header, mapping, region, likely.name);
  }
  const { columns, warnings } = reading;
  if (mapping.priority !== null || !holdsNoPriority(columns, firstRows)) return reading;
  const name = table.header[columns.priority ?? -1] ?? '';
  return {
    columns: { ...columns, priority: null },
    warnings: [
      ...warnings,
      `"${name}" holds no numbers, so it is kept and nobody is called earlier by it (to choose another column: --map priority=…)`,
    ],
  };
}

function holdsNoPriority({ priority }: ContactColumns, rows: readonly TableRow[]): boolean {
  if (priority === null) return false;
  const said = rows.map(({ cells }) => saidIn(cells[priority] ?? '')).filter((cell) => cell !== '');
  return said.length > 0 && said.every((cell) => !NUMBER.test(cell));
}

/** The row above the first number, and what it calls the column of that number. */
function likelyHeader(
  rows: readonly (readonly string[])[],
  region: CountryCode,
): { header: readonly string[]; name: string } | null {
  for (const [index, cells] of rows.entries()) {
    const position = cells.findIndex((cell) => 'number' in parsePhoneNumber(cell, region));
    if (position === -1) continue;
    const header = rows[index - 1];
    const name = header?.[position]?.trim() ?? '';
    return header === undefined || name === '' ? null : { header, name };
  }
  return null;
}
