import { loadImport } from '../../src/contacts/load-import.ts';
import { storeFile } from '../../src/contacts/import-store.ts';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';

/** Loads a list into a campaign the way the import job does. */
export async function loadList(database: Database, campaignId: number, text: string): Promise<number> {
  const importId = await database.transaction((transaction) =>
    storeFile(transaction, campaignId, 'list.csv', bytes(text), 'test'),
  );
  await loadImport(database, importId, createLog('error'));
  return importId;
}

async function* bytes(text: string): AsyncGenerator<Buffer, void, void> {
  yield Buffer.from(text);
}
