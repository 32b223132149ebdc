import type { Queryable } from '../db/pool.ts';
import { madeWithin } from './period.ts';
import type { Period } from './period.ts';

/** The attempts of some of a campaign's contacts, each contact with all of its own. */
export interface Slice {
  campaignId: number;
  /** by the ids of their contacts: those after one and up to another; as text, since they are compared in SQL alone */
  after: string;
  upTo: string;
  /** as Postgres writes it, to the microsecond: attempts claimed later do not count */
  lastClaim: string;
  period: Period;
}

const beforeAll = '0';
const afterAll = '9223372036854775807';

/** All attempts of a campaign as one slice. */
export function wholeCampaign(campaignId: number, period: Period): Slice {
  return { campaignId, after: beforeAll, upTo: afterAll, lastClaim: 'infinity', period };
}

/** The condition in SQL that an attempt is of a slice, whatever its period; its parameters are `sliceParameters`. */
export function ofSlice(attempt: string): string {
  return `${attempt}.campaign_id = $1 and ${attempt}.contact_id > $2::bigint and ${attempt}.contact_id <= $3::bigint
    and ${attempt}.claimed_at <= $4::timestamptz`;
}

export function sliceParameters({ campaignId, after, upTo, lastClaim }: Slice): unknown[] {
  return [campaignId, after, upTo, lastClaim];
}

/** The same of its period alone; its parameters are `periodParameters`. */
export function ofSliceAndPeriod(attempt: string): string {
  return `${ofSlice(attempt)} and ${madeWithin(attempt, '$5', '$6')}`;
}

export function periodParameters(slice: Slice): unknown[] {
  return [...sliceParameters(slice), slice.period.since, slice.period.until];
}

/**
 * When the last attempt of a campaign was claimed, as Postgres writes it. The attempts of an account are claimed one
 * after the other, so those claimed by then are the same ones whenever they are read.
 */
export async function lastClaimOf(queryable: Queryable, campaignId: number): Promise<string> {
  const found = await queryable.query<{ claimed: string }>(
    `select coalesce(max(claimed_at), '-infinity')::text as claimed from attempts where campaign_id = $1`,
    [campaignId],
  );
  return found.rows[0]?.claimed ?? '-infinity';
}

/** Splits the attempts of a campaign into slices of about so many, so that reading one takes a fraction of a second. */
export async function* slicesOf(
  queryable: Queryable,
  whole: Slice,
  attemptsAtOnce: number,
): AsyncGenerator<Slice, void, void> {
  let { after } = whole;
  for (;;) {
    const found = await queryable.query<{ contact: string }>(
      `select contact_id::text as contact from attempts where campaign_id = $1 and contact_id > $2::bigint
       order by contact_id offset $3 limit 1`,
      [whole.campaignId, after, attemptsAtOnce - 1],
    );
    const upTo = found.rows[0]?.contact ?? whole.upTo;
    yield { ...whole, after, upTo };
    if (upTo === whole.upTo) return;
    after = upTo;
  }
}
