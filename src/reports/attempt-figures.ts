import type { Database, Queryable } from '../db/pool.ts';
import { callFigures, callTallies } from './call-figures.ts';
import type { CallFigures } from './call-figures.ts';
import { refusalCounts, refusalsByCode } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { requestCounts, sumRequests } from './request-counts.ts';
import type { RequestCounts } from './request-counts.ts';
import { ofSlice, sliceParameters, slicesOf } from './slices.ts';
import type { Slice } from './slices.ts';
import { attemptCounts, sumAttempts } from './summary.ts';
import type { CampaignSummary } from './summary.ts';

/** All that a report tells of the attempts of a campaign. */
export interface AttemptFigures {
  attempts: CampaignSummary['attempts'];
  calls: CallFigures;
  refusals: Refusal[];
  requests: RequestCounts;
  /** contacts that were connected once, whatever the period */
  connectedContacts: number;
}

/** What takes a quarter of a second to read when the machine has nothing else to do. */
const usualSlice = 50_000;

/**
 * Reads the figures of a campaign's attempts slice by slice. Each slice is read at one moment, and every figure is a sum
 * of the same slices: they agree with each other, and no snapshot is held longer than a slice takes.
 */
export async function attemptFigures(
  database: Database,
  whole: Slice,
  timezone: string,
  attemptsAtOnce = usualSlice,
): Promise<AttemptFigures> {
  const read: Awaited<ReturnType<typeof readSlice>>[] = [];
  for await (const slice of slicesOf(database, whole, attemptsAtOnce)) {
    read.push(
      await database.transaction((transaction) => readSlice(transaction, slice, timezone), {
        isolation: 'repeatable read',
      }),
    );
  }
  return {
    attempts: sumAttempts(read.flatMap(({ attempts }) => attempts)),
    calls: await callFigures(
      database,
      read.map(({ calls }) => calls),
    ),
    refusals: refusalsByCode(read.flatMap(({ refusals }) => refusals)),
    requests: sumRequests(read.map(({ requests }) => requests)),
    connectedContacts: read.reduce((sum, { connected }) => sum + connected, 0),
  };
}

async function readSlice(transaction: Queryable, slice: Slice, timezone: string) {
  return {
    attempts: await attemptCounts(transaction, slice),
    calls: await callTallies(transaction, slice, timezone),
    refusals: await refusalCounts(transaction, slice),
    requests: await requestCounts(transaction, slice),
    connected: await connectedContacts(transaction, slice),
  };
}

async function connectedContacts(queryable: Queryable, slice: Slice): Promise<number> {
  const found = await queryable.query<{ contacts: number }>(
    `select count(distinct t.contact_id) as contacts from attempts t where ${ofSlice('t')} and t.outcome = 'connected'`,
    sliceParameters(slice),
  );
  return found.rows[0]?.contacts ?? 0;
}
