import { setImmediate } from 'node:timers/promises';
import type { Transaction } from '../db/pool.ts';
import type { AcceptedRow } from './contact-row.ts';
import { createCopyRows } from './copy-rows.ts';
import type { CopyRows } from './copy-rows.ts';
import { keepForMerging } from './earlier-contacts.ts';
import type { RejectedLine, RowToLoad } from './import-store.ts';

/** Writes the rows of a list while the next ones are read. */
export interface ImportWriter {
  contact(row: RowToLoad): void;
  reject(row: RejectedLine): void;
  /** A row that is to fill up an earlier contact when all are there. */
  merging(row: AcceptedRow): void;
  /** To be awaited between batches: begins to write when enough has come together. */
  pace(): Promise<void>;
  /** Writes what is left; all is in the transaction afterwards. */
  end(): Promise<void>;
}

/** About 20 000 contacts: much smaller ones cost statements, larger ones memory. */
const contactBytesAtOnce = 6 * 1024 * 1024;
/** The server has nothing to do before the first block is full, so that one is small and each next one twice as large. */
const firstContactBytes = 128 * 1024;
/** Written seldom: between two statements the server waits for this thread to look up from its reading. */
const rejectBytesAtOnce = 2 * 1024 * 1024;
/** A batch goes over the size that is watched for. */
const overrun = 256 * 1024;
const mergingAtOnce = 5000;

const contactColumns = `contacts (campaign_id, import_id, row_number, number, numbers, dedupe_key, name, timezone,
  timezone_source, priority, cells)`;
const rejectColumns = 'import_rejects (import_id, row_number, code, reason, mend, cells)';

/** Writes in blocks by COPY, at most one of them under way, in the caller's transaction. */
export function createImportWriter(
  transaction: Transaction,
  into: { importId: number; campaignId: number },
): ImportWriter {
  const contacts = createTurns(contactBytesAtOnce + overrun);
  const rejects = createTurns(rejectBytesAtOnce + overrun);
  let merging: AcceptedRow[] = [];
  let bytesAtOnce = firstContactBytes;
  let underWay: Promise<void> | null = null;

  const writeAll = async (withRejects: boolean): Promise<void> => {
    const rows = merging;
    merging = [];
    // taken before the first await: what is read from now on goes elsewhere
    const full = [
      { of: contacts.take(), columns: contactColumns },
      ...(withRejects ? [{ of: rejects.take(), columns: rejectColumns }] : []),
    ];
    for (const { of, columns } of full) await of.write(transaction, columns);
    await keepForMerging(transaction, rows);
  };

  const begin = async (withRejects: boolean): Promise<void> => {
    await underWay;
    bytesAtOnce = Math.min(contactBytesAtOnce, bytesAtOnce * 2);
    underWay = writeAll(withRejects);
    // whoever awaits it next is told; until then a failure must not end the process. Where nobody does, since the
    // reading failed, the rollback comes after it on the same connection.
    underWay.catch(() => undefined);
  };

  return {
    contact: (row) => addContact(contacts.filling(), into, row),
    reject: (row) => addReject(rejects.filling(), into.importId, row),
    merging: (row) => void merging.push(row),
    async pace() {
      const manyRejects = rejects.filling().bytes() >= rejectBytesAtOnce;
      if (manyRejects || merging.length >= mergingAtOnce || contacts.filling().bytes() >= bytesAtOnce)
        await begin(manyRejects);
      // reading a list awaits nothing that lets the sockets be served: measured, the server waited for a sixth of its time
      else await setImmediate();
    },
    async end() {
      await begin(true);
      await underWay;
    },
  };
}

/** Two blocks of which one fills while the other is written. */
function createTurns(bytes: number): { filling(): CopyRows; take(): CopyRows } {
  let filling = createCopyRows(bytes);
  let other: CopyRows | null = null;
  return {
    filling: () => filling,
    take() {
      const taken = filling;
      filling = other ?? createCopyRows(bytes);
      other = taken;
      return taken;
    },
  };
}

function addContact(
  rows: CopyRows,
  { importId, campaignId }: { importId: number; campaignId: number },
  { row: { rowNumber, cells, number, contact }, dedupeKey }: RowToLoad,
): void {
  rows.row(11);
  rows.bigint(campaignId);
  rows.bigint(importId);
  rows.integer(rowNumber);
  rows.text(number);
  rows.texts(contact.numbers);
  rows.text(dedupeKey);
  rows.text(contact.name);
  rows.text(contact.timezone);
  rows.text(contact.timezoneSource);
  rows.integer(contact.priority);
  rows.texts(cells);
}

function addReject(rows: CopyRows, importId: number, { rowNumber, cells, reject }: RejectedLine): void {
  rows.row(6);
  rows.bigint(importId);
  rows.integer(rowNumber);
  rows.text(reject.code);
  rows.text(reject.reason);
  rows.text(reject.mend);
  rows.texts(cells);
}
