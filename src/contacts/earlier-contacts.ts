import type { Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import type { AcceptedRow } from './contact-row.ts';
import type { DuplicateRule } from './duplicate-rule.ts';
import { duplicateReject } from './duplicate-rule.ts';
import { arrayLiteral } from './array-literal.ts';
import { insertRejects } from './import-store.ts';
import type { OpenImport } from './import-store.ts';
import { filledUp, rememberMerges } from './list-changes.ts';
import type { Mergeable } from './list-changes.ts';
import { cellsUnder } from './merge-rows.ts';
import type { Fillable } from './merge-rows.ts';
import { waitsForFirstCall } from './standing-numbers.ts';

const rowsAtOnce = 1000;

/**
 * Lets the rows that were loaded without a key take the places of earlier contacts of the campaign. Those are canceled
 * and stay in the reports as such. Where one was called while the list was loading, it stays and the row is left out.
 * To be called when nobody can suppress numbers any more: whoever does that holds contacts too.
 * @returns how many contacts were replaced, and how many rows were left out after all
 */
export async function replaceEarlier(
  transaction: Transaction,
  { id: importId, campaign_id: campaignId }: OpenImport,
  rule: DuplicateRule,
): Promise<{ replaced: number; leftOut: number }> {
  const replaced = await transaction.query(
    `with old as (
       select old.id, old.dedupe_key from contacts old
       where old.campaign_id = $1 and ${waitsForFirstCall('old')} and old.dedupe_key in
         (select fresh.numbers[1] from contacts fresh where fresh.import_id = $2 and fresh.dedupe_key is null)
       order by old.id for update),
     remembered as (
       insert into list_changes (import_id, contact_id, kind, dedupe_key) select $2, id, 'replaced', dedupe_key from old)
     update contacts c set state = 'canceled', state_reason = 'replaced', dedupe_key = null from old where c.id = old.id`,
    [campaignId, importId],
  );
  await transaction.query(
    `update contacts fresh set dedupe_key = numbers[1]
     where import_id = $2 and dedupe_key is null
       and not exists (select 1 from contacts old where old.campaign_id = $1 and old.dedupe_key = fresh.numbers[1])`,
    [campaignId, importId],
  );
  const leftOut = await transaction.query<{ row_number: number; cells: string[] }>(
    'delete from contacts where import_id = $1 and dedupe_key is null returning row_number, cells',
    [importId],
  );
  const reject = duplicateReject('called', rule);
  await insertRejects(
    transaction,
    importId,
    leftOut.rows.map((row) => ({ rowNumber: row.row_number, cells: row.cells, reject })),
  );
  const contacts = replaced.rowCount ?? 0;
  if (contacts > 0) {
    await recordTrail(transaction, {
      actor: 'dialer',
      what: 'contacts_replaced',
      campaignId,
      next: { import: importId, contacts },
    });
  }
  return { replaced: contacts, leftOut: leftOut.rows.length };
}

/** Keeps rows until they can be merged into earlier contacts; a list may consist of nothing else. */
export async function keepForMerging(transaction: Transaction, rows: readonly AcceptedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await makeRoomForRows(transaction);
  await transaction.query(
    `insert into rows_to_merge select * from unnest($1::int[], $2::text[], $3::jsonb[])`,
    [
      rows.map((row) => row.rowNumber),
      rows.map((row) => row.number),
      rows.map((row) => JSON.stringify({ cells: row.cells, contact: row.contact })),
    ],
  );
}

async function makeRoomForRows(transaction: Transaction): Promise<void> {
  await transaction.query(
    `create temporary table if not exists rows_to_merge (row_number integer primary key, number text, kept jsonb)
     on commit drop`,
  );
}

interface Pair {
  row_number: number;
  kept: { cells: string[]; contact: Fillable };
  /** null: the contact was called meanwhile */
  id: number | null;
  header: string[];
  cells: string[];
  numbers: string[];
  name: string | null;
  timezone: string | null;
  timezone_source: Fillable['timezoneSource'] | null;
  priority: number;
}

/**
 * Fills up earlier contacts of the campaign from the rows kept. One that was called while the list was loading stays as
 * it is, and its row says so. To be called when nobody can suppress numbers any more.
 * @returns how many rows were merged, and their zones
 */
export async function mergeIntoEarlier(
  transaction: Transaction,
  { id: importId, campaign_id: campaignId }: OpenImport,
  header: readonly string[],
  rule: DuplicateRule,
): Promise<{ merged: number; timezones: Set<string> }> {
  await makeRoomForRows(transaction);
  let merged = 0;
  const timezones = new Set<string>();
  for (let lastRow = -1; ;) {
    const pairs = await pairsAfter(transaction, campaignId, lastRow);
    const filled = pairs.flatMap((pair) =>
      pair.id === null ? [] : [{ contactId: pair.id, ...fill(pair, header) }],
    );
    await rememberMerges(transaction, importId, filled);
    await storeMerged(
      transaction,
      filled.map(({ contactId, after }) => ({ id: contactId, ...after })),
    );
    for (const {
      after: { timezone },
    } of filled)
      timezones.add(timezone ?? '');
    merged += filled.length;
    await noteCalled(
      transaction,
      importId,
      pairs.filter(({ id }) => id === null).map((pair) => pair.row_number),
      rule,
    );
    const last = pairs.at(-1);
    if (last === undefined || pairs.length < rowsAtOnce) return { merged, timezones };
    lastRow = last.row_number;
  }
}

async function pairsAfter(transaction: Transaction, campaignId: number, after: number): Promise<Pair[]> {
  const found = await transaction.query<Pair>(
    `with held as (
       select c.* from contacts c
       where c.campaign_id = $1 and ${waitsForFirstCall('c')} and c.dedupe_key in
         (select number from rows_to_merge where row_number > $2 order by row_number limit $3)
       order by c.id for update)
     select m.row_number, m.kept, h.id, coalesce(i.header, '{}') as header, h.cells, h.numbers, h.name, h.timezone,
       h.timezone_source, h.priority
     from rows_to_merge m
     left join held h on h.dedupe_key = m.number
     left join imports i on i.id = h.import_id
     where m.row_number > $2 order by m.row_number limit $3`,
    [campaignId, after, rowsAtOnce],
  );
  return found.rows;
}

function fill(
  pair: Pair,
  header: readonly string[],
): { before: Mergeable; added: Mergeable; after: Mergeable } {
  const before: Mergeable = {
    cells: pair.cells,
    numbers: pair.numbers,
    name: pair.name,
    timezone: pair.timezone,
    timezoneSource: pair.timezone_source ?? 'campaign',
    priority: pair.priority,
  };
  const { contact, cells } = pair.kept;
  const added = { ...contact, cells: cellsUnder(pair.header, { header, cells }) };
  return { before, added, after: filledUp(before, added) };
}

/** Writes contacts as a merge, or the undoing of one, leaves them. */
export async function storeMerged(
  transaction: Transaction,
  contacts: readonly (Mergeable & { id: number })[],
): Promise<void> {
  if (contacts.length === 0) return;
  await transaction.query(
    `update contacts c set cells = f.cells::text[], numbers = f.numbers::text[], name = f.name, timezone = f.timezone,
       timezone_source = f.timezone_source, priority = f.priority
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[])
       as f(id, cells, numbers, name, timezone, timezone_source, priority)
     where c.id = f.id`,
    [
      contacts.map((contact) => contact.id),
      contacts.map((contact) => arrayLiteral(contact.cells)),
      contacts.map((contact) => arrayLiteral(contact.numbers)),
      contacts.map((contact) => contact.name),
      contacts.map((contact) => contact.timezone),
      contacts.map((contact) => contact.timezoneSource),
      contacts.map((contact) => contact.priority),
    ],
  );
}

async function noteCalled(
  transaction: Transaction,
  importId: number,
  rowNumbers: readonly number[],
  rule: DuplicateRule,
): Promise<void> {
  if (rowNumbers.length === 0) return;
  const { reason, mend } = duplicateReject('called', rule);
  await transaction.query(
    'update import_rejects set reason = $3, mend = $4 where import_id = $1 and row_number = any($2)',
    [importId, rowNumbers, reason, mend],
  );
}
