import { randomUUID } from 'node:crypto';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import {
  createPartWriter,
  deleteExpired,
  deleteParts,
  failExport,
  finishExport,
  insertExport,
  openExport,
} from './export-store.ts';
import { makeInThread } from './export-worker-thread.ts';
import { openRows, writeReport } from './write-report.ts';
import type { WantedReport } from './write-report.ts';
import { requireFitsSheet } from './xlsx/rows-xlsx.ts';

/**
 * Asks for a report that any worker makes and that is fetched later.
 * @returns the id of the export, and when it is deleted
 * @throws UserError when there is no such campaign, or when its rows are more than the form can hold
 */
export async function askForExport(
  database: Database,
  jobs: Jobs,
  campaign: string,
  wanted: WantedReport,
  actor: string,
): Promise<{ id: number; expiresAt: Date }> {
  if (wanted.format === 'xlsx') await requireFitsSheet(await openRows(database, campaign, wanted));
  return await database.transaction(async (transaction) => {
    const asked = await insertExport(transaction, campaign, wanted, actor);
    await jobs.send(transaction, 'export', { exportId: asked.id });
    await jobs.send(transaction, 'export_expiry', { exportId: asked.id }, asked.expiresAt);
    return asked;
  });
}

/**
 * Takes the jobs that make exports, each in a thread of its own, and those that delete them when their time has come.
 */
export async function workOnExports(database: Database, jobs: Jobs, log: Log): Promise<void> {
  await jobs.work('export', ({ exportId }, signal) => makeInThread(database, exportId, log, signal));
  await jobs.work('export_expiry', () => deleteExpired(database));
}

/**
 * Makes an export. Each run writes parts of its own, and which run's are the file is decided in one statement at its
 * end: killed at any point it leaves nothing that could be fetched, and the job starts anew.
 */
export async function makeExport(
  database: Database,
  exportId: number,
  log: Log,
  signal?: AbortSignal,
): Promise<void> {
  const open = await openExport(database, exportId);
  if (open === null) return;
  const run = randomUUID();
  try {
    const parts = createPartWriter(database, exportId, run);
    const contents = await writeReport(database, open.campaign, open.wanted, parts.output, signal);
    const file = { contents, sizeBytes: await parts.finish() };
    if (await finishExport(database, exportId, run, file)) {
      log.info({ export: exportId, ...file }, 'an export is done');
    } else await deleteParts(database, exportId, run);
  } catch (error) {
    await deleteParts(database, exportId, run);
    if (!(error instanceof UserError)) throw error;
    await failExport(database, exportId, error.message);
    log.warn({ export: exportId, reason: error.message }, 'an export failed');
  }
}
