import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { csvLines } from '../reports/csv.ts';
import { recordingFileName } from './recording-list.ts';
import type { RecordedAttempt } from './recording-list.ts';

/** Each campaign has its own: several may be fetched into one folder. Names of campaigns are fit for files. */
export function indexName(campaign: string): string {
  return `index-${campaign}.csv`;
}

const untold = 'Exotel has told no recording of it so far';

const columns = [
  'file',
  'bytes',
  'problem',
  'list',
  'row',
  'number',
  'name',
  'attempt_number',
  'placed_at',
  'agent',
  'talk_seconds',
  'call_sid',
  'attempt_id',
  'recording_url',
] as const;

/** The sizes of the files that an earlier run told of; empty where there was none, or its index cannot be read. */
export async function indexedSizes(folder: string, campaign: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  try {
    await pipeline(
      createReadStream(join(folder, indexName(campaign))),
      parse({ columns: true }),
      async (rows: AsyncIterable<IndexRow>) => {
        for await (const { file = '', bytes = '' } of rows) {
          if (file !== '' && bytes !== '') sizes.set(file, Number(bytes));
        }
      },
    );
  } catch {
    // without it a file that is there counts as whole: it got its name when it was
    return new Map();
  }
  return sizes;
}

/** Somebody may have changed the file: each column may be missing. */
type IndexRow = Partial<Record<(typeof columns)[number], string>>;

/** The size of a file in a folder; null where it is not there. */
export async function sizeOf(folder: string, file: string): Promise<number | null> {
  const found = await stat(join(folder, file)).catch(() => null);
  return found === null || !found.isFile() ? null : found.size;
}

/**
 * Writes which file is the recording of which call, for all of the campaign that lie in the folder, and which connected
 * calls that were asked for lack one and why. It appears only when it is whole.
 */
export async function writeIndex(
  folder: string,
  campaign: string,
  pages: AsyncIterable<readonly RecordedAttempt[]>,
  options: { iso: (instant: Date) => string; problems: ReadonlyMap<string, string> },
): Promise<void> {
  async function* lines(): AsyncGenerator<string, void, void> {
    yield csvLines([columns]);
    for await (const page of pages) {
      const rows = await Promise.all(page.map((attempt) => indexRow(folder, attempt, options)));
      yield csvLines(rows.filter((row) => row !== null));
    }
  }
  const path = join(folder, indexName(campaign));
  const partial = `${path}.partial`;
  await pipeline(Readable.from(lines(), { highWaterMark: 1 }), createWriteStream(partial, { flush: true }));
  await rename(partial, path);
}

async function indexRow(
  folder: string,
  attempt: RecordedAttempt,
  { iso, problems }: { iso: (instant: Date) => string; problems: ReadonlyMap<string, string> },
): Promise<string[] | null> {
  const file = attempt.recording_url === null ? null : recordingFileName(attempt, attempt.recording_url);
  const bytes = file === null ? null : await sizeOf(folder, file);
  const problem = file === null ? (attempt.asked ? untold : '') : (problems.get(attempt.attempt_id) ?? '');
  if (bytes === null && problem === '') return null;
  const told: Record<(typeof columns)[number], string | number | null> = {
    file: bytes === null ? null : file,
    bytes,
    problem,
    list: attempt.list,
    row: attempt.row,
    number: attempt.number,
    name: attempt.name,
    attempt_number: attempt.attempt_number,
    placed_at: attempt.placed_at === null ? null : iso(attempt.placed_at),
    agent: attempt.agent,
    talk_seconds: attempt.talk_seconds,
    call_sid: attempt.call_sid,
    attempt_id: attempt.attempt_id,
    recording_url: attempt.recording_url,
  };
  return columns.map((column) => String(told[column] ?? ''));
}
