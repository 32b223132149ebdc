import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/pool.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import type { ImportProgress } from './import-progress.ts';
import { openImports } from './import-store.ts';
import type { LoadedCounts } from './import-store.ts';
import { loadImport } from './load-import.ts';

export type ImportCounts = LoadedCounts;

/** Takes the jobs that load lists, those too of lists whose job was lost: an open import keeps its campaign waiting. */
export async function workOnImports(database: Database, jobs: Jobs, log: Log): Promise<void> {
  await jobs.work('import', ({ importId }, _, attempt) => loadImport(database, importId, log, attempt));
  for (const importId of await openImports(database))
    await jobs.sendUnlessThere(database, 'import', { importId });
}

/** Told again and again how far a list has come, for as long as it is being loaded. */
export type OnProgress = (progress: ImportProgress) => void;

/**
 * Takes part in the loading of lists until one is loaded: no worker need be running for that.
 * @throws UserError when the list cannot be loaded
 */
export async function loadNow(
  database: Database,
  jobs: Jobs,
  importId: number,
  log: Log,
  onProgress?: OnProgress,
): Promise<ImportCounts> {
  await workOnImports(database, jobs, log);
  return await importDone(database, importId, onProgress);
}

/**
 * As `loadNow`, for a list whose loading somebody began before. Where that was cut off its job still looks alive, so the
 * list is loaded here without it; where somebody is at it, that is waited for.
 */
export async function loadCutOff(
  database: Database,
  jobs: Jobs,
  importId: number,
  log: Log,
  onProgress?: OnProgress,
): Promise<ImportCounts> {
  const here = loadImport(database, importId, log).catch((error: unknown) => {
    log.warn({ import: importId, reason: messageOf(error) }, 'a list is left to its job');
  });
  const counts = await loadNow(database, jobs, importId, log, onProgress);
  await here;
  return counts;
}

/**
 * Waits until a list is loaded.
 * @throws UserError when it could not be
 */
export async function importDone(
  database: Database,
  importId: number,
  onProgress?: OnProgress,
): Promise<ImportCounts> {
  for (;;) {
    const { state, error, progress, counts } = await importOutcome(database, importId);
    if (state === 'failed') throw new UserError(`the contact list could not be loaded: ${error}`);
    if (state === 'done') return counts;
    onProgress?.(progress);
    await delay(50);
  }
}

interface ImportOutcome {
  state: string;
  error: string;
  progress: ImportProgress;
  counts: ImportCounts;
}

async function importOutcome(database: Database, importId: number): Promise<ImportOutcome> {
  const found = await database.query<ImportCounts & ImportProgress & { state: string; error: string | null }>(
    `select i.state, i.error, i.accepted, i.rejected, i.duplicates, i.bad_numbers as "badNumbers", i.merged, i.replaced,
       coalesce(p.bytes_read, 0) as "bytesRead", coalesce(p.bytes_total, i.size_bytes) as "bytesTotal"
     from imports i left join import_progress p on p.import_id = i.id
     where i.id = $1`,
    [importId],
  );
  const [row] = found.rows;
  if (row === undefined) {
    return { state: 'failed', error: '', progress: { bytesRead: 0, bytesTotal: 0 }, counts: noCounts };
  }
  const { state, error, bytesRead, bytesTotal, ...counts } = row;
  return { state, error: error ?? '', progress: { bytesRead, bytesTotal }, counts };
}

const noCounts: ImportCounts = {
  accepted: 0,
  rejected: 0,
  duplicates: 0,
  badNumbers: 0,
  merged: 0,
  replaced: 0,
};
