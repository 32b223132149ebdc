import { CsvError, parse } from 'csv-parse';
import { UserError } from '../errors.ts';
import type { Delimiter } from './delimiter.ts';
import { findDelimiter } from './delimiter.ts';
import type { DecodedText, TextEncoding } from './text-encoding.ts';
import { decodeText } from './text-encoding.ts';
import { peek, unpacked } from './unpack.ts';
import { openWorkbook } from './workbook-table.ts';

/** One row may hold this much; what is longer is an unclosed quote that swallows the rows after it. */
const LARGEST_ROW_BYTES = 65_536;
/** A workbook is a zip file. */
const WORKBOOK_START = Buffer.from('504b0304', 'hex');

export interface TableRow {
  /** As a spreadsheet numbers it: the header of a plain file is row 1, and empty lines count. */
  readonly rowNumber: number;
  /** As given and in order, however many there are. */
  readonly cells: string[];
}

export type TableEncoding = TextEncoding | 'xlsx';

/** Finds the header among the first rows of a table that are not empty; the rows above it are passed over. */
export type HeaderFinder = (rows: readonly TableRow[]) => number;

export interface Table {
  readonly header: readonly string[];
  readonly headerRow: number;
  /** What stands above the header: a title, a date and the like. */
  readonly above: readonly TableRow[];
  /** null: a workbook, whose cells nothing separates */
  readonly delimiter: Delimiter | null;
  /** What the file turned out to be, as far as it was read. */
  readonly encoding: () => TableEncoding;
  /** The rows below the header, some hundreds at a time. Empty lines are left out. To be read once. */
  readonly batches: () => AsyncGenerator<TableRow[], void, void>;
  /** Lets go of the source when not all rows are wanted. */
  readonly close: () => Promise<void>;
}

/**
 * Reads the header of a CSV file or of the first sheet of a workbook, either packed with gzip or not, and stands ready
 * to read its rows. Memory does not grow with a CSV file. Throws a UserError where the file is no table at all, and
 * while reading rows where quotes make its rest unreadable: then nothing after that row can be trusted.
 * @param findHeader without it the header is the first row that is not empty
 */
export async function openTable(
  source: AsyncIterable<Uint8Array>,
  fileName: string,
  findHeader: HeaderFinder = () => 0,
): Promise<Table> {
  const { head, all } = await peek(unpacked(source, fileName), WORKBOOK_START.length);
  if (head.subarray(0, WORKBOOK_START.length).equals(WORKBOOK_START))
    return await openWorkbook(all, fileName, findHeader);
  const text = decodeText(all, fileName);
  try {
    return await tableOf(text, fileName, findHeader);
  } catch (error) {
    await text.pieces.return();
    throw error;
  }
}

async function tableOf(text: DecodedText, fileName: string, findHeader: HeaderFinder): Promise<Table> {
  const first = await text.pieces.next();
  const head = first.done === true ? '' : first.value.toString();
  const { delimiter, skip } = findDelimiter(head);
  const reader = createRowReader(head, delimiter, fileName);
  let batch = await reader.read(Buffer.from(head.slice(skip)));
  // oxlint-disable-next-line eslint/no-await-in-loop -- a file is read in its order
  while (batch.length === 0 && !reader.ended()) batch = await reader.readNext(text.pieces);
  const headerAt = batch.length === 0 ? 0 : findHeader(batch);
  const header = batch[headerAt];
  if (header === undefined)
    throw new UserError(`${fileName}: the file is empty; give a list with a header row`);
  const firstRows = batch.slice(headerAt + 1);
  reader.setWidth(header.cells.length, firstRows);
  async function* batches(): AsyncGenerator<TableRow[], void, void> {
    try {
      if (firstRows.length > 0) yield firstRows;
      while (!reader.ended()) {
        // oxlint-disable-next-line eslint/no-await-in-loop -- a file is read in its order
        const next = await reader.readNext(text.pieces);
        if (next.length > 0) yield next;
      }
    } finally {
      await text.pieces.return();
    }
  }
  const close = async (): Promise<void> => {
    await text.pieces.return();
  };
  return {
    header: header.cells,
    headerRow: header.rowNumber,
    above: batch.slice(0, headerAt),
    delimiter,
    encoding: text.encoding,
    batches,
    close,
  };
}

interface RowReader {
  readonly read: (piece: Buffer) => Promise<TableRow[]>;
  readonly readNext: (pieces: DecodedText['pieces']) => Promise<TableRow[]>;
  /** How many cells a row has, once that is known; the rows read so far are looked at again. */
  readonly setWidth: (width: number, rows: readonly TableRow[]) => void;
  readonly ended: () => boolean;
}

function createRowReader(head: string, delimiter: Delimiter, fileName: string): RowReader {
  let rowNumber = 0;
  let width = 0;
  let ended = false;
  let rows: TableRow[] = [];
  const parser = parse({
    delimiter,
    // not left to csv-parse, which keeps to the first line end it sees: in a file whose rows came from two
    // systems it would swallow those of the other
    record_delimiter: head.includes('\n') ? ['\r\n', '\n'] : ['\r\n', '\r'],
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: LARGEST_ROW_BYTES,
    on_record: (cells: string[]) => {
      rowNumber += 1;
      if (cells.length === 1 && (cells[0] ?? '').trim() === '') return null;
      // until it is known; a title above the header is one cell
      if (width === 0 && cells.length > 1) width = cells.length;
      if (hasUnclosedQuote(cells, width, delimiter)) throw unclosedQuote(fileName, rowNumber);
      rows.push({ rowNumber, cells });
      return null;
    },
  });
  // each write is told of its own error; without a listener the same error would end the process
  parser.on('error', () => undefined);
  const rowsOf = async (feed: (done: Done) => void): Promise<TableRow[]> => {
    await settled(feed).catch((error: unknown) => {
      // csv-parse fails on the row after the last one it told us of
      throw error instanceof CsvError ? unreadable(error, fileName, rowNumber + 1) : error;
    });
    const taken = rows;
    rows = [];
    return taken;
  };
  const read = (piece: Buffer) => rowsOf((done) => parser.write(piece, done));
  const readNext = async (pieces: DecodedText['pieces']) => {
    const piece = await pieces.next();
    if (piece.done !== true) return read(piece.value);
    ended = true;
    return rowsOf((done) => parser.end(done));
  };
  const setWidth = (known: number, above: readonly TableRow[]): void => {
    width = known;
    const swallowing = above.find((row) => hasUnclosedQuote(row.cells, width, delimiter));
    if (swallowing !== undefined) throw unclosedQuote(fileName, swallowing.rowNumber);
  };
  return { read, readNext, setWidth, ended: () => ended };
}

type Done = (error?: Error | null) => void;

function settled(feed: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    feed((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}

/**
 * Whether a row swallowed the rows after it. A quote that is never closed ends at the next quote in the file:
 * csv-parse then gives a cell that still begins with its quote and spans lines, or a row with too few cells of
 * which one holds a whole line of the list.
 */
function hasUnclosedQuote(cells: readonly string[], width: number, delimiter: Delimiter): boolean {
  for (const cell of cells) {
    if (cell.charCodeAt(0) === 34 && /[\r\n]/.test(cell)) return true;
  }
  if (cells.length >= width) return false;
  return cells.some((cell) =>
    cell
      .split('\n')
      .slice(1)
      .some((line) => line.split(delimiter).length >= width),
  );
}

function unreadable(error: CsvError, fileName: string, rowNumber: number): UserError {
  return error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE'
    ? unclosedQuote(fileName, rowNumber)
    : new UserError(`${fileName}: row ${rowNumber} cannot be read (${error.message}); correct it`);
}

function unclosedQuote(fileName: string, rowNumber: number): UserError {
  return new UserError(
    `${fileName}: row ${rowNumber} opens a quote (") that is not closed, or is longer than 64 kB, so the rows after it cannot be told apart; close or remove the quote`,
  );
}
