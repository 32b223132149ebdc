import { extname } from 'node:path';
import type { Database } from '../db/pool.ts';
import { runInThread } from '../jobs/run-in-thread.ts';
import type { Log } from '../log.ts';

/** What the thread is told. */
export interface ImportOrder {
  databaseUrl: string;
  importId: number;
  logLevel: string;
}

/**
 * Loads an import in a thread of its own. What memory a list needs depends on the list. When the process dies, the
 * thread and its transaction do too.
 * @throws whatever the loading throws
 */
export async function loadInThread(database: Database, importId: number, log: Log): Promise<void> {
  const order: ImportOrder = { databaseUrl: database.url, importId, logLevel: log.level };
  await runInThread(threadFile(), order);
}

/** The file has the ending of this one: that of the source, or what a build made of it. */
function threadFile(): URL {
  return new URL(`./import-worker${extname(import.meta.url)}`, import.meta.url);
}
