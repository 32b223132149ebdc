import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { Queryable, Transaction } from '../db/pool.ts';
import type { ColumnMapping, ContactColumns } from './contact-columns.ts';
import { findContactColumns } from './contact-columns.ts';
import type { RejectedBefore } from './contact-row.ts';
import { duplicateCode } from './duplicate-rule.ts';

/** What `contacts rejects` writes behind the columns of the lists. They are no part of a list that has them. */
export const rejectColumns = ['list', 'import', 'row_number', 'code', 'reason', 'mend'] as const;

const importColumn = rejectColumns.indexOf('import');
const rowColumn = rejectColumns.indexOf('row_number');

/** A list that came in before, and where its numbers and names stood. */
export interface EarlierList {
  readonly header: readonly string[];
  readonly columns: ContactColumns;
}

/** By their numbers, as the rejects name them. */
export type EarlierLists = ReadonlyMap<string, EarlierList>;

/** Where the columns begin that `contacts rejects` wrote; null: the header is of another kind of list. */
export function rejectColumnsAt(header: readonly string[]): number | null {
  const at = header.findIndex((_, from) =>
    rejectColumns.every((name, index) => header[from + index]?.trim().replace(/^(?:dialer_)+/, '') === name),
  );
  return at === -1 ? null : at;
}

/** Cells without those of the rejects; what stands behind them stays behind the others. */
export function withoutRejectColumns(cells: readonly string[], at: number): string[] {
  return cells.toSpliced(at, rejectColumns.length);
}

/**
 * Where a rejected row stood before; null: it does not say. Whoever corrected the file may have changed that, too, so it
 * need not be true.
 */
export function placeOfReject(cells: readonly string[], at: number): RejectedBefore | null {
  const importId = countingNumber(cells[at + importColumn]);
  const rowNumber = countingNumber(cells[at + rowColumn]);
  return importId === null || rowNumber === null ? null : { importId, rowNumber };
}

function countingNumber(cell = ''): number | null {
  return /^\d{1,9}$/.test(cell.trim()) ? Number(cell) : null;
}

/** Notes that rows which an earlier list of the campaign left out came in again, whatever becomes of them now. */
export async function noteCameAgain(
  transaction: Transaction,
  { importId, campaignId }: { importId: number; campaignId: number },
  rows: readonly RejectedBefore[],
): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(
    `with again as (
       update import_rejects r set again_in = $1
       from unnest($2::bigint[], $3::int[]) as came (import_id, row_number) join imports i on i.id = came.import_id
       where i.campaign_id = $4 and i.id <> $1 and r.import_id = came.import_id and r.row_number = came.row_number
         and r.again_in is null
       returning r.import_id, r.code)
     update imports set came_again = came_again + counted.rows
     from (select import_id, count(*) as rows from again where code <> $5 group by import_id) counted
     where imports.id = counted.import_id`,
    [importId, rows.map((row) => row.importId), rows.map((row) => row.rowNumber), campaignId, duplicateCode],
  );
}

/** Where the columns of an earlier list stand under a header that has them among others; null: its numbers do not. */
export function columnsUnder(
  header: readonly string[],
  { header: before, columns }: EarlierList,
): ContactColumns | null {
  const placeOf = (position: number | null): number | null => {
    if (position === null) return null;
    const name = before[position];
    const occurrence = before.slice(0, position).filter((other) => other === name).length;
    return header.flatMap((other, index) => (other === name ? [index] : []))[occurrence] ?? null;
  };
  const phones = columns.phones.map(placeOf).filter((place) => place !== null);
  if (phones.length === 0) return null;
  return {
    phones,
    name: placeOf(columns.name),
    timezone: placeOf(columns.timezone),
    priority: placeOf(columns.priority),
  };
}

/** The lists of a campaign that are loaded. */
export async function earlierLists(
  queryable: Queryable,
  campaign: { id: number; definition: CampaignDefinition },
): Promise<EarlierLists> {
  const { columns: usual, defaultRegion } = campaign.definition;
  const found = await queryable.query<{ id: number; header: string[]; mapping: ColumnMapping | null }>(
    `select id, coalesce(header, '{}') as header, mapping from imports
     where campaign_id = $1 and state = 'done' order by id`,
    [campaign.id],
  );
  return new Map(
    found.rows.flatMap(({ id, header, mapping }) => {
      const reading = findContactColumns(header, mapping ?? usual, defaultRegion);
      return 'columns' in reading ? [[String(id), { header, columns: reading.columns }]] : [];
    }),
  );
}
