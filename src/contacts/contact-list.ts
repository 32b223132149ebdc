import type { CountryCode } from 'libphonenumber-js/max';
import { UserError } from '../errors.ts';
import type { ColumnMapping, ContactColumns } from './contact-columns.ts';
import { findContactColumns, contactTable } from './contact-columns.ts';
import type { ContactRow } from './contact-row.ts';
import { createContactReader, emptyRow, isEmptyRow } from './contact-row.ts';
import type { Delimiter } from './delimiter.ts';
import { passedOver } from './header-finder.ts';
import { columnsUnder, importOfReject, rejectColumnsAt, withoutRejectColumns } from './rejects-file.ts';
import type { EarlierLists } from './rejects-file.ts';
import type { Table, TableEncoding, TableRow } from './table.ts';
import { openTable } from './table.ts';

/** So many empty rows in a row are held back, to see whether anything follows them. */
const EMPTY_ROWS_HELD = 10_000;

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
  /** What the whole file turned out to be, once its rows were read. */
  readonly encodingSeen: () => TableEncoding;
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
  const { header, delimiter, encoding, columns, warnings } = list;
  return { header, delimiter, encoding, columns, warnings };
}

async function listOf(table: Table, options: ContactListOptions): Promise<ContactList | ListProblems> {
  const { fileName } = options;
  const reading = await readingOf(table, options);
  if ('problems' in reading) {
    await table.close();
    return { problems: reading.problems.map((problem) => `${fileName}: ${problem}`) };
  }
  const batches = contactBatches(table, reading.read);
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

async function readingOf(table: Table, options: ContactListOptions): Promise<ListReading | ListProblems> {
  const { mapping, defaultRegion } = options;
  const rejectsAt = rejectColumnsAt(table.header);
  if (rejectsAt !== null) return await rejectsReading(table.header, rejectsAt, options);
  const { header } = table;
  const reading = findContactColumns(header, mapping, defaultRegion);
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
  const read = ({ rowNumber, cells }: TableRow): ContactRow => {
    const row = { rowNumber, cells: withoutRejectColumns(cells, at) };
    if (isEmptyRow(row.cells)) return emptyRow(row);
    return (readers.get(importOfReject(cells, at)) ?? others)(row);
  };
  const warnings =
    readers.size > 0
      ? ['these are rejected rows: each is read by the columns of the list that it came with']
      : usual.warnings;
  return { header, columns: usual.columns, warnings, read };
}

/**
 * Rows with nothing in any cell are rejected, so that the rows of the file add up; the ones at the very end are
 * passed over, since spreadsheets write them by the hundred below a list.
 */
async function* contactBatches(
  table: Table,
  read: (row: TableRow) => ContactRow,
): AsyncGenerator<ContactRow[], void, void> {
  let heldBack: TableRow[] = [];
  for await (const rows of table.batches()) {
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
