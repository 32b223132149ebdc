import type { Transaction } from '../db/pool.ts';
import { storeMerged } from './earlier-contacts.ts';
import { withoutMerge } from './list-changes.ts';
import type { Merge } from './list-changes.ts';
import { numberToDial } from './number-to-dial.ts';

const contactsAtOnce = 1000;

interface Undoing {
  importId: number;
  campaignId: number;
  accountId: number;
}

/**
 * Puts the contacts back into the line whose places rows of a list had taken, where those rows were never called and
 * have just been canceled. The caller holds the account and the campaign's turn of loading.
 * @param canceled the numbers of those rows
 * @returns how many wait again
 */
export async function restoreReplaced(
  transaction: Transaction,
  { importId, campaignId, accountId }: Undoing,
  canceled: readonly string[],
): Promise<number> {
  await handOver(transaction, importId);
  const restored = await transaction.query<{ state: string }>(
    `with freed as (
       delete from list_changes l using campaigns k
       where l.import_id = $1 and l.kind = 'replaced' and l.dedupe_key = any($4)
         and k.id = $3 and k.status not in ('canceled', 'completed')
       returning l.contact_id, l.dedupe_key)
     update contacts c set dedupe_key = back.dedupe_key, number = coalesce(back.next, c.number),
       state = case when back.next is null then 'suppressed' else 'pending' end,
       state_reason = case when back.next is null then 'suppressed' end
     from (select k.id, b.dedupe_key, ${numberToDial({ contact: 'k', accountId: '$2', campaignId: '$3', now: 'dialer_now()' })} as next
           from freed b join contacts k on k.id = b.contact_id) back
     where c.id = back.id and c.state = 'canceled' and c.state_reason = 'replaced'
     returning c.state`,
    [importId, accountId, campaignId, canceled],
  );
  return restored.rows.filter(({ state }) => state === 'pending').length;
}

/**
 * Rows of this list that a later one replaced come back no more: should the later one be undone, those come back that
 * this list had replaced.
 */
async function handOver(transaction: Transaction, importId: number): Promise<void> {
  await transaction.query(
    `update list_changes mine set import_id = later.import_id
     from contacts between_them join list_changes later on later.contact_id = between_them.id and later.kind = 'replaced'
     where mine.import_id = $1 and mine.kind = 'replaced'
       and between_them.import_id = $1 and between_them.numbers[1] = mine.dedupe_key`,
    [importId],
  );
  await transaction.query(
    `delete from list_changes where kind = 'replaced' and contact_id in (select id from contacts where import_id = $1)`,
    [importId],
  );
}

export interface UndoneMerges {
  /** contacts of other lists that are as if this one had never come */
  unmerged: number;
  /** those that are not called any more, or are being called: they keep what it brought */
  stillMerged: number;
}

/** Takes back what a list filled up in contacts that still wait. The caller holds the account. */
export async function undoMerges(transaction: Transaction, undoing: Undoing): Promise<UndoneMerges> {
  const undone: UndoneMerges = { unmerged: 0, stillMerged: 0 };
  for (let after = 0; ;) {
    const contacts = await contactsMergedAfter(transaction, undoing.importId, after);
    const waiting = contacts.filter(({ waits }) => waits).map(({ id }) => id);
    await undoMergesOf(transaction, undoing, waiting);
    undone.unmerged += waiting.length;
    undone.stillMerged += contacts.length - waiting.length;
    const last = contacts.at(-1);
    if (last === undefined || contacts.length < contactsAtOnce) return undone;
    after = last.id;
  }
}

async function contactsMergedAfter(
  transaction: Transaction,
  importId: number,
  after: number,
): Promise<{ id: number; waits: boolean }[]> {
  const found = await transaction.query<{ id: number; waits: boolean }>(
    `select c.id, c.state in ('pending', 'held') as waits from contacts c
     where c.id in (select contact_id from list_changes where import_id = $1 and kind = 'merged' and contact_id > $2
                    order by contact_id limit $3)
     order by c.id for update`,
    [importId, after, contactsAtOnce],
  );
  return found.rows;
}

async function undoMergesOf(
  transaction: Transaction,
  { importId, campaignId, accountId }: Undoing,
  contactIds: readonly number[],
): Promise<void> {
  if (contactIds.length === 0) return;
  const merges = await mergesOf(transaction, contactIds);
  const without = [...merges].flatMap(([id, of]) => {
    const found = withoutMerge(of, importId);
    return found === null ? [] : [{ id, ...found }];
  });
  await storeMerged(
    transaction,
    without.map(({ id, contact }) => ({ id, ...contact })),
  );
  await storeLeft(
    transaction,
    without.flatMap(({ id, left }) => left.map((merge) => ({ contactId: id, ...merge }))),
  );
  await transaction.query(
    `delete from list_changes where import_id = $1 and kind = 'merged' and contact_id = any($2)`,
    [importId, contactIds],
  );
  // whoever was to be called at a number that is gone is called at one that is left
  await transaction.query(
    `update contacts c set number = coalesce(gone.next, c.numbers[1]),
       state = case when gone.next is null and c.state = 'pending' then 'suppressed' else c.state end,
       state_reason = case when gone.next is null and c.state = 'pending' then 'suppressed' else c.state_reason end
     from (select k.id, ${numberToDial({ contact: 'k', accountId: '$2', campaignId: '$3', now: 'dialer_now()' })} as next
           from contacts k where k.id = any($1) and not k.number = any(k.numbers)) gone
     where c.id = gone.id`,
    [contactIds, accountId, campaignId],
  );
}

async function mergesOf(
  transaction: Transaction,
  contactIds: readonly number[],
): Promise<Map<number, Merge[]>> {
  const found = await transaction.query<
    Pick<Merge, 'before' | 'added'> & { contact_id: number; import_id: number }
  >(
    `select contact_id, import_id, before, added from list_changes
     where contact_id = any($1) and kind = 'merged' order by contact_id, import_id`,
    [contactIds],
  );
  const merges = new Map<number, Merge[]>();
  for (const { contact_id: contactId, import_id: importId, before, added } of found.rows) {
    const of = merges.get(contactId) ?? [];
    merges.set(contactId, of);
    of.push({ importId, before, added });
  }
  return merges;
}

async function storeLeft(
  transaction: Transaction,
  merges: readonly (Merge & { contactId: number })[],
): Promise<void> {
  if (merges.length === 0) return;
  await transaction.query(
    `update list_changes l set before = left_over.before
     from unnest($1::bigint[], $2::bigint[], $3::jsonb[]) as left_over(contact_id, import_id, before)
     where l.contact_id = left_over.contact_id and l.import_id = left_over.import_id`,
    [
      merges.map(({ contactId }) => contactId),
      merges.map(({ importId }) => importId),
      merges.map(({ before }) => JSON.stringify(before)),
    ],
  );
}
