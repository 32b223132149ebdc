/** Something that was done to the dialer, its database or its provider. All moments are ms of the wall clock. */
export interface Disturbance {
  readonly what: string;
  /** the process, `database`, `provider`, or `all` processes */
  readonly whom: string;
  readonly from: number;
  /** null while it goes on */
  to: number | null;
}

/** What was done when: the proofs and the timelines read it. */
export interface Journal {
  readonly all: readonly Disturbance[];
  /** Something that lasts; the function ends it. */
  begin(what: string, whom: string): () => void;
  /** Something that is over at once. */
  note(what: string, whom: string): void;
}

export function createJournal(): Journal {
  const all: Disturbance[] = [];
  return {
    all,
    begin(what, whom) {
      const disturbance: Disturbance = { what, whom, from: Date.now(), to: null };
      all.push(disturbance);
      return () => {
        disturbance.to ??= Date.now();
      };
    },
    note(what, whom) {
      const now = Date.now();
      all.push({ what, whom, from: now, to: now });
    },
  };
}

/** How long of the span from `from` to `to` none of the intervals covers, in ms. */
export function uncovered(
  intervals: readonly Pick<Disturbance, 'from' | 'to'>[],
  from: number,
  to: number,
): number {
  let left = 0;
  let reached = from;
  for (const interval of intervals.toSorted((a, b) => a.from - b.from)) {
    const begins = Math.min(interval.from, to);
    if (begins > reached) left += begins - reached;
    reached = Math.max(reached, interval.to ?? Infinity);
  }
  return left + Math.max(0, to - reached);
}
