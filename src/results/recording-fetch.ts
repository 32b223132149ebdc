import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent } from 'undici';
import type { AccountConfig } from '../config.ts';
import type { Database } from '../db/pool.ts';
import type { Period } from '../reports/period.ts';
import { createZonedTime } from '../reports/zoned-time.ts';
import { readRecordingAddress } from './recording-address.ts';
import { downloadRecording } from './recording-download.ts';
import type { Download } from './recording-download.ts';
import { indexedSizes, sizeOf, writeIndex } from './recording-index.ts';
import { countRecordings, recordedPages, recordingFileName } from './recording-list.ts';
import type { RecordedAttempt } from './recording-list.ts';

/** How far the fetching is; `recordings` of them there are. */
export interface FetchedRecordings {
  recordings: number;
  fetched: number;
  /** that lay there already, whole */
  already: number;
  missing: number;
  /** of what was fetched */
  bytes: number;
}

export interface MissingRecording {
  list: string;
  row: number;
  number: string;
  attemptNumber: number;
  callSid: string | null;
  reason: string;
}

export interface RecordingsFetched extends FetchedRecordings {
  /** connected calls of which Exotel told no recording */
  withoutRecording: number;
  /** the first thousand that could not be fetched */
  missingOnes: MissingRecording[];
}

export interface FetchOptions {
  database: Database;
  campaignId: number;
  campaign: string;
  timezone: string;
  period: Period;
  account: Pick<AccountConfig, 'credentials' | 'ccmUrl' | 'v1Url'>;
  folder: string;
  signal: AbortSignal;
  onProgress: (progress: FetchedRecordings) => void;
  /** waits so many ms between two tries */
  pause?: (milliseconds: number) => Promise<void>;
}

const atOnce = 4;
const missingKept = 1000;

/**
 * Fetches the recordings of a campaign into a folder, and writes an index of its own beside them. What lies there whole is not
 * fetched again, so a run that was stopped goes on where it was.
 */
export async function fetchRecordings(options: FetchOptions): Promise<RecordingsFetched> {
  const { database, campaignId, campaign, period, folder, signal, onProgress } = options;
  await mkdir(folder, { recursive: true });
  const { recordings, without } = await countRecordings(database, campaignId, period);
  const done: RecordingsFetched = {
    recordings,
    fetched: 0,
    already: 0,
    missing: 0,
    bytes: 0,
    withoutRecording: without,
    missingOnes: [],
  };
  const problems = new Map<string, string>();
  const sizes = await indexedSizes(folder, campaign);
  const dispatcher = new Agent({ connect: { timeout: 10_000 }, connections: atOnce });

  async function fetchOne(attempt: RecordedAttempt): Promise<void> {
    const { recording_url: url } = attempt;
    if (url === null) return;
    const file = recordingFileName(attempt, url);
    const size = await sizeOf(folder, file);
    if (size !== null && size > 0 && size === (sizes.get(file) ?? size)) done.already += 1;
    else count(attempt, await download(options, url, file, dispatcher));
    onProgress(done);
  }

  function count(attempt: RecordedAttempt, came: Download): void {
    if (came.kind === 'done') {
      done.fetched += 1;
      done.bytes += came.bytes;
      return;
    }
    done.missing += 1;
    problems.set(attempt.attempt_id, came.reason);
    if (done.missingOnes.length < missingKept) done.missingOnes.push(missingOf(attempt, came.reason));
  }

  const pages = () => recordedPages(database, campaignId, period);
  try {
    for await (const page of pages()) {
      await eachOf(
        page.filter((attempt) => attempt.asked),
        atOnce,
        signal,
        fetchOne,
      );
    }
  } finally {
    await dispatcher.destroy();
    // also of a run that is stopped: what it fetched has its name in the index
    await writeIndex(folder, campaign, pages(), { iso: createZonedTime(options.timezone), problems });
  }
  return done;
}

async function download(
  { account, folder, signal, pause }: FetchOptions,
  url: string,
  file: string,
  dispatcher: Agent,
): Promise<Download> {
  const address = readRecordingAddress(url, [account.ccmUrl, account.v1Url]);
  if ('problem' in address) return { kind: 'missing', reason: address.problem, again: false };
  return await downloadRecording(address, join(folder, file), {
    credentials: account.credentials,
    dispatcher,
    signal,
    pause: pause ?? (async (milliseconds) => await delay(milliseconds, undefined, { signal })),
  });
}

/** Does something with each item, so many at once; the first error ends it when those under way are done. */
async function eachOf<Item>(
  items: readonly Item[],
  most: number,
  signal: AbortSignal,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let failed = false;
  const runner = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return;
      signal.throwIfAborted();
      try {
        await act(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: most }, runner));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

function missingOf(attempt: RecordedAttempt, reason: string): MissingRecording {
  const { list, row, number, attempt_number: attemptNumber, call_sid: callSid } = attempt;
  return { list, row, number, attemptNumber, callSid, reason };
}
