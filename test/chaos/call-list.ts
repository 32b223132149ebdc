import type { DialerClock } from './dialer-clock.ts';
import type { AttemptRecord, Records } from './records.ts';

/** What v1's list of ended calls could have told of the call of an unknown attempt. */
export type ListWord =
  /** a search that was due before the attempt's deadline could have found it, and no other call could be it */
  | 'findable'
  /** it was not in the list yet when the attempt was searched for the last time */
  | 'listed_too_late'
  /** another call of the same numbers and time, of another unclear attempt, could have been it as well */
  | 'one_of_several';

/** The last search comes so long before the deadline. */
const lastSearchMs = 60_000;
/** A call of the attempt's numbers counts as its own when it was placed in this time around its request. */
const beforeMs = 2 * 60_000;
const afterMs = 3 * 60_000;

/** Says of each unknown attempt that made a call whether the list could have told; null where there was no call. */
export function createListJudge(
  records: Records,
  { speed, v1 }: { speed: number; v1: { detailsAfter: number; customField: string } },
  clock: Pick<DialerClock, 'wallOf'>,
) {
  const attempts = new Map(records.attempts.map((attempt) => [attempt.id, attempt]));

  return (attempt: AttemptRecord): ListWord | null => {
    const call = records.callOf(attempt.id);
    if (call === undefined) return null;
    const listedAt =
      call.settledAt === null ? Infinity : Date.parse(call.settledAt) + v1.detailsAfter / speed;
    const lastSearchAt = clock.wallOf(new Date(attempt.deadline_at.getTime() - lastSearchMs));
    if (listedAt >= lastSearchAt) return 'listed_too_late';
    if (v1.customField === 'shown') return 'findable';
    const sentAt = Date.parse(call.placedAt);
    const others = records.truth.calls.filter((other) => {
      const of = attempts.get(other.customField ?? '');
      const placedAt = Date.parse(other.placedAt);
      return (
        other.sid !== call.sid &&
        other.to === call.to &&
        other.from === call.from &&
        placedAt > sentAt - beforeMs &&
        placedAt < sentAt + afterMs &&
        (of === undefined || of.call_sid === null || of.searched)
      );
    });
    return others.length === 0 ? 'findable' : 'one_of_several';
  };
}

export type ListJudge = ReturnType<typeof createListJudge>;
