import { parentPort, workerData } from 'node:worker_threads';
import { createDatabase } from '../db/pool.ts';
import { createLog } from '../log.ts';
import type { ExportOrder } from './export-worker-thread.ts';
import { makeExport } from './make-export.ts';

/*
 * The thread that makes one export; see export-worker-thread.ts. Two connections read, the third one stores what was
 * made, and finds what is to be read next.
 */
const { databaseUrl, exportId, logLevel }: ExportOrder = workerData;
const log = createLog(logLevel);
const stopping = new AbortController();
parentPort?.once('message', () => stopping.abort());
// who only listens for that must not keep the thread alive
parentPort?.unref();
const database = createDatabase(databaseUrl, {
  log,
  maxConnections: 3,
  applicationName: 'campaign-dialer export',
});
try {
  await makeExport(database, exportId, log, stopping.signal);
} finally {
  await database.close();
}
