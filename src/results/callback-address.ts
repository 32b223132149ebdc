import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Queryable } from '../db/pool.ts';

/** What a callback's own address says, once its signature is found right. */
export interface CallbackAddress {
  accountId: number;
  attemptId: string;
  issuedAt: Date;
}

const prefix = '/callbacks/v2/';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The address Exotel reports one attempt's events to. Exotel signs nothing that we could check, so the address itself
 * carries the account, the attempt, the time of issue, and an HMAC of all three: who knows it was told by us.
 */
export function callbackAddress(publicUrl: string, secret: string, address: CallbackAddress): string {
  const { accountId, attemptId, issuedAt } = address;
  const issued = Math.floor(issuedAt.getTime() / 1000).toString(36);
  return `${publicUrl}${prefix}${accountId}/${attemptId}/${issued}/${signature(secret, accountId, attemptId, issued)}`;
}

/** The variable parts of a callback's path, as they came. */
export interface CallbackPath {
  account: string;
  attemptId: string;
  issued: string;
  signature: string;
}

/** Reads a callback's path; null when it was not signed by this key. */
export function readCallbackAddress(secret: string, path: CallbackPath): CallbackAddress | null {
  const { account, attemptId, issued } = path;
  if (!/^[1-9][0-9]{0,14}$/.test(account) || !uuid.test(attemptId) || !/^[0-9a-z]{1,9}$/.test(issued))
    return null;
  const accountId = Number(account);
  const expected = Buffer.from(signature(secret, accountId, attemptId, issued));
  const given = Buffer.from(path.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return { accountId, attemptId, issuedAt: new Date(Number.parseInt(issued, 36) * 1000) };
}

function signature(secret: string, accountId: number, attemptId: string, issued: string): string {
  return createHmac('sha256', secret)
    .update(`callback ${accountId} ${attemptId} ${issued}`)
    .digest('base64url');
}

/** The key that signs callback addresses: made once and kept in the database, so that every process agrees. */
export async function callbackSecret(database: Queryable, override: string | null): Promise<string> {
  if (override !== null) return override;
  const made = randomBytes(32).toString('base64url');
  await database.query(
    `insert into secrets (name, value) values ('callback_hmac', $1) on conflict (name) do nothing`,
    [made],
  );
  const kept = await database.query<{ value: string }>(
    `select value from secrets where name = 'callback_hmac'`,
  );
  return kept.rows[0]?.value ?? made;
}
