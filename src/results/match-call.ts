import type { CallDetails } from '../exotel/call-details.ts';
import { isSameNumber } from '../exotel/same-number.ts';
import type { DueSearch } from './search-store.ts';

const minute = 60_000;
/** The two clocks may differ, and a request may have been a while on its way. */
const beforeMs = 2 * minute;
const afterMs = 3 * minute;

/** When the call of an attempt must have been made. */
export function searchWindow({ sent_at: sentAt }: Pick<DueSearch, 'sent_at'>): {
  createdFrom: Date;
  createdTo: Date;
} {
  return {
    createdFrom: new Date(sentAt.getTime() - beforeMs),
    createdTo: new Date(sentAt.getTime() + afterMs),
  };
}

/**
 * The call of an attempt among those found, none of which is another attempt's: the one that names it, else the only
 * one of its numbers and its time. Null when none or several could be it.
 */
export function callOfAttempt(search: DueSearch, calls: readonly CallDetails[]): CallDetails | null {
  const named = calls.find((call) => call.customField === search.id);
  if (named !== undefined) return named;
  const possible = calls.filter((call) => couldBe(search, call));
  const [only] = possible;
  return only !== undefined && possible.length === 1 ? only : null;
}

function couldBe(search: DueSearch, call: CallDetails): boolean {
  const { createdFrom, createdTo } = searchWindow(search);
  const { customField, startedAt, from, to } = call;
  if (customField !== null || !isPlacedByApi(call)) return false;
  if (startedAt !== null && (startedAt < createdFrom || startedAt > createdTo)) return false;
  if (!isSameNumber(from, search.from)) return false;
  if (search.to !== null) return isSameNumber(to, search.to);
  // v1 gives no second number of a call to a flow, or the ExoPhone
  return to === null || isSameNumber(to, search.caller_id);
}

/** A customer who calls in stands in the list as a call to a flow does, but for its direction. */
function isPlacedByApi({ raw }: CallDetails): boolean {
  const direction = raw['Direction'];
  return typeof direction !== 'string' || direction === 'outbound-api';
}
