import { createHash } from 'node:crypto';
import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import type { ColumnMapping } from './contact-columns.ts';
import type { AcceptedRow, Reject } from './contact-row.ts';
import { arrayLiteral } from './array-literal.ts';
import { forgetProgress } from './import-progress.ts';

export interface OpenImport {
  id: number;
  campaign_id: number;
  account_id: number;
  file_name: string;
  size_bytes: number;
  /** what was said for this list; null: as the campaign says */
  mapping: ColumnMapping | null;
  definition: CampaignDefinition;
}

const partBytes = 1024 * 1024;

/** A file in the database whose import is still to be recorded, in the same transaction. */
export interface StoredFile {
  importId: number;
  sha256: string;
  sizeBytes: number;
}

export interface ImportRecord {
  campaignId: number;
  fileName: string;
  /** null: the columns are found as the campaign says */
  mapping: ColumnMapping | null;
  actor: string;
}

/**
 * Keeps a file in the database until it is loaded, so that any worker on any machine can load it, and load it again
 * after a crash.
 * @returns the id of the import
 */
export async function storeFile(
  transaction: Transaction,
  campaignId: number,
  fileName: string,
  source: AsyncIterable<Uint8Array>,
  actor: string,
): Promise<number> {
  const stored = await storeParts(transaction, source);
  await recordImport(transaction, stored, { campaignId, fileName, mapping: null, actor });
  return stored.importId;
}

/** Writes a file's bytes. Nothing but those is locked meanwhile, however long it is. */
export async function storeParts(
  transaction: Transaction,
  source: AsyncIterable<Uint8Array>,
): Promise<StoredFile> {
  const next = await transaction.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('imports', 'id')) as id`,
  );
  const importId = next.rows[0]?.id;
  if (importId === undefined) throw new Error('the import got no id');
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let part = 0;
  let written: Promise<unknown> | null = null;
  for await (const chunk of inParts(source)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    await written;
    written = transaction.query('insert into import_parts (import_id, part, bytes) values ($1, $2, $3)', [
      importId,
      part,
      chunk,
    ]);
    // awaited with the next part; it may fail while that is read
    written.catch(() => undefined);
    part += 1;
  }
  await written;
  return { importId, sha256: hash.digest('hex'), sizeBytes };
}

/** Opens the import of a stored file. From here on its campaign's row is held. */
export async function recordImport(
  transaction: Transaction,
  { importId, sha256, sizeBytes }: StoredFile,
  { campaignId, fileName, mapping, actor }: ImportRecord,
): Promise<void> {
  await transaction.query(
    `insert into imports (id, campaign_id, file_name, mapping, sha256, size_bytes, actor)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      importId,
      campaignId,
      fileName,
      mapping === null ? null : JSON.stringify(mapping),
      sha256,
      sizeBytes,
      actor,
    ],
  );
}

async function* inParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < partBytes) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(held);
}

/**
 * Waits until no other list of the campaign is being loaded: two at a time would not see each other's numbers, and the
 * later one would fail at its end.
 */
export async function takeTurn(transaction: Transaction, campaignId: number): Promise<void> {
  await transaction.query(`select pg_advisory_xact_lock(hashtextextended('import', $1::bigint))`, [
    campaignId,
  ]);
}

/**
 * Locks an import that is still to be loaded; null when it is done. Waits for whoever is at it: that may be the session
 * of a process that was killed, which the server has not noticed yet, and a job that passed it by would be over while
 * the import stays open for good.
 */
export async function lockOpenImport(transaction: Transaction, importId: number): Promise<OpenImport | null> {
  const found = await transaction.query<OpenImport>(
    `select i.id, i.campaign_id, i.file_name, i.size_bytes, i.mapping, k.account_id, k.definition
     from imports i join campaigns k on k.id = i.campaign_id
     where i.id = $1 and i.state = 'open' for update of i`,
    [importId],
  );
  return found.rows[0] ?? null;
}

/** The imports that are still to be loaded, the oldest first. */
export async function openImports(queryable: Queryable): Promise<number[]> {
  const found = await queryable.query<{ id: number }>(
    `select id from imports where state = 'open' order by id`,
  );
  return found.rows.map((row) => row.id);
}

/** The file of an import, a part at a time; the next one is fetched while one is read. */
export async function* storedFile(database: Queryable, importId: number): AsyncGenerator<Buffer> {
  const fetchPart = (part: number): Promise<Buffer | null> => {
    const fetched = partOf(database, importId, part);
    // told to whoever asks for it; nobody does when the reading ends before
    fetched.catch(() => undefined);
    return fetched;
  };
  let next = fetchPart(0);
  for (let part = 1; ; part += 1) {
    const bytes = await next;
    if (bytes === null) return;
    next = fetchPart(part);
    yield bytes;
  }
}

async function partOf(database: Queryable, importId: number, part: number): Promise<Buffer | null> {
  const found = await database.query<{ bytes: Buffer }>(
    'select bytes from import_parts where import_id = $1 and part = $2',
    [importId, part],
  );
  return found.rows[0]?.bytes ?? null;
}

/** A row that becomes a contact. */
export interface RowToLoad {
  row: AcceptedRow;
  /** null: its number may stand in the campaign a second time */
  dedupeKey: string | null;
}

/** A row that is not called, with what is wrong and what to do. */
export interface RejectedLine {
  rowNumber: number;
  cells: readonly string[];
  reject: Omit<Reject, 'code'> & { code: string };
}

export async function insertRejects(
  transaction: Transaction,
  importId: number,
  rows: readonly RejectedLine[],
): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(
    `insert into import_rejects (import_id, row_number, code, reason, mend, cells)
     select $1, r.row_number, r.code, r.reason, r.mend, r.cells::text[]
     from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) as r(row_number, code, reason, mend, cells)`,
    [
      importId,
      rows.map((row) => row.rowNumber),
      rows.map((row) => row.reject.code),
      rows.map((row) => row.reject.reason),
      rows.map((row) => row.reject.mend),
      rows.map((row) => arrayLiteral(row.cells)),
    ],
  );
}

/** What came of the rows of a list. */
export interface LoadedCounts {
  accepted: number;
  rejected: number;
  /** rows left out since their number was there before, those that were merged too */
  duplicates: number;
  /** cells with a bad number in rows that were taken for another one */
  badNumbers: number;
  /** duplicates that filled up an earlier row */
  merged: number;
  /** contacts of earlier lists that a row of this one took the place of */
  replaced: number;
}

export interface LoadedList {
  header: readonly string[];
  delimiter: string | null;
  encoding: string;
  /** of its contacts; '' is that of the campaign */
  timezones: readonly string[];
}

export async function finishImport(
  transaction: Transaction,
  importId: number,
  list: LoadedList,
  counts: LoadedCounts,
): Promise<void> {
  await transaction.query(
    `update imports set state = 'done', finished_at = dialer_now(), header = $2, delimiter = $3, encoding = $4,
       accepted = $5, rejected = $6, duplicates = $7, bad_numbers = $8, merged = $9, replaced = $10, timezones = $11
     where id = $1`,
    [
      importId,
      list.header,
      list.delimiter,
      list.encoding,
      counts.accepted,
      counts.rejected,
      counts.duplicates,
      counts.badNumbers,
      counts.merged,
      counts.replaced,
      list.timezones,
    ],
  );
  await transaction.query('delete from import_parts where import_id = $1', [importId]);
  await forgetProgress(transaction, importId);
}

/** Closes an import whose file cannot be trusted; none of its rows are kept. */
export async function failImport(database: Database, importId: number, error: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query(
      `update imports set state = 'failed', finished_at = dialer_now(), error = $2 where id = $1 and state = 'open'`,
      [importId, error],
    );
    await transaction.query('delete from import_parts where import_id = $1', [importId]);
    await forgetProgress(transaction, importId);
  });
}
