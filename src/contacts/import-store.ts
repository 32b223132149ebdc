import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { from as copyFrom } from 'pg-copy-streams';
import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import type { ColumnMapping } from './contact-columns.ts';
import type { AcceptedRow, Reject } from './contact-row.ts';

export interface OpenImport {
  id: number;
  campaign_id: number;
  account_id: number;
  file_name: string;
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
  for await (const chunk of inParts(source)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    await transaction.query('insert into import_parts (import_id, part, bytes) values ($1, $2, $3)', [
      importId,
      part,
      chunk,
    ]);
    part += 1;
  }
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

/** Locks an import that is still to be loaded; null when it is done or somebody else is at it. */
export async function lockOpenImport(transaction: Transaction, importId: number): Promise<OpenImport | null> {
  const found = await transaction.query<OpenImport>(
    `select i.id, i.campaign_id, i.file_name, i.mapping, k.account_id, k.definition
     from imports i join campaigns k on k.id = i.campaign_id
     where i.id = $1 and i.state = 'open' for update of i skip locked`,
    [importId],
  );
  return found.rows[0] ?? null;
}

/** The file of an import, a part at a time. */
export async function* storedFile(database: Queryable, importId: number): AsyncGenerator<Buffer> {
  for (let part = 0; ; part += 1) {
    const found = await database.query<{ bytes: Buffer }>(
      'select bytes from import_parts where import_id = $1 and part = $2',
      [importId, part],
    );
    const row = found.rows[0];
    if (row === undefined) return;
    yield row.bytes;
  }
}

export async function dedupeKeys(queryable: Queryable, campaignId: number): Promise<string[]> {
  const found = await queryable.query<{ dedupe_key: string }>(
    'select dedupe_key from contacts where campaign_id = $1 and dedupe_key is not null',
    [campaignId],
  );
  return found.rows.map((row) => row.dedupe_key);
}

/** Adds contacts by COPY, some thousands at a time. */
export async function copyContacts(
  transaction: Transaction,
  into: { importId: number; campaignId: number },
  rows: readonly AcceptedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const lines = rows.map(({ rowNumber, cells, contact }) =>
    [
      into.campaignId,
      into.importId,
      rowNumber,
      contact.number,
      `{${contact.number}}`,
      contact.number,
      copyText(contact.name),
      copyText(contact.timezone),
      contact.timezone === null ? 'campaign' : 'column',
      contact.priority,
      copyText(arrayLiteral(cells)),
    ].join('\t'),
  );
  const copy = transaction.client.query(
    copyFrom(
      `copy contacts (campaign_id, import_id, row_number, number, numbers, dedupe_key, name, timezone, timezone_source,
         priority, cells) from stdin`,
    ),
  );
  await pipeline(Readable.from([`${lines.join('\n')}\n`]), copy);
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

export interface LoadedCounts {
  accepted: number;
  rejected: number;
  duplicates: number;
}

export async function finishImport(
  transaction: Transaction,
  importId: number,
  list: { header: readonly string[]; delimiter: string | null; encoding: string },
  counts: LoadedCounts,
): Promise<void> {
  await transaction.query(
    `update imports set state = 'done', finished_at = dialer_now(), header = $2, delimiter = $3, encoding = $4,
       accepted = $5, rejected = $6, duplicates = $7
     where id = $1`,
    [
      importId,
      list.header,
      list.delimiter,
      list.encoding,
      counts.accepted,
      counts.rejected,
      counts.duplicates,
    ],
  );
  await transaction.query('delete from import_parts where import_id = $1', [importId]);
}

/** Closes an import whose file cannot be trusted; none of its rows are kept. */
export async function failImport(database: Database, importId: number, error: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query(
      `update imports set state = 'failed', finished_at = dialer_now(), error = $2 where id = $1 and state = 'open'`,
      [importId, error],
    );
    await transaction.query('delete from import_parts where import_id = $1', [importId]);
  });
}

/** An array as Postgres reads it. NUL, which Postgres cannot store, was refused when the list was read. */
function arrayLiteral(cells: readonly string[]): string {
  return `{${cells.map((cell) => `"${cell.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

const copyEscapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyText(text: string | null): string {
  return text === null
    ? '\\N'
    : text.replace(/[\\\t\n\r]/g, (character) => copyEscapes[character] ?? character);
}
