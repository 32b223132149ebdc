import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Transaction } from '../db/pool.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { ImportRecord, StoredFile } from './import-store.ts';
import { recordImport, storeParts } from './import-store.ts';

export interface ListToImport extends Omit<ImportRecord, 'fileName'> {
  path: string;
}

/**
 * Stores a list and queues the job that loads it; both are there when the transaction commits, or neither.
 * @param admit runs when the file is stored and its campaign's row is not held yet: the place for locks and last checks
 * @returns the id of the import
 */
export async function queueImport(
  transaction: Transaction,
  jobs: Jobs,
  list: ListToImport,
  admit?: (stored: StoredFile) => Promise<void>,
): Promise<number> {
  const stored = await storeParts(transaction, createReadStream(list.path));
  await admit?.(stored);
  await recordImport(transaction, stored, { ...list, fileName: basename(list.path) });
  await jobs.send(transaction, 'import', { importId: stored.importId });
  return stored.importId;
}
