import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../errors.ts';
import { besideOwn } from '../own-columns.ts';
import { rowsOfText } from '../report-rows.ts';
import type { ExportOptions, ReportRow, ReportRows, Value } from '../report-rows.ts';
import { createZonedTime } from '../zoned-time.ts';
import { columnName, sheetBegin, sheetEnd, styles, workbookEntries } from './workbook.ts';
import { xlsxText } from './xlsx-text.ts';
import { zipped } from './zip.ts';

/** As many as a sheet of Excel has below its header. */
const mostRows = 1_048_575;

/** Excel calls a file damaged in which a cell is longer. */
const longestCell = 32_767;

/**
 * Writes rows as an XLSX file of one sheet. What the lists held, and every number to dial, is text, so that no program
 * makes another value of it; counts are numbers, and times are dates as the clocks of the campaign's zone show them.
 * Memory does not grow with the rows. Leaves the output open.
 * @returns how many were written
 * @throws UserError when they are more than a sheet holds, or not all, or a cell is longer than Excel takes
 */
export async function writeRowsXlsx(
  rows: ReportRows,
  output: Writable,
  { signal, rowsAtOnce = rowsOfText, most = mostRows }: ExportOptions & { most?: number } = {},
): Promise<number> {
  await requireFitsSheet(rows, most);
  const names = [...rows.own, ...besideOwn(rows.own, rows.ours)];
  const row = createSheetRow(names, rows.timezone);
  let written = 0;

  async function* sheet(): AsyncGenerator<string, void, void> {
    yield sheetBegin(names.map((name, index) => ({ width: widthOf(name), isText: index < rows.own.length })));
    yield headerRow(names);
    for await (const page of rows.pages(rowsAtOnce)) {
      requireFew(rows, written + page.length, most);
      yield page.map((one, index) => row(one, written + index + 2)).join('');
      written += page.length;
    }
    rows.requireAll(written);
    yield sheetEnd;
  }

  const file = Readable.from(zipped(workbookEntries(rows.what, sheet())), { highWaterMark: 1 });
  await pipeline(file, output, { end: false, ...(signal && { signal }) });
  return written;
}

/** @throws UserError when there are more rows than a sheet holds */
export async function requireFitsSheet(rows: ReportRows, most = mostRows): Promise<void> {
  requireFew(rows, await rows.count(), most);
}

function requireFew({ what }: ReportRows, count: number, most: number): void {
  if (count <= most) return;
  throw new UserError(
    `there are ${count} ${what}, and a sheet of an XLSX file holds ${most}: use --format csv ` +
      '(with --spreadsheet, if it is for Excel)',
  );
}

function widthOf(name: string): number {
  return Math.min(Math.max(name.length + 2, 16), 40);
}

function headerRow(names: readonly string[]): string {
  return `<row r="1">${names.map((name, index) => textCell(`${columnName(index)}1`, name, styles.header)).join('')}</row>`;
}

/** @returns what writes a row by its number in the sheet */
function createSheetRow(
  names: readonly string[],
  timezone: string,
): (row: ReportRow, rowNumber: number) => string {
  const letters = names.map((_, index) => columnName(index));
  const serial = createSerialTime(timezone);

  function cell(value: Value, column: number, rowNumber: number): string {
    if (value === null || value === '') return '';
    const place = `${letters[column] ?? ''}${rowNumber}`;
    if (typeof value === 'number') return `<c r="${place}"><v>${value}</v></c>`;
    if (value instanceof Date) return `<c r="${place}" s="${styles.time}"><v>${serial(value)}</v></c>`;
    if (value.length > longestCell) throw tooLong(rowNumber, column, names[column] ?? '');
    return textCell(place, value, styles.text);
  }

  return ({ own, ours }, rowNumber) => {
    let cells = '';
    for (const [index, value] of own.entries()) cells += cell(value, index, rowNumber);
    for (const [index, value] of ours.entries()) cells += cell(value, own.length + index, rowNumber);
    return `<row r="${rowNumber}">${cells}</row>`;
  };
}

function tooLong(rowNumber: number, column: number, name: string): UserError {
  return new UserError(
    `row ${rowNumber} has in its column ${column + 1} (${name}) a text longer than the ${longestCell} ` +
      'characters that Excel takes: use --format csv',
  );
}

/** White space that XML readers may leave out or change unless it is said to belong to the text. */
const spaces = /^\s|\s$|[\t\n]/;

/** Text by its format too: else Excel reads it anew as soon as somebody edits it. */
function textCell(place: string, text: string, style: number): string {
  const kept = spaces.test(text) ? ' xml:space="preserve"' : '';
  return `<c r="${place}" s="${style}" t="inlineStr"><is><t${kept}>${xlsxText(text)}</t></is></c>`;
}

const dayMs = 86_400_000;
/** Of 1970-01-01, in days since the beginning of Excel's time. */
const epochDay = 25_569;

/** A date in a sheet is a count of days without a zone: of those that the clocks of the zone show. */
function createSerialTime(timezone: string): (instant: Date) => number {
  const iso = createZonedTime(timezone);
  return (instant) =>
    Date.parse(`${iso(instant).slice(0, '2026-12-01T10:00:00.000'.length)}Z`) / dayMs + epochDay;
}
