import { z } from 'zod';
import { momentV1 } from './call-v1.ts';
import { toE164 } from './phone.ts';
import { refusal, type Refusal } from './refusals.ts';

/** A sound question to v1's list of calls. */
export interface ListQueryV1 {
  readonly sids: readonly string[] | null;
  /** Numbers in E.164. */
  readonly from: readonly string[] | null;
  readonly to: readonly string[] | null;
  readonly exoPhones: readonly string[] | null;
  readonly statuses: readonly string[] | null;
  readonly directions: readonly string[] | null;
  /** Both ends belong to it; whole seconds. */
  readonly createdFrom: Date;
  readonly createdTo: Date;
  readonly pageSize: number;
  readonly descending: boolean;
  readonly cursor: Cursor | null;
  readonly details: boolean;
}

/** A place in the list: what lies before or after the call with this ordinal. */
export interface Cursor {
  readonly side: 'Before' | 'After';
  readonly ordinal: number;
}

const dayMs = 24 * 60 * 60 * 1000;
const monthMs = 31 * dayMs;
const halfYearMs = 184 * dayMs;

const list = (most: number) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().min(1)).max(most))
    .optional();
const phones = list(5).transform((given) => given?.map((text) => toE164(text) ?? text));

const querySchema = z.object({
  Sid: list(100),
  From: phones,
  To: phones,
  PhoneNumber: phones,
  Status: list(10),
  Direction: list(3),
  DateCreated: z.string().optional(),
  PageSize: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(100)).default(50),
  SortBy: z.enum(['DateCreated', 'DateCreated:asc', 'DateCreated:desc']).default('DateCreated:desc'),
  Before: z.string().optional(),
  After: z.string().optional(),
  details: z.string().optional(),
});

/** Reads the query of v1's list of calls, or says why Exotel would refuse it. */
export function readListQueryV1(query: unknown, now: Date): ListQueryV1 | Refusal {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) return invalid(String(parsed.error.issues[0]?.path[0] ?? 'query'));
  const given = parsed.data;
  const created = createdWithin(given.DateCreated, now);
  if (created === null) return invalid('DateCreated');
  const cursor = given.After === undefined ? given.Before : given.After;
  const place = cursor === undefined ? null : readCursor(cursor);
  if (cursor !== undefined && place === null) return invalid(given.After === undefined ? 'Before' : 'After');
  return {
    sids: given.Sid ?? null,
    from: given.From ?? null,
    to: given.To ?? null,
    exoPhones: given.PhoneNumber ?? null,
    statuses: given.Status ?? null,
    directions: given.Direction ?? null,
    ...created,
    pageSize: given.PageSize,
    descending: given.SortBy !== 'DateCreated:asc',
    cursor: place,
    details: given.details === 'true',
  };
}

/** `gte:2019-01-01 00:00:00;lte:2019-01-31 23:59:59`: a month at most, of the last half year. */
function createdWithin(
  text: string | undefined,
  now: Date,
): Pick<ListQueryV1, 'createdFrom' | 'createdTo'> | null {
  if (text === undefined) return { createdFrom: new Date(now.getTime() - monthMs), createdTo: now };
  const bounds = new Map<string, Date>();
  for (const bound of text.split(';')) {
    const [, side, moment] = /^(gte|lte):(.+)$/.exec(bound.trim()) ?? [];
    const date = moment === undefined ? null : momentV1(moment);
    if (side === undefined || date === null || bounds.has(side)) return null;
    bounds.set(side, date);
  }
  const createdTo = bounds.get('lte') ?? now;
  const createdFrom = bounds.get('gte') ?? new Date(createdTo.getTime() - monthMs);
  const length = createdTo.getTime() - createdFrom.getTime();
  const tooOld = now.getTime() - createdFrom.getTime() > halfYearMs;
  return length < 0 || length > monthMs || tooOld ? null : { createdFrom, createdTo };
}

/** A cursor means nothing to whoever is given it. */
export function writeCursor({ side, ordinal }: Cursor): string {
  return Buffer.from(`${side}/${ordinal}`).toString('base64url');
}

function readCursor(text: string): Cursor | null {
  const [, side, ordinal] = /^(Before|After)\/(\d+)$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return side === 'Before' || side === 'After' ? { side, ordinal: Number(ordinal) } : null;
}

function invalid(name: string): Refusal {
  return refusal('invalid_parameter', `The '${name}' parameter is invalid.`);
}
