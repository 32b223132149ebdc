import { extname } from 'node:path';
import type { Database } from '../db/pool.ts';
import { runInThread } from '../jobs/run-in-thread.ts';
import type { Log } from '../log.ts';

/** What the thread is told. */
export interface ExportOrder {
  databaseUrl: string;
  exportId: number;
  logLevel: string;
}

/**
 * Makes an export in a thread of its own. When the signal aborts, it takes its parts away and ends.
 * @throws whatever the making throws
 */
export async function makeInThread(
  database: Database,
  exportId: number,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const order: ExportOrder = { databaseUrl: database.url, exportId, logLevel: log.level };
  await runInThread(threadFile(), order, { signal });
}

/** The file has the ending of this one: that of the source, or what a build made of it. */
function threadFile(): URL {
  return new URL(`./export-worker${extname(import.meta.url)}`, import.meta.url);
}
