import { parsePhoneNumber } from '../contacts/phone-number.ts';
import { sharedRegion } from '../contacts/suppression-scope.ts';
import type { Queryable } from '../db/pool.ts';
import type { IncomingCall } from './incoming-call.ts';

/** An attempt that an applet's call turns out to be, and the key by which its campaign's customers opt out. */
export interface CalledAttempt {
  number: string;
  campaign: string;
  optOutDigit: string | null;
}

/**
 * The customer's number in E.164, read in the region that the account's campaigns share; null where none of the numbers
 * given can be read, or all are our own caller IDs.
 */
export async function customerNumber(
  queryable: Queryable,
  accountId: number,
  { parties }: Pick<IncomingCall, 'parties'>,
): Promise<string | null> {
  if (parties.length === 0) return null;
  const region = await sharedRegion(queryable, accountId);
  const numbers = parties
    .map((given) => parsePhoneNumber(given, region))
    .flatMap((reading) => ('number' in reading ? [reading.number] : []));
  const own = await queryable.query<{ number: string }>(
    `select distinct own.number
     from campaigns k cross join lateral jsonb_array_elements_text(k.definition->'callerIds') as own(number)
     where k.account_id = $1 and own.number = any($2::text[])`,
    [accountId, numbers],
  );
  const ours = new Set(own.rows.map((row) => row.number));
  return numbers.find((number) => !ours.has(number)) ?? null;
}

const attemptColumns = `t.number, k.name as campaign, k.definition->'optOut'->>'digit' as "optOutDigit"
     from attempts t join campaigns k on k.id = t.campaign_id`;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The attempt whose call this is: by our own id, which travels in CustomField, else by the call's SID. */
export async function attemptOfCall(
  queryable: Queryable,
  accountId: number,
  { customField, callSid }: Pick<IncomingCall, 'customField' | 'callSid'>,
): Promise<CalledAttempt | null> {
  const id = customField !== null && uuid.test(customField) ? customField : null;
  const found = await queryable.query<CalledAttempt>(
    `select ${attemptColumns}
     where t.account_id = $1 and (t.id = $2::uuid or t.call_sid = $3)
     order by t.id = $2::uuid desc nulls last limit 1`,
    [accountId, id, callSid],
  );
  return found.rows[0] ?? null;
}

/** The latest attempt to a number, whatever came of it. */
export async function latestAttemptTo(
  queryable: Queryable,
  accountId: number,
  number: string,
): Promise<CalledAttempt | null> {
  const found = await queryable.query<CalledAttempt>(
    `select ${attemptColumns} where t.account_id = $1 and t.number = $2 order by t.claimed_at desc limit 1`,
    [accountId, number],
  );
  return found.rows[0] ?? null;
}
