import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import writeXlsxFile from 'write-excel-file/node';
import type { CellObject, Row } from 'write-excel-file/node';
import { UserError } from '../errors.ts';
import { besideOwn } from './own-columns.ts';
import type { ExportOptions, ReportRow, ReportRows, Value } from './report-rows.ts';
import { xlsxText } from './xlsx-text.ts';
import { createZonedTime } from './zoned-time.ts';

/** The file is put together in memory. */
const mostRows = 100_000;

/** Excel calls a file damaged in which a cell is longer. */
const longestCell = 32_767;

/**
 * Writes rows as an XLSX file of one sheet. What the lists held, and every number to dial, is text, so that no program
 * makes another value of it; counts are numbers, and times are dates as the clocks of the campaign's zone show them.
 * @returns how many were written
 * @throws UserError when they are more than 100 000, or not all, or a cell is longer than Excel takes
 */
export async function writeRowsXlsx(
  rows: ReportRows,
  output: Writable,
  { signal, rowsAtOnce = 5000, most = mostRows }: ExportOptions & { most?: number } = {},
): Promise<number> {
  requireFew(rows, await rows.count(), most);
  const names = [...rows.own, ...besideOwn(rows.own, rows.ours)];
  const local = createLocalTime(rows.timezone);
  const sheet: Row[] = [names.map((name) => ({ ...textCell(name), fontWeight: 'bold' }))];
  for await (const page of rows.pages(rowsAtOnce)) {
    signal?.throwIfAborted();
    for (const row of page) sheet.push(sheetRow(row, names, sheet.length + 1, local));
    requireFew(rows, sheet.length - 1, most);
  }
  rows.requireAll(sheet.length - 1);
  const file = await writeXlsxFile(sheet, {
    sheet: rows.what,
    stickyRowsCount: 1,
    columns: names.map((name) => ({ width: Math.min(Math.max(name.length + 2, 16), 40) })),
  }).toBuffer();
  await pipeline(Readable.from([file]), output, { end: false, ...(signal && { signal }) });
  return sheet.length - 1;
}

function requireFew({ what }: ReportRows, count: number, most: number): void {
  if (count <= most) return;
  throw new UserError(
    `there are ${count} ${what}, and an XLSX file is written of up to ${most}: use --format csv ` +
      '(with --spreadsheet, if it is for Excel)',
  );
}

function sheetRow(
  { own, ours }: ReportRow,
  names: readonly string[],
  rowNumber: number,
  local: (instant: Date) => Date,
): Row {
  const cells: Row = [
    ...own.map(textCell),
    ...ours.map((value) => (value === null ? null : cellOf(value, local))),
  ];
  const long = [...own, ...ours].findIndex(
    (value) => typeof value === 'string' && value.length > longestCell,
  );
  if (long !== -1) {
    throw new UserError(
      `row ${rowNumber} has in its column ${long + 1} (${names[long]}) a text longer than the ${longestCell} ` +
        'characters that Excel takes: use --format csv',
    );
  }
  return cells;
}

function cellOf(value: Exclude<Value, null>, local: (instant: Date) => Date): CellObject {
  if (typeof value === 'number') return { value, type: Number };
  if (value instanceof Date) return { value: local(value), type: Date, format: 'yyyy-mm-dd hh:mm:ss' };
  return textCell(value);
}

/** Text by its format too: else Excel reads it anew as soon as somebody edits it. */
function textCell(value: string): CellObject {
  return { value: xlsxText(value), type: String, format: '@' };
}

/** A date in a sheet has no zone: the instant whose time in UTC is what the clocks of the zone show. */
function createLocalTime(timezone: string): (instant: Date) => Date {
  const iso = createZonedTime(timezone);
  return (instant) => new Date(`${iso(instant).slice(0, '2026-12-01T10:00:00.000'.length)}Z`);
}
