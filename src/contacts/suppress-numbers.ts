import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import { numberToDial } from './number-to-dial.ts';
import type { SuppressionScope } from './suppression-scope.ts';

/** Why numbers are suppressed, by whom, and until when. */
export interface SuppressionGrounds {
  /** `person`, `list` and the file's name, or `dtmf_opt_out`: a key pressed in a call */
  source: string;
  reason: string | null;
  /** null: for good */
  expiresAt: Date | null;
  actor: string;
}

export interface SuppressedCounts {
  /** numbers that were not suppressed so far */
  added: number;
  /** numbers that were, but not for so long */
  extended: number;
  /** numbers that were, for as long or longer */
  already: number;
  /** contacts that waited to be called and are not called any more */
  contacts: number;
  /** calls to these numbers that are under way, and go on */
  live: number;
}

/**
 * Suppresses numbers: once this returned no claim to any of them commits in the scope, and their contacts that wait
 * are out of the line. A suppression that is in force is never shortened.
 * @param numbers in E.164, some thousands at the most: the account claims nothing meanwhile
 */
export async function suppressNumbers(
  database: Database,
  scope: Scope,
  numbers: readonly string[],
  grounds: SuppressionGrounds,
): Promise<SuppressedCounts> {
  return await database.transaction((transaction) => suppressWithin(transaction, scope, numbers, grounds));
}

/** Whose numbers: an account's, or one campaign's of it. */
type Scope = Pick<SuppressionScope, 'accountId' | 'campaignId'>;

/** The same within a transaction of the caller's, which holds no contact's row yet but those of these numbers. */
export async function suppressWithin(
  transaction: Transaction,
  scope: Scope,
  numbers: readonly string[],
  grounds: SuppressionGrounds,
): Promise<SuppressedCounts> {
  await lockAccount(transaction, { accountId: scope.accountId });
  await closeExpired(transaction, scope, numbers);
  const extended = await extend(transaction, scope, numbers, grounds);
  const added = await insert(transaction, scope, numbers, grounds);
  const { contacts, live } = await takeOutOfLine(transaction, scope, numbers);
  const already = numbers.length - added - extended;
  if (added + extended + contacts > 0) {
    const { actor, ...why } = grounds;
    await recordTrail(transaction, {
      actor,
      what: 'numbers_suppressed',
      accountId: scope.accountId,
      ...(scope.campaignId !== null && { campaignId: scope.campaignId }),
      // without the numbers: they stand in suppressions, from where they can be erased
      next: { ...why, added, extended, already, contacts },
    });
  }
  await wakeOwner(transaction, scope.accountId);
  return { added, extended, already, contacts, live };
}

/** The instant at which a suppression of that length ends, by the dialer's clock; null: never. */
export async function expiryAfter(queryable: Queryable, forMs: number | null): Promise<Date | null> {
  if (forMs === null) return null;
  const found = await queryable.query<{ at: Date }>(`select dialer_now() + $1 * interval '1 ms' as at`, [
    forMs,
  ]);
  return found.rows[0]?.at ?? null;
}

/** What is past its time makes room: only one suppression of a number in a scope is kept open. */
async function closeExpired(
  transaction: Transaction,
  scope: Scope,
  numbers: readonly string[],
): Promise<void> {
  await transaction.query(
    `update suppressions set removed_at = expires_at, removed_by = 'dialer'
     where ${openInScope} and expires_at <= dialer_now()`,
    [scope.accountId, scope.campaignId, numbers],
  );
}

async function extend(
  transaction: Transaction,
  scope: Scope,
  numbers: readonly string[],
  { expiresAt, reason }: SuppressionGrounds,
): Promise<number> {
  const extended = await transaction.query(
    `update suppressions set expires_at = $4::timestamptz, reason = coalesce($5, reason)
     where ${openInScope} and expires_at < coalesce($4::timestamptz, 'infinity')`,
    [scope.accountId, scope.campaignId, numbers, expiresAt, reason],
  );
  return extended.rowCount ?? 0;
}

const openInScope = `account_id = $1 and coalesce(campaign_id, 0) = coalesce($2::bigint, 0) and number = any($3)
       and removed_at is null`;

async function insert(
  transaction: Transaction,
  scope: Scope,
  numbers: readonly string[],
  { source, reason, actor, expiresAt }: SuppressionGrounds,
): Promise<number> {
  const inserted = await transaction.query(
    `insert into suppressions (account_id, campaign_id, number, source, reason, actor, expires_at)
     select $1, $2, number, $4, $5, $6, $7 from (select distinct unnest($3::text[]) as number) given
     on conflict (account_id, number, coalesce(campaign_id, 0)) where removed_at is null do nothing`,
    [scope.accountId, scope.campaignId, numbers, source, reason, actor, expiresAt],
  );
  return inserted.rowCount ?? 0;
}

/**
 * A contact that has another number goes on with that one, in its place in the line.
 *
 * Holds the rows of all contacts that wait, or may soon: a call that settles just now is waited for, and one that
 * settles later finds the suppression.
 */
async function takeOutOfLine(
  transaction: Transaction,
  scope: Scope,
  numbers: readonly string[],
): Promise<{ contacts: number; live: number }> {
  const held = await transaction.query<{ id: number; state: string }>(
    `select c.id, c.state from contacts c join campaigns k on k.id = c.campaign_id
     where k.account_id = $1 and ($2::bigint is null or k.id = $2) and c.number = any($3)
       and c.state in ('pending', 'dialing', 'held')
     order by c.id for update of c`,
    [scope.accountId, scope.campaignId, numbers],
  );
  const waiting = held.rows.filter((contact) => contact.state === 'pending').map((contact) => contact.id);
  const moved = await transaction.query<{ state: string }>(
    `update contacts c set number = coalesce(kept_out.next, c.number),
       state = case when kept_out.next is null then 'suppressed' else c.state end,
       state_reason = case when kept_out.next is null then 'suppressed' else c.state_reason end
     from (select k.id, ${numberToDial({ contact: 'k', accountId: '$2', campaignId: 'k.campaign_id', now: 'dialer_now()' })}
             as next from contacts k where k.id = any($1::bigint[])) kept_out
     where c.id = kept_out.id
     returning c.state`,
    [waiting, scope.accountId],
  );
  const live = held.rows.filter((contact) => contact.state === 'dialing').length;
  return { contacts: moved.rows.filter((contact) => contact.state === 'suppressed').length, live };
}
