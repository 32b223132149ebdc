import type { Life } from './fleet.ts';
import { uncovered } from './journal.ts';
import type { Disturbance } from './journal.ts';
import type { AttemptRecord, Records } from './records.ts';
import type { Stage } from './stage.ts';

/** What became of the provider's word about an attempt. */
export type Word =
  /** a clear answer reached a process that lived on, or a callback was answered with 2xx */
  | 'delivered'
  /** no request of the attempt ever arrived: the process was killed between its commit and its request */
  | 'killed_before_request'
  /**
   * No request was sent: the database took the commit, its word of that was lost on the way, and the process ended before
   * it can be shown to have had the time to say so. One that lives on settles such an attempt as unsent.
   */
  | 'commit_unheard'
  /** the answer was cut, or said nothing of a call */
  | 'answer_said_nothing'
  /** the process was killed before the answer had left the provider */
  | 'killed_before_answer'
  /**
   * The answer was handed to the network, and the process was killed before it can be shown to have had the time, the
   * processor and the database to store it. This is where the provider's log ends: it cannot tell what was read.
   */
  | 'killed_with_answer'
  /** nobody was killed and nothing went astray: the dialer has no excuse */
  | 'no_excuse';

/** Time to live on, awake and with the database at hand, after which an answer counts as stored. */
const storedWithinMs = 1000;
/** The same where the database had been away: the dialer waits up to 5 s between two tries, and then connects. */
const storedAfterTroubleMs = 8000;

/** How long a claim takes at the most, from reading the clock to its commit, over slow connections. */
const claimMs = 2000;
/** The longest time that a slow provider takes to answer. */
const longestAnswerMs = 40_000;

const clearFaults = new Set([null, 'slow', 'throttled']);

/** Says for each attempt whether anything of it was delivered, by the provider's log and the journal of kills. */
export function createJudge(
  records: Records,
  {
    fleet: { lives },
    journal,
    clock,
  }: {
    fleet: Pick<Stage['fleet'], 'lives'>;
    journal: Pick<Stage['journal'], 'all'>;
    clock: Pick<Stage['clock'], 'wallOf'>;
  },
) {
  const byEpoch = new Map(lives.flatMap((life) => life.epochs.map((epoch) => [epoch, life] as const)));

  return {
    /** The process that decided on the attempt. */
    lifeOf: ({ epoch }: AttemptRecord): Life | undefined => byEpoch.get(epoch),
    wordOn(attempt: AttemptRecord): Word {
      if (records.callbacksOf(attempt.id).some(({ delivered }) => delivered)) return 'delivered';
      const life = byEpoch.get(attempt.epoch);
      const killedAt = life?.killedAt ?? Infinity;
      const troubles = troublesOf(life?.name ?? '');
      const [placing] = records.placingsOf(attempt.id);
      if (placing === undefined) {
        const claimedAt = clock.wallOf(attempt.claimed_at);
        if (!hadTime(troubles, claimedAt, killedAt)) return 'killed_before_request';
        const wentUnheard = troubles.some((trouble) => isNear(trouble, claimedAt));
        const livedOn = hadTime(troubles, claimedAt, life?.endedAt ?? Infinity);
        return wentUnheard && !livedOn ? 'commit_unheard' : 'no_excuse';
      }
      if (!clearFaults.has(placing.fault)) return 'answer_said_nothing';
      if (placing.answeredAt === null)
        return killedAt - Date.parse(placing.at) < longestAnswerMs ? 'killed_before_answer' : 'no_excuse';
      return hadTime(troubles, Date.parse(placing.answeredAt), killedAt) ? 'delivered' : 'killed_with_answer';
    },
  };

  /** What kept a process from using its processor or its database. */
  function troublesOf(name: string): Disturbance[] {
    return journal.all.filter(
      ({ what, whom }) =>
        (whom === name && (what === 'frozen' || what.startsWith('database'))) || whom === 'database',
    );
  }
}

/** Whether a process that was killed at `killedAt` could do at `from` what takes it some ms and a statement or two. */
function hadTime(troubles: readonly Disturbance[], from: number, killedAt: number): boolean {
  const troubled = troubles.some(
    (trouble) => trouble.from <= killedAt && (trouble.to ?? Infinity) >= from - storedAfterTroubleMs,
  );
  return uncovered(troubles, from, killedAt) >= (troubled ? storedAfterTroubleMs : storedWithinMs);
}

function isNear(trouble: Disturbance, moment: number): boolean {
  return trouble.from <= moment + claimMs && (trouble.to ?? Infinity) >= moment - claimMs;
}

export type Judge = ReturnType<typeof createJudge>;
