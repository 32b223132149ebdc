import type { Writable } from 'node:stream';
import type { Queryable } from '../db/pool.ts';
import { attemptRows } from './attempt-rows.ts';
import { writeRowsCsv } from './rows-csv.ts';
import type { CsvOptions } from './rows-csv.ts';

/**
 * Writes every attempt of a campaign as a line of CSV, refused ones too.
 * @returns how many attempts were written
 * @throws UserError when there is no such campaign
 */
export async function writeAttemptsCsv(
  queryable: Queryable,
  name: string,
  output: Writable,
  options: CsvOptions = {},
): Promise<number> {
  return await writeRowsCsv(await attemptRows(queryable, name), output, options);
}
