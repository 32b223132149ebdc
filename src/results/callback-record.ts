/** What callbacks have told of an account's latest calls. */
export interface CallbackRecord {
  /** whether any has come of late */
  come: boolean;
  /** the latest calls of which is known how their end, or that their agent answered, was heard of */
  calls: number;
  /** those of them that are over: of the others only those are known that a callback told, or a look */
  ended: number;
  /** those of which no callback told, or only late */
  missed: number;
}

/**
 * How far callbacks can be relied on to tell of ends: `none`: none has come yet; `tried`: some come, and too few calls
 * are known to say more; `trusted`: they come; `poor`: so many do not, or not in time, that looks tell sooner.
 */
export type CallbackStanding = 'none' | 'tried' | 'trusted' | 'poor';

/** Missed by so many, and by so large a part, ends are known too late for the nine tenths that should be known soon. */
const fewestMissed = 3;
const largestPartMissed = 0.1;
const callsThatShow = 20;

export const nothingHeard: CallbackRecord = { come: false, calls: 0, ended: 0, missed: 0 };

export function standingOf({ come, calls, ended, missed }: CallbackRecord): CallbackStanding {
  if (!come) return 'none';
  if (missed >= fewestMissed && missed >= largestPartMissed * calls) return 'poor';
  return ended >= callsThatShow ? 'trusted' : 'tried';
}
