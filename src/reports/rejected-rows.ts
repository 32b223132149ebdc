import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rejectColumns } from '../contacts/rejects-file.ts';
import type { Queryable } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import type { ExportOptions } from './report-rows.ts';
import { csvLines } from './csv.ts';
import { loadedImports } from './loaded-imports.ts';
import { besideOwn, placeCells, uniteHeaders } from './own-columns.ts';
import { campaignState } from './summary.ts';

/**
 * Writes the rows of a campaign's lists that were not taken, duplicates too, but for those that came in again with a later
 * list, as CSV: their own columns as they were
 * given, then what is wrong. What a row holds beyond its header stands behind all columns: there it has no column, so
 * that the row is refused again for as long as nobody has put its values in their places.
 * @returns how many rows were written
 * @throws UserError when there is no such campaign, or it has no such list
 */
export async function writeRejectsCsv(
  queryable: Queryable,
  name: string,
  output: Writable,
  options: RejectsOptions = {},
): Promise<number> {
  return await writeRejects(queryable, name, output, options, {
    begin: (columns) => csvLines([[...columns, ...besideOwn(columns, rejectColumns)]]),
    page: (rows) =>
      csvLines(
        rows.map((row) => [
          ...row.cells,
          row.list,
          String(row.import),
          String(row.rowNumber),
          row.code,
          row.reason,
          row.mend,
          ...row.cellsBeyondHeader,
        ]),
      ),
    end: () => '',
  });
}

/**
 * Writes the same rows as one JSON document: `columns`, and `rows` whose `cells` stand in the order of the columns.
 * @returns how many rows were written
 * @throws UserError when there is no such campaign, or it has no such list
 */
export async function writeRejectsJson(
  queryable: Queryable,
  name: string,
  output: Writable,
  options: RejectsOptions = {},
): Promise<number> {
  return await writeRejects(queryable, name, output, options, {
    begin: (columns) =>
      `{\n  "campaign": ${JSON.stringify(name)},\n  "columns": ${JSON.stringify(columns)},\n  "rows": [`,
    page: (rows, written) =>
      `${written === 0 ? '' : ','}${rows.map((row) => `\n    ${JSON.stringify(row)}`).join(',')}`,
    end: (written) => (written === 0 ? ']\n}\n' : '\n  ]\n}\n'),
  });
}

interface RejectedRow {
  list: string;
  /** its number */
  import: number;
  rowNumber: number;
  code: string;
  reason: string;
  mend: string;
  cells: string[];
  cellsBeyondHeader: string[];
}

export interface RejectsOptions extends ExportOptions {
  /** all those of one list, also what came in again; without it those of all lists */
  importId?: number | undefined;
}

interface Form {
  begin: (columns: readonly string[]) => string;
  page: (rows: readonly RejectedRow[], written: number) => string;
  end: (written: number) => string;
}

async function writeRejects(
  queryable: Queryable,
  name: string,
  output: Writable,
  { signal, rowsAtOnce = 5000, importId: only }: RejectsOptions,
  form: Form,
): Promise<number> {
  const { id } = await campaignState(queryable, name);
  const loaded = await loadedImports(queryable, id);
  const imports = only === undefined ? loaded : loaded.filter((one) => one.id === only);
  if (only !== undefined && imports.length === 0) {
    throw new UserError(
      `campaign ${name} has no loaded import ${only}: its rejects without --import name each`,
    );
  }
  const own = uniteHeaders(imports.map((one) => one.header));
  let rows = 0;

  async function* parts(): AsyncGenerator<string, void, void> {
    yield form.begin(own.names);
    for (const [index, { id: importId, file_name: list, header }] of imports.entries()) {
      const positions = own.positions[index] ?? [];
      for await (const page of rejectPages(queryable, importId, rowsAtOnce, only !== undefined)) {
        const rejected = page.map(({ row_number: rowNumber, code, reason, mend, cells }) => ({
          list,
          import: importId,
          rowNumber,
          code,
          reason,
          mend,
          cells: placeCells(cells, positions, own.names.length),
          cellsBeyondHeader: cells.slice(header.length),
        }));
        yield form.page(rejected, rows);
        rows += rejected.length;
      }
    }
    yield form.end(rows);
  }

  await pipeline(Readable.from(parts(), { highWaterMark: 1 }), output, {
    end: false,
    ...(signal && { signal }),
  });
  return rows;
}

interface StoredReject {
  row_number: number;
  code: string;
  reason: string;
  mend: string;
  cells: string[];
}

async function* rejectPages(
  queryable: Queryable,
  importId: number,
  rowsAtOnce: number,
  cameAgainToo: boolean,
): AsyncGenerator<StoredReject[], void, void> {
  for (let after = -1; ;) {
    const found = await queryable.query<StoredReject>(
      `select row_number, code, reason, mend, cells from import_rejects
       where import_id = $1 and row_number > $2 and ($4 or again_in is null) order by row_number limit $3`,
      [importId, after, rowsAtOnce, cameAgainToo],
    );
    if (found.rows.length > 0) yield found.rows;
    const last = found.rows.at(-1);
    if (last === undefined || found.rows.length < rowsAtOnce) return;
    after = last.row_number;
  }
}
