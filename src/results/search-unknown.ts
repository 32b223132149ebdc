import { markOver, markPlaced, lockAttempt, wakeOwner } from '../dialing/attempt-store.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { persistently } from '../dialing/persistently.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import type { CallDetails } from '../exotel/call-details.ts';
import { failedGapAfter, stopOnAccountError } from './look-at-call.ts';
import { countSearch, dueSearches, searchAgainAfter, sidsOfAttempts } from './search-store.ts';
import type { DueSearch } from './search-store.ts';
import { callOfAttempt, searchWindow } from './match-call.ts';

const mostAtOnce = 5;

/**
 * Searches v1's list of calls for the calls of unknown attempts, a few times each. A match gives the attempt its SID,
 * and a look settles it; finding nothing proves nothing, since the list has no call that is still under way.
 */
export async function searchUnknown(context: OwnerContext): Promise<void> {
  const { database, term } = context;
  for (const search of await dueSearches(database, term.accountId, mostAtOnce)) {
    if (term.signal.aborted) return;
    await searchFor(context, search);
  }
}

async function searchFor(context: OwnerContext, search: DueSearch): Promise<void> {
  const { client, database, log } = context;
  const { from, to } = search;
  const query = { from, ...(to === null ? {} : { to }), ...searchWindow(search) };
  const answer = await readFromExotel(context, 'look', { kind: 'calls', attemptId: search.id }, () =>
    client.listV1Calls(query),
  );
  if (answer === null) return;
  if (answer.kind !== 'calls') {
    await stopOnAccountError(context, answer);
    await persistently(log, 'a search', () => searchAgainAfter(database, search.id, failedGapAfter(4)));
    return;
  }
  await persistently(log, 'what a search told', () => takeIn(context, search, answer.calls));
}

async function takeIn(
  { database, term, log, lookWake }: OwnerContext,
  search: DueSearch,
  calls: readonly CallDetails[],
): Promise<void> {
  const sids = calls.map((call) => call.callSid);
  const others = await sidsOfAttempts(database, term.accountId, sids);
  const call = callOfAttempt(
    search,
    calls.filter(({ callSid }) => !others.has(callSid)),
  );
  await countSearch(database, search.id);
  if (call === null) return;
  await database.transaction(async (transaction) => {
    const attempt = await lockAttempt(transaction, search.id);
    if (attempt === null || attempt.call_sid !== null) return;
    if (attempt.state !== 'unknown' && attempt.outcome !== 'unknown') return;
    await markPlaced(transaction, search.id, call.callSid, search.claimed_at, attempt.now);
    await markOver(transaction, search.id);
    await wakeOwner(transaction, attempt.account_id);
  });
  log.info({ attempt: search.id }, 'a search found the call of an unknown attempt');
  lookWake.now();
}
