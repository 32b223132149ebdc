import { workerData } from 'node:worker_threads';
import { createDatabase } from '../db/pool.ts';
import { createLog } from '../log.ts';
import type { ImportOrder } from './import-worker-thread.ts';
import { loadHere } from './load-import.ts';

/*
 * The thread that loads one list; see import-worker-thread.ts. One connection has the transaction, the other reads the
 * stored file.
 */
const { databaseUrl, importId, logLevel }: ImportOrder = workerData;
const log = createLog(logLevel);
const database = createDatabase(databaseUrl, {
  log,
  maxConnections: 2,
  applicationName: 'campaign-dialer import',
});
try {
  await loadHere(database, importId, log);
} finally {
  await database.close();
}
