import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { Transaction } from '../db/pool.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { ImportRecord, StoredFile } from './import-store.ts';
import { recordImport, storeParts } from './import-store.ts';

export type ListToImport = Omit<ImportRecord, 'fileName'> &
  ({ path: string } | { fileName: string; content: Uint8Array });

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
  const source = 'path' in list ? createReadStream(list.path) : Readable.from([list.content]);
  const stored = await storeParts(transaction, source);
  await admit?.(stored);
  const fileName = 'path' in list ? basename(list.path) : list.fileName;
  await recordImport(transaction, stored, { ...list, fileName });
  await jobs.send(transaction, 'import', { importId: stored.importId });
  return stored.importId;
}
