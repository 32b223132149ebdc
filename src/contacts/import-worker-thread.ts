import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Database } from '../db/pool.ts';
import type { Log } from '../log.ts';

/** What the thread is told. */
export interface ImportOrder {
  databaseUrl: string;
  importId: number;
  logLevel: string;
}

/** Most of the young generation is room that is only left free; what a list needs of it is a few MB. */
const youngGenerationMb = 16;

/**
 * Loads an import in a thread of its own, with connections of its own. It has no limit of memory: what a list needs
 * depends on the list. When the process dies, the thread and its transaction do too.
 * @throws whatever the loading throws
 */
export async function loadInThread(database: Database, importId: number, log: Log): Promise<void> {
  const order: ImportOrder = { databaseUrl: database.url, importId, logLevel: log.level };
  const worker = new Worker(threadFile(), {
    workerData: order,
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
  });
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the thread that loaded import ${importId} ended with code ${code}`));
    });
  });
}

/** The file has the ending of this one: that of the source, or what a build made of it. */
function threadFile(): URL {
  return new URL(`./import-worker${extname(import.meta.url)}`, import.meta.url);
}
