import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
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

/**
 * Takes part in the loading of lists until one is loaded: no worker need be running for that.
 * @throws UserError when the list cannot be loaded
 */
export async function loadNow(
  database: Database,
  jobs: Jobs,
  importId: number,
  log: Log,
): Promise<ImportCounts> {
  await workOnImports(database, jobs, log);
  return await importDone(database, importId);
}

/**
 * Waits until a list is loaded.
 * @throws UserError when it could not be
 */
export async function importDone(database: Database, importId: number): Promise<ImportCounts> {
  for (;;) {
    const outcome = await importOutcome(database, importId);
    if (outcome.state === 'failed')
      throw new UserError(`the contact list could not be loaded: ${outcome.error}`);
    if (outcome.state === 'done') return outcome.counts;
    await delay(50);
  }
}

async function importOutcome(
  database: Database,
  importId: number,
): Promise<{ state: string; error: string; counts: ImportCounts }> {
  const found = await database.query<ImportCounts & { state: string; error: string | null }>(
    `select state, error, accepted, rejected, duplicates, bad_numbers as "badNumbers", merged, replaced
     from imports where id = $1`,
    [importId],
  );
  const { state, error, ...counts } = found.rows[0] ?? { state: 'failed', error: null, ...noCounts };
  return { state, error: error ?? '', counts };
}

const noCounts: ImportCounts = {
  accepted: 0,
  rejected: 0,
  duplicates: 0,
  badNumbers: 0,
  merged: 0,
  replaced: 0,
};
