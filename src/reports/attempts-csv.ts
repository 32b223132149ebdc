import type { Writable } from 'node:stream';
import type { Database } from '../db/pool.ts';
import { attemptColumns, attemptsAsText, claimRanges } from './attempt-pages.ts';
import { writeCopiedCsv } from './copied-csv.ts';
import { always } from './period.ts';
import type { Period } from './period.ts';
import type { ExportOptions } from './report-rows.ts';
import { campaignState, hasScrub } from './summary.ts';

/**
 * Writes every attempt of a campaign as a line of CSV, refused ones too. Memory does not grow with them.
 * @returns how many attempts were written
 * @throws UserError when there is no such campaign
 */
export async function writeAttemptsCsv(
  database: Database,
  name: string,
  output: Writable,
  { signal, rowsAtOnce = 10_000, period = always }: ExportOptions & { period?: Period } = {},
): Promise<number> {
  const { id: campaignId, definition } = await campaignState(database, name);
  const selection = { campaignId, period, numbers: hasScrub(definition) };
  async function* selects(): AsyncGenerator<string, void, void> {
    for await (const range of claimRanges(database, selection, rowsAtOnce)) {
      yield attemptsAsText(selection, range);
    }
  }

  return await writeCopiedCsv(database, definition.schedule.timezone, output, signal, {
    header: attemptColumns(selection),
    selects: selects(),
  });
}
