import type { Queryable, Transaction } from '../db/pool.ts';
import { isSuppressed } from './suppression-rule.ts';

interface Asked {
  campaignId: number;
  accountId: number;
  /** only these are of interest; null: all there are */
  numbers: readonly string[] | null;
}

/** Contacts that were never called, since their number was suppressed, and whose number is not suppressed any more. */
const lapsed = `c.campaign_id = $1 and c.state = 'suppressed' and c.state_reason = 'suppressed'
  and not exists (select 1 from attempts t where t.contact_id = c.id)
  and not ${isSuppressed({ accountId: '$2', campaignId: '$1', number: 'c.dedupe_key', now: 'dialer_now()' })}`;

/**
 * The numbers of a campaign that were suppressed before their first call and may be called again. Their contacts stay out of
 * the line; a list that brings such a number in again is of somebody new.
 */
export async function lapsedNumbers(queryable: Queryable, asked: Asked): Promise<Set<string>> {
  const { campaignId, accountId, numbers } = asked;
  const found = await queryable.query<{ number: string }>(
    numbers === null
      ? `select c.dedupe_key as number from contacts c
         where ${lapsed} and c.dedupe_key is not null and c.number in
           (select s.number from suppressions s where s.account_id = $2
              and (s.removed_at is not null or s.expires_at <= dialer_now()))`
      : `select c.dedupe_key as number from contacts c where ${lapsed} and c.dedupe_key = any($3)`,
    numbers === null ? [campaignId, accountId] : [campaignId, accountId, numbers],
  );
  return new Set(found.rows.map((row) => row.number));
}

/** Makes room for contacts with such numbers. */
export async function releaseLapsed(transaction: Transaction, asked: Asked): Promise<void> {
  const numbers = [...(await lapsedNumbers(transaction, asked))];
  if (numbers.length === 0) return;
  await transaction.query(
    `update contacts c set dedupe_key = null where ${lapsed} and c.dedupe_key = any($3)`,
    [asked.campaignId, asked.accountId, numbers],
  );
}
