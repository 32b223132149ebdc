import { loadImport } from '../../src/contacts/load-import.ts';
import { storeFile } from '../../src/contacts/import-store.ts';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';

/** Loads a list into a campaign the way the import job does. */
export async function loadList(
  database: Database,
  campaignId: number,
  content: string | Uint8Array,
): Promise<number> {
  const importId = await queueList(database, campaignId, content);
  await loadImport(database, importId, createLog('fatal'));
  return importId;
}

/** Stores a list that is still to be loaded. */
export async function queueList(
  database: Database,
  campaignId: number,
  content: string | Uint8Array,
): Promise<number> {
  return await database.transaction((transaction) =>
    storeFile(transaction, campaignId, 'list.csv', bytes(content), 'test'),
  );
}

async function* bytes(content: string | Uint8Array): AsyncGenerator<Buffer, void, void> {
  yield Buffer.from(content);
}
