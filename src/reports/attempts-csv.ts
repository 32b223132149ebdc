import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queryable } from '../db/pool.ts';
import { attemptPages } from './attempt-pages.ts';
import type { AttemptLine } from './attempt-pages.ts';
import type { ExportOptions } from './contacts-csv.ts';
import { csvLines } from './csv.ts';
import { campaignState } from './summary.ts';
import { createZonedTime } from './zoned-time.ts';

const header = [
  'dialed_number',
  'attempt_id',
  'attempt_number',
  'placed_at',
  'ended_at',
  'agent',
  'caller_id',
  'call_sid',
  'outcome',
  'provider_status',
  'error_code',
  'talk_seconds',
  'recording_url',
] as const satisfies readonly (keyof AttemptLine)[];

/**
 * Writes every attempt of a campaign as a line of CSV, refused ones too. Pages by key, as the contacts' export does.
 * @returns how many attempts were written
 * @throws UserError when there is no such campaign
 */
export async function writeAttemptsCsv(
  queryable: Queryable,
  name: string,
  output: Writable,
  { signal, rowsAtOnce = 5000 }: ExportOptions = {},
): Promise<number> {
  const state = await campaignState(queryable, name);
  const iso = createZonedTime(state.definition.schedule.timezone);
  let rows = 0;

  async function* lines(): AsyncGenerator<string, void, void> {
    yield csvLines([header]);
    for await (const page of attemptPages(queryable, state.id, rowsAtOnce)) {
      rows += page.length;
      yield csvLines(page.map((line) => header.map((column) => cellOf(line[column], iso))));
    }
  }

  await pipeline(Readable.from(lines()), output, { end: false, ...(signal && { signal }) });
  return rows;
}

function cellOf(value: string | number | Date | null, iso: (instant: Date) => string): string {
  if (value === null) return '';
  return value instanceof Date ? iso(value) : String(value);
}
