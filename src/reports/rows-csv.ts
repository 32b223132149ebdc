import type { Writable } from 'node:stream';
import { csvLines } from './csv.ts';
import { besideOwn } from './own-columns.ts';
import { writeRowsAsText } from './report-rows.ts';
import type { ExportOptions, ReportRows, Value } from './report-rows.ts';
import { byteOrderMark, harmlessCell } from './spreadsheet-cells.ts';
import { createZonedTime } from './zoned-time.ts';

export interface CsvOptions extends ExportOptions {
  /** for a spreadsheet: with a byte order mark, and without cells that it would run; else every cell is exact */
  spreadsheet?: boolean;
}

/**
 * Writes rows as CSV: the list's own columns, then ours.
 * @returns how many were written
 * @throws UserError when they are not all
 */
export async function writeRowsCsv(
  rows: ReportRows,
  output: Writable,
  { spreadsheet = false, ...options }: CsvOptions,
): Promise<number> {
  const iso = createZonedTime(rows.timezone);
  const lines = (records: string[][]): string =>
    csvLines(spreadsheet ? records.map((record) => record.map(harmlessCell)) : records);
  return await writeRowsAsText(rows, output, options, {
    begin: (spreadsheet ? byteOrderMark : '') + lines([[...rows.own, ...besideOwn(rows.own, rows.ours)]]),
    page: (page) => lines(page.map(({ own, ours }) => [...own, ...ours.map((value) => cellOf(value, iso))])),
  });
}

function cellOf(value: Value, iso: (instant: Date) => string): string {
  if (value === null) return '';
  return value instanceof Date ? iso(value) : String(value);
}
