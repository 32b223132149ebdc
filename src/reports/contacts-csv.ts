import type { Writable } from 'node:stream';
import type { Queryable } from '../db/pool.ts';
import { contactRows } from './contact-rows.ts';
import { writeRowsCsv } from './rows-csv.ts';
import type { CsvOptions } from './rows-csv.ts';

/**
 * Writes every accepted row of a campaign as CSV, in the order of its lists: its own columns as they were given, then
 * what came of it.
 * @returns how many contacts were written
 * @throws UserError when there is no such campaign, or when the rows written are not as many as were accepted
 */
export async function writeContactsCsv(
  queryable: Queryable,
  name: string,
  output: Writable,
  options: CsvOptions = {},
): Promise<number> {
  return await writeRowsCsv(await contactRows(queryable, name), output, options);
}
