import { CsvError, parse } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { UserError } from '../errors.ts';
import type { Delimiter, ListLayout } from './delimiter.ts';
import { findDelimiters } from './delimiter.ts';
import { recordEnds } from './line-ends.ts';
import { createRawRecords } from './raw-records.ts';
import type { DecodedText, TextEncoding } from './text-encoding.ts';
import { NulFound, decodeText } from './text-encoding.ts';
import { peek, unpacked } from './unpack.ts';
import { openWorkbook } from './workbook-table.ts';

/** One row may hold this much; what is longer is an unclosed quote that swallows the rows after it. */
const LARGEST_ROW_BYTES = 65_536;
/** As many as a header is looked for in, and empty lines between them. */
const ROWS_TRIED = 40;
const QUOTE = 34;
/** A workbook is a zip file. */
const WORKBOOK_START = Buffer.from('504b0304', 'hex');

export interface TableRow {
  /** As a spreadsheet numbers it: the header of a plain file is row 1, and empty lines count. */
  readonly rowNumber: number;
  /** As given and in order, however many there are. */
  readonly cells: string[];
}

export type TableEncoding = TextEncoding | 'xlsx';

/** What whoever reads a table knows of its rows. */
export interface TableKind {
  /** Finds the header among the first rows that are not empty; the rows above it are passed over. null: none is one. */
  readonly findHeader: (rows: readonly TableRow[]) => number | null;
  /** Whether cells, which stand as a line within one cell, could be a row under that header. */
  readonly couldBeRow: (header: readonly string[], cells: readonly string[]) => boolean;
}

/** The first row is the header, and nothing is known of the others. */
const anyTable: TableKind = { findHeader: () => 0, couldBeRow: () => true };

export interface BrokenRows {
  readonly rows: number;
  /** The number of the first; null: there are none. */
  readonly first: number | null;
}

export interface Table {
  readonly header: readonly string[];
  readonly headerRow: number;
  /** What stands above the header: a title, a date and the like. */
  readonly above: readonly TableRow[];
  /** null: a workbook, whose cells nothing separates */
  readonly delimiter: Delimiter | null;
  /** What the file turned out to be, as far as it was read. */
  readonly encoding: () => TableEncoding;
  /** Those that hold characters cut off, as far as the file was read. */
  readonly brokenRows: () => BrokenRows;
  /** The rows below the header, some hundreds at a time. Empty lines are left out. To be read once. */
  readonly batches: () => AsyncGenerator<TableRow[], void, void>;
  /** Lets go of the source when not all rows are wanted. */
  readonly close: () => Promise<void>;
}

/**
 * Reads the header of a CSV file or of the first sheet of a workbook, either packed with gzip or not, and stands ready
 * to read its rows. Memory does not grow with a CSV file. Throws a UserError where the file is no table at all, and
 * while reading rows where quotes make its rest unreadable: then nothing after that row can be trusted.
 * @param kind without it the header is the first row that is not empty
 */
export async function openTable(
  source: AsyncIterable<Uint8Array>,
  fileName: string,
  kind: TableKind = anyTable,
): Promise<Table> {
  const { head, all } = await peek(unpacked(source, fileName), WORKBOOK_START.length);
  if (head.subarray(0, WORKBOOK_START.length).equals(WORKBOOK_START))
    return await openWorkbook(all, fileName, kind);
  const text = decodeText(all, fileName);
  try {
    return await tableOf(text, fileName, kind);
  } catch (error) {
    await text.pieces.return();
    throw error;
  }
}

async function tableOf(text: DecodedText, fileName: string, kind: TableKind): Promise<Table> {
  const first = await text.pieces.next();
  const head = first.done === true ? '' : first.value.toString();
  const { delimiter, skip } = chooseLayout(head, kind);
  const reader = createRowReader(head.slice(skip), delimiter, fileName, text.brokenCharacters);
  let batch = await reader.read(Buffer.from(head.slice(skip)));
  // oxlint-disable-next-line eslint/no-await-in-loop -- a file is read in its order
  while (batch.length === 0 && !reader.ended()) batch = await reader.readNext(text.pieces);
  const headerAt = batch.length === 0 ? 0 : (kind.findHeader(batch) ?? 0);
  const header = batch[headerAt];
  if (header === undefined)
    throw new UserError(`${fileName}: the file is empty; give a list with a header row`);
  const firstRows = batch.slice(headerAt + 1);
  const { cells: names } = header;
  reader.setHeader({ width: names.length, couldBeRow: (cells) => kind.couldBeRow(names, cells) }, firstRows);
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
    brokenRows: reader.brokenRows,
    batches,
    close,
  };
}

interface RowReader {
  readonly read: (piece: Buffer) => Promise<TableRow[]>;
  readonly readNext: (pieces: DecodedText['pieces']) => Promise<TableRow[]>;
  /** What a row looks like, once that is known; the rows read so far are looked at again. */
  readonly setHeader: (below: RowShape, rows: readonly TableRow[]) => void;
  readonly ended: () => boolean;
  readonly brokenRows: () => BrokenRows;
}

interface RowShape {
  readonly width: number;
  readonly couldBeRow: (cells: readonly string[]) => boolean;
}

/**
 * Of the delimiters that the first lines may mean, the one under which there is a header; where there is none under any,
 * the one that stands most often.
 */
function chooseLayout(head: string, kind: TableKind): ListLayout {
  const layouts = findDelimiters(head);
  const [first] = layouts;
  if (layouts.length === 1) return first;
  const found = layouts.find(
    ({ delimiter, skip }) => kind.findHeader(firstRowsOf(head.slice(skip), delimiter)) !== null,
  );
  return found ?? first;
}

/** What a header is looked for in. What is wrong with it shows when it is read in earnest. */
function firstRowsOf(head: string, delimiter: Delimiter): TableRow[] {
  const rows: TableRow[] = [];
  let rowNumber = 0;
  const layout = {
    delimiter,
    record_delimiter: recordEnds(head, delimiter),
    relax_quotes: true,
    relax_column_count: true,
    to: ROWS_TRIED,
    on_record: (cells: string[]) => {
      rowNumber += 1;
      if (!isBlank(cells)) rows.push({ rowNumber, cells });
      return null;
    },
  };
  try {
    parseAtOnce(head, layout);
  } catch (error) {
    // the text ends somewhere, within a cell as it may be
    if (!(error instanceof CsvError)) throw error;
  }
  return rows;
}

function isBlank(cells: readonly string[]): boolean {
  return cells.length === 1 && (cells[0] ?? '').trim() === '';
}

function createRowReader(
  head: string,
  delimiter: Delimiter,
  fileName: string,
  brokenCharacters: () => number,
): RowReader {
  let rowNumber = 0;
  let below: RowShape | null = null;
  let ended = false;
  let rows: TableRow[] = [];
  const raw = createRawRecords();
  const parser = parse({
    delimiter,
    // not left to csv-parse, which keeps to the first line end it sees: in a file whose rows came from two
    // systems it would swallow those of the other
    record_delimiter: recordEnds(head, delimiter),
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: LARGEST_ROW_BYTES,
    on_record: (cells: string[], { bytes }) => {
      rowNumber += 1;
      const keepsItsQuote = cells.find(beginsWithQuoteAndGoesOn);
      if (keepsItsQuote !== undefined && !raw.holds(bytes, quoted(keepsItsQuote)))
        throw unclosedQuote(fileName, rowNumber);
      raw.endAt(bytes);
      if (isBlank(cells)) return null;
      if (below !== null && hasSwallowedRows(cells, below, delimiter))
        throw unclosedQuote(fileName, rowNumber);
      rows.push({ rowNumber, cells });
      return null;
    },
  });
  // each write is told of its own error; without a listener the same error would end the process
  parser.on('error', () => undefined);
  let broken: BrokenRows = { rows: 0, first: null };
  const noteBroken = (read: readonly TableRow[]): void => {
    if (brokenCharacters() === 0) return;
    const these = read.filter(({ cells }) => cells.some((cell) => cell.includes('\uFFFD')));
    broken = { rows: broken.rows + these.length, first: broken.first ?? these[0]?.rowNumber ?? null };
  };
  const rowsOf = async (feed: (done: Done) => void): Promise<TableRow[]> => {
    await settled(feed).catch((error: unknown) => {
      // csv-parse fails on the row after the last one it told us of
      throw error instanceof CsvError ? unreadable(error, fileName, rowNumber + 1) : error;
    });
    const taken = rows;
    rows = [];
    noteBroken(taken);
    return taken;
  };
  const read = (piece: Buffer) => {
    raw.add(piece);
    return rowsOf((done) => parser.write(piece, done));
  };
  const readNext = async (pieces: DecodedText['pieces']) => {
    const piece = await pieces.next().catch((error: unknown) => {
      throw error instanceof NulFound ? nulByte(fileName, rowNumber + 1) : error;
    });
    if (piece.done !== true) return read(piece.value);
    ended = true;
    return rowsOf((done) => parser.end(done));
  };
  const setHeader = (known: RowShape, above: readonly TableRow[]): void => {
    below = known;
    const swallowing = above.find((row) => hasSwallowedRows(row.cells, known, delimiter));
    if (swallowing !== undefined) throw unclosedQuote(fileName, swallowing.rowNumber);
  };
  return { read, readNext, setHeader, ended: () => ended, brokenRows: () => broken };
}

type Done = (error?: Error | null) => void;

function settled(feed: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    feed((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}

/**
 * A quote that is never closed ends at the next quote in the file. Where that is not at the end of a cell, csv-parse
 * gives a cell that spans lines and still begins with its quote. So does a cell whose text begins with one, which in the
 * file stands doubled.
 */
function beginsWithQuoteAndGoesOn(cell: string): boolean {
  return cell.charCodeAt(0) === QUOTE && /[\r\n]/.test(cell);
}

/** A cell as it is written in full. */
function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/**
 * Where the next quote in the file stands at the end of a cell, a row has too few cells, of which one holds whole rows of
 * the list. An address of several lines looks the same until one knows what a row holds.
 */
function hasSwallowedRows(
  cells: readonly string[],
  { width, couldBeRow }: RowShape,
  delimiter: Delimiter,
): boolean {
  if (cells.length >= width) return false;
  return cells.some((cell) =>
    cell
      .split(/\r\n|\n|\r/)
      .slice(1)
      .map((line) => line.split(delimiter))
      .some((line) => line.length >= width && couldBeRow(line)),
  );
}

function nulByte(fileName: string, rowNumber: number): UserError {
  return new UserError(
    `${fileName}: row ${rowNumber} holds a NUL byte, so this is not text; take it out, or save the list as CSV (UTF-8) again`,
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
