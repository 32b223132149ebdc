import { basename } from 'node:path';
import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { columnsFor, columnsNamed } from './contact-columns.ts';
import type { ContactRow } from './contact-row.ts';
import { createContactReader, isEmptyRow } from './contact-row.ts';
import { bytesOfFile } from './file-bytes.ts';
import { passedOver, tableOfNumbers } from './header-finder.ts';
import { parsePhoneNumber } from './phone-number.ts';
import { suppressNumbers } from './suppress-numbers.ts';
import type { SuppressedCounts, SuppressionGrounds } from './suppress-numbers.ts';
import type { SuppressionScope } from './suppression-scope.ts';
import { openTable } from './table.ts';
import type { Table, TableRow } from './table.ts';

/** A row of a list that suppresses nobody, with what is wrong and what to do. */
export interface RejectedNumber {
  rowNumber: number;
  code: string;
  reason: string;
  mend: string;
}

export interface ImportedSuppressions extends SuppressedCounts {
  rejected: number;
  /** the first thousand of them */
  rejects: RejectedNumber[];
  warnings: string[];
}

export interface SuppressionListOptions {
  database: Database;
  scope: SuppressionScope;
  file: string;
  /** the column that holds the number; null: found by its common names */
  column: string | null;
  grounds: Omit<SuppressionGrounds, 'source'>;
  rowsAtOnce?: number;
}

const rejectsKept = 1000;

/**
 * Suppresses the numbers of a CSV file, some thousands at a time, so that the account goes on dialling others while a
 * long list is read. A bad row costs that row. Reading the same file again changes nothing.
 * @throws UserError when the file cannot be read or has no column of numbers; what stands above a place at which it
 *   becomes unreadable is suppressed nevertheless
 */
export async function importSuppressions(options: SuppressionListOptions): Promise<ImportedSuppressions> {
  const { database, scope, file, rowsAtOnce = 5000 } = options;
  const table = await openTable(
    bytesOfFile(file),
    file,
    tableOfNumbers((header) => {
      const positions = numberColumns(header, options.column);
      return positions.length === 0 ? null : positions;
    }, scope.region),
  );
  const { position, warnings } = await numberColumn(table, options);
  const columns = { phones: [position], name: null, timezone: null, priority: null };
  const readStrictly = createContactReader(table.header.length, columns, scope.region);
  // however many cells a row has: a number that stands in its place must not be called
  const readAny = createContactReader(Number.POSITIVE_INFINITY, columns, scope.region);
  const read = (row: TableRow): ContactRow => {
    const reading = readAny(row);
    return 'contact' in reading ? reading : readStrictly(row);
  };
  const grounds = { ...options.grounds, source: `list ${basename(file)}` };
  const done: ImportedSuppressions = { ...nothing, rejected: 0, rejects: [], warnings };
  let numbers: string[] = [];
  const flush = async (): Promise<void> => {
    if (numbers.length > 0) add(done, await suppressNumbers(database, scope, numbers, grounds));
    numbers = [];
  };
  try {
    for await (const batch of table.batches()) {
      for (const row of batch) {
        if (isEmptyRow(row.cells)) continue;
        const reading = read(row);
        if ('contact' in reading) numbers.push(reading.number);
        else reject(done, { rowNumber: row.rowNumber, ...reading.reject });
      }
      if (numbers.length >= rowsAtOnce) await flush();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await flush();
    throw withWhatIsDone(error, done);
  }
  await flush();
  return done;
}

const nothing: SuppressedCounts = { added: 0, extended: 0, already: 0, contacts: 0, live: 0 };

function add(sum: SuppressedCounts, counts: SuppressedCounts): void {
  sum.added += counts.added;
  sum.extended += counts.extended;
  sum.already += counts.already;
  sum.contacts += counts.contacts;
  sum.live += counts.live;
}

function reject(done: ImportedSuppressions, { rowNumber, code, reason, mend }: RejectedNumber): void {
  done.rejected += 1;
  if (done.rejects.length < rejectsKept) done.rejects.push({ rowNumber, code, reason, mend });
}

function withWhatIsDone(error: UserError, { added, extended, already }: SuppressedCounts): UserError {
  const above = added + extended + already;
  if (above === 0) return error;
  return new UserError(
    `${error.message}; the ${above} numbers read before are suppressed, and importing the mended file does no harm to them`,
    { exitCode: error.exitCode, cause: error },
  );
}

async function numberColumn(
  table: Table,
  options: SuppressionListOptions,
): Promise<{ position: number; warnings: string[] }> {
  const { file, column, scope } = options;
  const { header } = table;
  const positions = numberColumns(header, column);
  const [position, second] = positions;
  const problem =
    position === undefined
      ? noColumn(header, column, scope.region)
      : second !== undefined && header[second] === header[position]
        ? `two columns are called "${header[position] ?? ''}"; rename the one without the numbers`
        : null;
  if (position === undefined || problem !== null) {
    await table.close();
    throw new UserError(`${file}: ${problem}`, { exitCode: 2 });
  }
  const left = positions.slice(1).map((other) => `"${header[other] ?? ''}"`);
  const warnings =
    left.length === 0 || column !== null
      ? []
      : [
          `${file}: numbers are taken from "${header[position] ?? ''}" and not from ${left.join(' and ')}; for those import it again with --column`,
        ];
  return { position, warnings: [...passedOver(table).map((note) => `${file}: ${note}`), ...warnings] };
}

function numberColumns(header: readonly string[], column: string | null): number[] {
  return column === null ? columnsFor(header, 'phone') : columnsNamed(header, column);
}

function noColumn(header: readonly string[], column: string | null, region: CountryCode): string {
  const names = header.map((name) => `"${name}"`).join(', ');
  if (column !== null) return `there is no column "${column}"; the columns are ${names}`;
  if (header.some((cell) => 'number' in parsePhoneNumber(cell, region))) {
    return 'the first row is a number, not a header; put a row with a column name above it, such as phone';
  }
  return `there is no column of phone numbers; the columns are ${names}; say which it is with --column`;
}
