import type { Transaction } from '../db/pool.ts';
import type { Fillable } from './merge-rows.ts';
import { filledCells, filledContact } from './merge-rows.ts';

/** All of a contact that a merge may change. */
export type Mergeable = Fillable & { cells: string[] };

/** What one list merged into a contact. */
export interface Merge {
  importId: number;
  /** the contact as it was */
  before: Mergeable;
  /** what the row brought, its cells under the contact's own columns */
  added: Mergeable;
}

/** A contact whose empty parts are filled up from a row, and its further numbers appended. */
export function filledUp(earlier: Mergeable, later: Mergeable): Mergeable {
  return { ...filledContact(earlier, later), cells: filledCells(earlier.cells, later.cells) };
}

/**
 * A contact as it were had one list never been merged into it: what other lists brought stays.
 * @param merges of the contact, in the order in which they were made
 * @returns null where the list was not among them
 */
export function withoutMerge(
  merges: readonly Merge[],
  undone: number,
): { contact: Mergeable; left: Merge[] } | null {
  const [first] = merges;
  if (first === undefined || !merges.some(({ importId }) => importId === undone)) return null;
  let contact = first.before;
  const left: Merge[] = [];
  for (const { importId, added } of merges) {
    if (importId === undone) continue;
    left.push({ importId, before: contact, added });
    contact = filledUp(contact, added);
  }
  return { contact, left };
}

/** Remembers what a list merges into contacts. */
export async function rememberMerges(
  transaction: Transaction,
  importId: number,
  merges: readonly { contactId: number; before: Mergeable; added: Mergeable }[],
): Promise<void> {
  await transaction.query(
    `insert into list_changes (import_id, contact_id, kind, before, added)
     select $1, m.contact_id, 'merged', m.before, m.added
     from unnest($2::bigint[], $3::jsonb[], $4::jsonb[]) as m(contact_id, before, added)`,
    [
      importId,
      merges.map(({ contactId }) => contactId),
      merges.map(({ before }) => JSON.stringify(before)),
      merges.map(({ added }) => JSON.stringify(added)),
    ],
  );
}
