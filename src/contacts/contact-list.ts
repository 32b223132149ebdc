import type { CountryCode } from 'libphonenumber-js/max';
import { UserError } from '../errors.ts';
import type { ColumnMapping, ContactColumns } from './contact-columns.ts';
import { contactTable, findContactColumns } from './contact-columns.ts';
import type { ContactRow } from './contact-row.ts';
import { createContactReader, emptyRow, isEmptyRow } from './contact-row.ts';
import type { Delimiter } from './delimiter.ts';
import { columnsOfTable } from './guessed-columns.ts';
import { passedOver } from './header-finder.ts';
import { columnsUnder, placeOfReject, rejectColumnsAt, withoutRejectColumns } from './rejects-file.ts';
import type { EarlierLists } from './rejects-file.ts';
import type { BrokenRows, Table, TableEncoding, TableRow } from './table.ts';
import { openTable } from './table.ts';

/** So many empty rows in a row are held back, to see whether anything follows them. */
const EMPTY_ROWS_HELD = 10_000;

/** So many rows tell what a column holds. */
const ROWS_LOOKED_AT = 100;

export interface ContactListOptions {
  /** What messages call the list. */
  readonly fileName: string;
  readonly mapping: ColumnMapping;
  /** The region of numbers without a country code. */
  readonly defaultRegion: CountryCode;
  /** The lists before it, by which corrected rejects are read; asked for when the list is a file of those. */
  readonly earlier?: (() => Promise<EarlierLists>) | undefined;
}

export interface ContactListHeader {
  readonly header: readonly string[];
  /** null: a workbook */
  readonly delimiter: Delimiter | null;
  /** By the first 64 kB. */
  readonly encoding: TableEncoding;
  readonly columns: ContactColumns;
  readonly warnings: string[];
}

export interface ContactList extends ContactListHeader {
  /** The rows, some hundreds at a time: the fast way. Rows can be read once, by one of the two. */
  readonly batches: () => AsyncGenerator<ContactRow[], void, void>;
  readonly rows: () => AsyncGenerator<ContactRow, void, void>;
  /** What the file turned out to be, as far as its rows were read. */
  readonly encodingSeen: () => TableEncoding;
  /** What is worth a word of the rows that were read. */
  readonly notesSeen: () => string[];
  /** Lets go of the source when not all rows are wanted. */
  readonly close: () => Promise<void>;
}

export interface ListProblems {
  readonly problems: string[];
}

/**
 * Opens a contact list (CSV or a workbook, packed with gzip or not): finds out its encoding, delimiter and columns, and stands ready to read its rows,
 * of which each is a contact or a reject. Problems are told before any row is read: a file that is no table, is
 * empty, has no phone column or no row below its header. While rows are read, quotes that make the rest of the
 * file unreadable throw a UserError; the import has to fail then, since nothing after them can be trusted.
 */
export async function openContactList(
  source: AsyncIterable<Uint8Array>,
  options: ContactListOptions,
): Promise<ContactList | ListProblems> {
  try {
    const { fileName, mapping, defaultRegion } = options;
    const table = await openTable(source, fileName, contactTable(mapping, defaultRegion));
    return await listOf(table, options);
  } catch (error) {
    if (error instanceof UserError) return { problems: [error.message] };
    throw error;
  }
}

/** Reads only the header of a contact list, and one row to know that there is one. */
export async function readHeader(
  source: AsyncIterable<Uint8Array>,
  options: ContactListOptions,
): Promise<ContactListHeader | ListProblems> {
  const list = await openContactList(source, options);
  if ('problems' in list) return list;
  await list.close();
  const { header, delimiter, encoding, columns } = list;
  return { header, delimiter, encoding, columns, warnings: [...list.warnings, ...list.notesSeen()] };
}

async function listOf(table: Table, options: ContactListOptions): Promise<ContactList | ListProblems> {
  const { fileName } = options;
  const tableBatches = table.batches();
  const firstRows = await rowsLookedAt(tableBatches);
  const reading = await readingOf(table, firstRows, options);
  if ('problems' in reading) {
    await tableBatches.return();
    return { problems: reading.problems.map((problem) => `${fileName}: ${problem}`) };
  }
  const batches = contactBatches(startingWith(firstRows, tableBatches), reading.read);
  const first = await batches.next();
  if (first.done === true) {
    return { problems: [`${fileName}: there is a header and no row below it; add contacts`] };
  }
  async function* allBatches(): AsyncGenerator<ContactRow[], void, void> {
    if (first.done !== true) yield first.value;
    yield* batches;
  }
  return {
    header: reading.header,
    delimiter: table.delimiter,
    encoding: table.encoding(),
    columns: reading.columns,
    warnings: [...passedOver(table), ...reading.warnings].map((warning) => `${fileName}: ${warning}`),
    batches: allBatches,
    rows: () => oneByOne(allBatches()),
    encodingSeen: table.encoding,
    notesSeen: () => brokenCharacters(table.brokenRows()).map((note) => `${fileName}: ${note}`),
    close: async () => {
      await batches.return();
    },
  };
}

interface ListReading {
  header: readonly string[];
  columns: ContactColumns;
  warnings: string[];
  read: (row: TableRow) => ContactRow;
}

async function readingOf(
  table: Table,
  firstRows: readonly TableRow[],
  options: ContactListOptions,
): Promise<ListReading | ListProblems> {
  const { mapping, defaultRegion } = options;
  const rejectsAt = rejectColumnsAt(table.header);
  if (rejectsAt !== null) return await rejectsReading(table.header, rejectsAt, options);
  const { header } = table;
  const reading = columnsOfTable(table, firstRows, mapping, defaultRegion);
  if ('problems' in reading) return reading;
  return { header, ...reading, read: createContactReader(header.length, reading.columns, defaultRegion) };
}

/**
 * Of rejected rows, which stand under the columns of several lists, each is read by those of its own: a number that was
 * not dialled in its list is not dialled now. What was said of the rejects is dropped.
 */
async function rejectsReading(
  headerThere: readonly string[],
  at: number,
  { mapping, defaultRegion, earlier }: ContactListOptions,
): Promise<ListReading | ListProblems> {
  const header = withoutRejectColumns(headerThere, at);
  const readers = new Map<string, (row: TableRow) => ContactRow>();
  let firstColumns: ContactColumns | null = null;
  for (const [id, list] of (await earlier?.()) ?? []) {
    const columns = columnsUnder(header, list);
    if (columns === null) continue;
    firstColumns ??= columns;
    readers.set(id, createContactReader(header.length, columns, defaultRegion));
  }
  const found = findContactColumns(header, mapping, defaultRegion);
  if ('problems' in found) {
    if (firstColumns === null) return found;
    return rejectsBy(header, at, readers, { columns: firstColumns, warnings: [] }, defaultRegion);
  }
  return rejectsBy(header, at, readers, found, defaultRegion);
}

function rejectsBy(
  header: readonly string[],
  at: number,
  readers: ReadonlyMap<string, (row: TableRow) => ContactRow>,
  usual: { columns: ContactColumns; warnings: string[] },
  defaultRegion: CountryCode,
): ListReading {
  const others = createContactReader(header.length, usual.columns, defaultRegion);
  const readReject = ({ rowNumber, cells }: TableRow): ContactRow => {
    const row = { rowNumber, cells: withoutRejectColumns(cells, at) };
    const before = placeOfReject(cells, at);
    const read = readers.get(String(before?.importId)) ?? others;
    const contact = isEmptyRow(row.cells) ? emptyRow(row) : read(row);
    return before === null ? contact : { ...contact, before };
  };
  const warnings =
    readers.size > 0
      ? ['these are rejected rows: each is read by the columns of the list that it came with']
      : usual.warnings;
  return { header, columns: usual.columns, warnings, read: readReject };
}

function brokenCharacters({ first, rows }: BrokenRows): string[] {
  if (first === null) return [];
  const these = rows === 1 ? `row ${first} holds` : `${rows} rows, the first of them row ${first}, hold`;
  return [`${these} a character that is cut off; it stands as \uFFFD, and the rest is kept as it is`];
}

/** The end of a short file comes in a batch of its own. */
async function rowsLookedAt(batches: AsyncGenerator<TableRow[], void, void>): Promise<TableRow[]> {
  const rows: TableRow[] = [];
  while (rows.length < ROWS_LOOKED_AT) {
    // oxlint-disable-next-line eslint/no-await-in-loop -- a file is read in its order
    const batch = await batches.next();
    if (batch.done === true) break;
    rows.push(...batch.value);
  }
  return rows;
}

async function* startingWith(
  first: TableRow[],
  batches: AsyncGenerator<TableRow[], void, void>,
): AsyncGenerator<TableRow[], void, void> {
  try {
    yield first;
    yield* batches;
  } finally {
    // whoever stops before the first ones are read lets go of the source, too
    await batches.return();
  }
}

/**
 * Rows with nothing in any cell are rejected, so that the rows of the file add up; the ones at the very end are
 * passed over, since spreadsheets write them by the hundred below a list.
 */
async function* contactBatches(
  batches: AsyncIterable<TableRow[]>,
  read: (row: TableRow) => ContactRow,
): AsyncGenerator<ContactRow[], void, void> {
  let heldBack: TableRow[] = [];
  for await (const rows of batches) {
    const batch: ContactRow[] = [];
    for (const row of rows) {
      if (isEmptyRow(row.cells)) {
        heldBack.push(row);
        if (heldBack.length < EMPTY_ROWS_HELD) continue;
      }
      for (const empty of heldBack) batch.push(emptyRow(empty));
      if (heldBack.at(-1) !== row) batch.push(read(row));
      heldBack = [];
    }
    if (batch.length > 0) yield batch;
  }
}

async function* oneByOne(batches: AsyncIterable<ContactRow[]>): AsyncGenerator<ContactRow, void, void> {
  for await (const batch of batches) yield* batch;
}
