import type { Pace } from './pace.ts';
import { mostInAnyWindow } from './rate-window.ts';
import type { PlacingFault, ReadingFault } from './scenario.ts';

export type RequestKind =
  'place' | 'call' | 'calls' | 'active' | 'recordings' | 'numbers' | 'users' | 'device' | 'other';

/** What a placing request asks for, as far as its body can be read. */
export interface PlacingClaim {
  readonly agent: string | null;
  readonly customer: string | null;
  readonly customField: string | null;
}

/** One request that arrived at the simulated API, in the order of arrival. */
export interface Arrival {
  readonly at: Date;
  /** Monotonic ms, for windows that no change of the wall clock can bend. */
  readonly monotonicMs: number;
  readonly method: string;
  readonly path: string;
  readonly kind: RequestKind;
  /** False when the rate limit or a storm refused it. */
  readonly admitted: boolean;
  /** Set for placing requests once the body has been read. */
  placing: PlacingClaim | null;
  /** SID of the call that this request placed. */
  sid: string | null;
  fault: PlacingFault | ReadingFault | null;
  /** HTTP status of the answer; null while there is none, or when the connection was cut. */
  status: number | null;
  /** Exotel's own code where the answer has one. */
  code: number | null;
  /** How long a 429 asked to wait, in ms, where its answer said so. */
  retryAfterMs: number | null;
  /** When the whole answer had been handed to the network; null when it never was. */
  answeredAt: Date | null;
}

export interface RequestSummary {
  total: number;
  admitted: number;
  throttled: number;
  /** Most arrivals, and most admissions, in any window as long as the limit's. */
  mostArrivalsInWindow: number;
  mostAdmittedInWindow: number;
  windowMs: number;
  byKind: Record<string, number>;
  /** By HTTP status, or `none` where no answer was given. */
  byStatus: Record<string, number>;
}

export interface RequestLog {
  arrive(request: Pick<Arrival, 'method' | 'path' | 'kind' | 'admitted'>, monotonicMs: number): Arrival;
  /** Counts the placing requests for a number that nothing stood against, from 1. */
  nextFor(customer: string): number;
  all(): readonly Arrival[];
  summary(windowMs: number): RequestSummary;
}

/** Creates the log of arrivals. */
export function createRequestLog({ pace }: { pace: Pace }): RequestLog {
  const arrivals: Arrival[] = [];
  const placingsFor = new Map<string, number>();
  return {
    arrive(request, monotonicMs) {
      const arrival: Arrival = {
        at: pace.wall(),
        monotonicMs,
        ...request,
        placing: null,
        sid: null,
        fault: null,
        status: null,
        code: null,
        retryAfterMs: null,
        answeredAt: null,
      };
      arrivals.push(arrival);
      return arrival;
    },
    nextFor(customer) {
      const ordinal = (placingsFor.get(customer) ?? 0) + 1;
      placingsFor.set(customer, ordinal);
      return ordinal;
    },
    all: () => arrivals,
    summary: (windowMs) => summarise(arrivals, windowMs),
  };
}

function summarise(arrivals: readonly Arrival[], windowMs: number): RequestSummary {
  const admitted = arrivals.filter((arrival) => arrival.admitted);
  const moments = (of: readonly Arrival[]): number[] => of.map((arrival) => arrival.monotonicMs);
  return {
    total: arrivals.length,
    admitted: admitted.length,
    throttled: arrivals.length - admitted.length,
    mostArrivalsInWindow: mostInAnyWindow(moments(arrivals), windowMs),
    mostAdmittedInWindow: mostInAnyWindow(moments(admitted), windowMs),
    windowMs,
    byKind: counted(arrivals.map(({ kind }) => kind)),
    byStatus: counted(arrivals.map(({ status }) => String(status ?? 'none'))),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}
