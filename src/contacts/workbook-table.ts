// not its entry for Node, whose reading of a damaged file may never end
import { readSheet } from 'read-excel-file/universal';
import { UserError } from '../errors.ts';
import type { TableKind, Table, TableRow } from './table.ts';
import { unpackedBytes } from './zip-directory.ts';

/** A workbook is read whole, so its size is bounded. CSV has no such limits. */
const MOST_ROWS = 100_000;
const MOST_BYTES = 30 * 1024 * 1024;
/** The XML of a sheet packs to a tenth or a twentieth; what unpacks to more than this was made to fill the memory. */
const MOST_UNPACKED_BYTES = 512 * 1024 * 1024;
const ROWS_AT_ONCE = 500;
const SAVE_AS_CSV = 'save it as CSV (UTF-8), which may have any size';

/**
 * Opens the first sheet of an XLSX workbook as a table whose cells are the text that the sheet shows, as far as that
 * can be told: numbers without exponent, dates as 2026-12-01. Throws a UserError where it is larger than 30 MB or has
 * more than 100 000 rows, and where it is no workbook.
 */
export async function openWorkbook(
  source: AsyncIterable<Uint8Array>,
  fileName: string,
  kind: TableKind,
): Promise<Table> {
  const sheet = await sheetOf(await wholeFile(source, fileName), fileName);
  const rows: TableRow[] = [];
  sheet.forEach((row, index) => {
    const cells = row.map(cellText);
    if (rows.length > 0 || cells.some((cell) => cell.trim() !== ''))
      rows.push({ rowNumber: index + 1, cells });
  });
  const headerAt = rows.length === 0 ? 0 : (kind.findHeader(rows) ?? 0);
  const header = rows[headerAt];
  const below = rows.slice(headerAt + 1);
  if (header === undefined) {
    throw new UserError(
      `${fileName}: the first sheet of the workbook is empty; put the list with its header row there`,
    );
  }
  if (below.length > MOST_ROWS) {
    throw new UserError(
      `${fileName}: the workbook has ${below.length} rows, and a workbook may have ${MOST_ROWS}; ${SAVE_AS_CSV}`,
    );
  }
  async function* batches(): AsyncGenerator<TableRow[], void, void> {
    for (let from = 0; from < below.length; from += ROWS_AT_ONCE)
      yield below.slice(from, from + ROWS_AT_ONCE);
  }
  return {
    header: header.cells,
    headerRow: header.rowNumber,
    above: rows.slice(0, headerAt),
    delimiter: null,
    encoding: () => 'xlsx',
    brokenRows: () => ({ rows: 0, first: null }),
    batches,
    close: async () => undefined,
  };
}

async function wholeFile(source: AsyncIterable<Uint8Array>, fileName: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) {
      throw new UserError(`${fileName}: the workbook is larger than 30 MB; ${SAVE_AS_CSV}`);
    }
  }
  return Buffer.concat(chunks);
}

async function sheetOf(bytes: Buffer, fileName: string): Promise<readonly (readonly unknown[])[]> {
  const unpacked = unpackedBytes(bytes);
  if (unpacked !== null && unpacked > MOST_UNPACKED_BYTES) {
    throw new UserError(
      `${fileName}: the workbook is larger than 512 MB when it is unpacked; ${SAVE_AS_CSV}`,
    );
  }
  try {
    if (unpacked === null) throw new Error('there is no directory in the zip file');
    // a copy: the reader takes the whole of the memory that it is given
    return await readSheet(Uint8Array.from(bytes).buffer, { trim: false, parseNumber: numberText });
  } catch (error) {
    throw new UserError(
      `${fileName}: this is a zip file or a workbook that cannot be read; unzip it first, or ${SAVE_AS_CSV}`,
      { cause: error },
    );
  }
}

/** What the reader gives for a cell; a formula that failed comes as empty. */
function cellText(value: unknown): string {
  // Postgres keeps no NUL, which _x0000_ stands for
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD');
  if (value instanceof Date) return dateText(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  return '';
}

/**
 * A number as the file keeps it, without exponent. Excel writes 17 digits of a fraction (1.1000000000000001 for 1.1);
 * whole numbers it keeps to 15, and those stay as they are.
 */
function numberText(kept: string): string {
  if (/^-?\d+$/.test(kept)) return kept;
  const number = Number(kept);
  if (!Number.isFinite(number)) return kept;
  if (Number.isInteger(number)) return BigInt(number).toString();
  const text = String(number);
  return text.includes('e') ? number.toFixed(20).replace(/0+$/, '') : text;
}

/** Dates come as instants whose UTC is what the sheet shows. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  // Excel keeps times as fractions of a day, so that whole seconds come out a little off
  const iso = new Date(Math.round(date.getTime() / 1000) * 1000).toISOString();
  const [day = '', time = ''] = iso.slice(0, 19).split('T');
  if (day < '1900-01-01') return time;
  return time === '00:00:00' ? day : `${day}T${time}`;
}
