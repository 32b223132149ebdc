import type { Writable } from 'node:stream';
import type { Database } from '../db/pool.ts';
import { requireSum } from './add-up.ts';
import { contactColumns, contactsAsText, rowRanges } from './contact-page.ts';
import { writeCopiedCsv } from './copied-csv.ts';
import type { CsvPage } from './copied-csv.ts';
import { loadedImports } from './loaded-imports.ts';
import { besideOwn, uniteHeaders } from './own-columns.ts';
import type { ExportOptions } from './report-rows.ts';
import { campaignState, hasScrub } from './summary.ts';

/** What a page should come to: some ms of reading, beside which its beginning costs little. Several are held at once. */
const pageBytes = 250_000;
const firstRows = 500;
const leastRows = 100;
const mostRows = 5000;

/**
 * Writes every accepted row of a campaign as CSV, in the order of its lists: its own columns as they were given, then
 * what came of it. Memory does not grow with the rows.
 * @returns how many contacts were written
 * @throws UserError when there is no such campaign, or when the rows written are not as many as were accepted
 */
export async function writeContactsCsv(
  database: Database,
  name: string,
  output: Writable,
  { signal, rowsAtOnce }: ExportOptions = {},
): Promise<number> {
  const { id: campaignId, definition } = await campaignState(database, name);
  const imports = await loadedImports(database, campaignId);
  const own = uniteHeaders(imports.map((one) => one.header));
  const numbers = hasScrub(definition);
  let rows = rowsAtOnce ?? firstRows;

  async function* selects(): AsyncGenerator<string, void, void> {
    for (const [index, { id }] of imports.entries()) {
      const cells = placesOf(own.positions[index] ?? [], own.names.length);
      for await (const range of rowRanges(database, { importId: id, numbers }, () => rows)) {
        yield contactsAsText(range, cells);
      }
    }
  }

  const written = await writeCopiedCsv(database, definition.schedule.timezone, output, signal, {
    header: [...own.names, ...besideOwn(own.names, contactColumns({ numbers }))],
    selects: selects(),
    onPage: (page) => {
      // one without rows tells nothing of their width
      if (rowsAtOnce === undefined && page.rows > 0) rows = rowsFor(page);
    },
  });
  const accepted = imports.reduce((sum, one) => sum + one.accepted, 0);
  requireSum(name, accepted, written);
  return written;
}

/** For each of all own columns its place in the rows of one list, from 1. */
function placesOf(positions: readonly number[], width: number): (number | null)[] {
  const places = Array.from({ length: width }, (): number | null => null);
  positions.forEach((position, index) => {
    places[position] = index + 1;
  });
  return places;
}

/** Rows may be of any width, up to 64 kB each. */
function rowsFor({ rows, bytes }: CsvPage): number {
  const fitting = Math.floor(rows * (pageBytes / Math.max(bytes.length, 1)));
  return Math.min(mostRows, Math.max(leastRows, Math.min(fitting, rows * 4)));
}
