import type { Database, Transaction } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { openContactList } from './contact-list.ts';
import type { ContactList } from './contact-list.ts';
import type { AcceptedRow } from './contact-row.ts';
import { createDuplicateFinder } from './duplicates.ts';
import {
  copyContacts,
  dedupeKeys,
  failImport,
  finishImport,
  insertRejects,
  lockOpenImport,
  storedFile,
} from './import-store.ts';
import type { LoadedCounts, OpenImport, RejectedLine } from './import-store.ts';
import { suppressLoaded } from './suppress-loaded.ts';

const rowsAtOnce = 5000;

/**
 * Loads a stored file into its campaign, in one transaction: killed at any point it leaves nothing, and the job
 * starts again. A file that turns out unreadable fails the import with its reason; a bad row costs that row.
 */
export async function loadImport(database: Database, importId: number, log: Log): Promise<void> {
  try {
    await database.transaction((transaction) => load(database, transaction, importId, log), {
      statementTimeout: 0,
      idleTimeout: 60_000,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await failImport(database, importId, error.message);
    log.warn({ import: importId, reason: error.message }, 'an import failed');
  }
}

async function load(database: Database, transaction: Transaction, importId: number, log: Log): Promise<void> {
  const open = await lockOpenImport(transaction, importId);
  if (open === null) return;
  const list = await openContactList(storedFile(database, importId), {
    fileName: open.file_name,
    mapping: open.mapping ?? open.definition.columns,
    defaultRegion: open.definition.defaultRegion,
  });
  if ('problems' in list) throw new UserError(list.problems.join('; '));
  const counts = await loadRows(transaction, open, list);
  const suppressed = await suppressLoaded(transaction, {
    importId,
    campaignId: open.campaign_id,
    accountId: open.account_id,
  });
  await finishImport(transaction, importId, { ...list, encoding: list.encodingSeen() }, counts);
  await wakeOwner(transaction, open.account_id);
  log.info({ import: importId, ...counts, suppressed }, 'a list is loaded');
}

async function loadRows(
  transaction: Transaction,
  open: OpenImport,
  list: ContactList,
): Promise<LoadedCounts> {
  const duplicateOf = createDuplicateFinder(await dedupeKeys(transaction, open.campaign_id));
  const into = { importId: open.id, campaignId: open.campaign_id };
  const counts: LoadedCounts = { accepted: 0, rejected: 0, duplicates: 0 };
  let accepted: AcceptedRow[] = [];
  let rejected: RejectedLine[] = [];
  const flush = async (): Promise<void> => {
    await copyContacts(transaction, into, accepted);
    await insertRejects(transaction, open.id, rejected);
    accepted = [];
    rejected = [];
  };
  for await (const batch of list.batches()) {
    for (const row of batch) {
      if ('reject' in row) {
        counts.rejected += 1;
        rejected.push(row);
      } else if (duplicateOf(row.contact.number) !== null) {
        counts.duplicates += 1;
        rejected.push({ rowNumber: row.rowNumber, cells: row.cells, reject: duplicate });
      } else {
        counts.accepted += 1;
        accepted.push(row);
      }
    }
    if (accepted.length + rejected.length >= rowsAtOnce) await flush();
  }
  await flush();
  return counts;
}

const duplicate = {
  code: 'duplicate',
  reason: 'the number stands in an earlier row of this campaign',
  mend: 'nothing has to be done: the earlier row is called',
};
