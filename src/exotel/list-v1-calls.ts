import { z } from 'zod';
import type { CallDetails } from './call-details.ts';
import { asFields, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { failed } from './read.ts';
import type { ReadFailure } from './read.ts';
import { readV1 } from './read-v1.ts';
import { toNaiveTime } from './times.ts';
import type { Transport } from './transport.ts';
import { callRecordsIn } from './v1-body.ts';
import { parseV1Call } from './v1-call.ts';

/** Most SIDs that one request may name, and most calls that one answer brings. */
export const v1CallsPerPage = 100;

/**
 * Calls by SID (1 to 100), or by number and the time they were made. Exotel lists no call that still runs, looks back
 * 31 days for SIDs, and takes windows of at most a month within the last six.
 */
export type CallListQuery = (
  | { sids: readonly string[] }
  | {
      /** Whom the call rang first, in E.164. */
      from?: string;
      /** Whom it rang second, in E.164. */
      to?: string;
      /** The ExoPhone it was made with. */
      phoneNumber?: string;
      createdFrom: Date;
      createdTo: Date;
    }
) & {
  /** `next` of the page before; the rest of the query must be the same. */
  cursor?: string | null;
};

export type CallListAnswer =
  | {
      kind: 'calls';
      calls: CallDetails[];
      /** What the next page is asked by; null after the last one. */
      next: string | null;
    }
  | ReadFailure;

/** One page of the calls of an account from Voice v1's list; never throws. */
export async function listV1Calls(
  transport: Transport,
  { accountSid, timeZone, ...query }: CallListQuery & { accountSid: string; timeZone: string },
): Promise<CallListAnswer> {
  if ('sids' in query && (query.sids.length === 0 || query.sids.length > v1CallsPerPage)) {
    const why = `calls are listed by 1 to ${v1CallsPerPage} SIDs, not by ${query.sids.length}`;
    return { kind: 'unsent', why, fenced: false };
  }
  const parameters = [...filters(query, timeZone), ['PageSize', String(v1CallsPerPage)]];
  const cursor = query.cursor ?? null;
  if (cursor !== null) parameters.push(['After', cursor]);
  // Not URLSearchParams: it writes a space as "+", and several servers drop a ";" that is not encoded.
  const search = parameters.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  const result = await readV1(
    transport,
    `/v1/Accounts/${encodeURIComponent(accountSid)}/Calls.json?${search}`,
  );
  if (result.kind !== 'read') return result;
  if (!isCallList(result.answer)) return failed('the answer is not a list of calls', null);
  const calls = callRecordsIn(result.answer).map((record) => parseV1Call(record, timeZone));
  const next = nextCursor(result.answer);
  return {
    kind: 'calls',
    calls: calls.filter((call) => call !== null),
    // A page that names itself as the next one would be read for ever.
    next: next === cursor ? null : next,
  };
}

function filters(query: CallListQuery, timeZone: string): string[][] {
  if ('sids' in query) return [['Sid', query.sids.join(',')]];
  const { from, to, phoneNumber, createdFrom, createdTo } = query;
  const first = toNaiveTime(createdFrom, timeZone);
  const last = toNaiveTime(createdTo, timeZone);
  return [
    ...(from === undefined ? [] : [['From', from]]),
    ...(to === undefined ? [] : [['To', to]]),
    ...(phoneNumber === undefined ? [] : [['PhoneNumber', phoneNumber]]),
    ['DateCreated', `gte:${first};lte:${last}`],
  ];
}

function isCallList(answer: Fields): boolean {
  return 'Calls' in answer || 'Call' in answer || 'Metadata' in answer;
}

const pageShape = z.looseObject({ NextPageUri: textField });

/** The cursor in `NextPageUri`, which stands in the metadata or beside it; it is never followed as an address. */
function nextCursor(answer: Fields): string | null {
  const inMetadata = pageShape.parse(asFields(answer['Metadata']) ?? {}).NextPageUri;
  const uri = inMetadata ?? pageShape.parse(answer).NextPageUri;
  const encoded = /[?&]After=([^&#]*)/i.exec(uri ?? '')?.[1] ?? '';
  return encoded === '' ? null : decoded(encoded);
}

/** A "+" stays one: cursors may be base64, and none holds a space. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
