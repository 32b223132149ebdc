import type { CallDetailsApi } from '../../src/exotel/get-call-details.ts';
import type { Figures } from './figures.ts';
import type { Mode } from './mode.ts';

/** What becomes of callbacks: all come, none comes, or they are lost, doubled, late and out of order. */
export const callbackWays = ['on', 'off', 'mixed'] as const;
export type CallbackWay = (typeof callbackWays)[number];

/** What every run is given. */
export interface RunContext {
  figures: Figures;
  /** Aborted when the run's time is up or somebody interrupts it. */
  signal: AbortSignal;
  /** A line for whoever watches. */
  say: (line: string) => void;
  /** kill -9 the dialer in between, for runs that know this. */
  kill: boolean;
  /** Ms that each answer of the provider takes, for runs that know this. */
  latencies: readonly number[];
  /** For runs that know this. */
  modes: readonly Mode[];
  callbacks: readonly CallbackWay[];
  /** The APIs that tell of calls of mode agents where callbacks do not, for runs that know this. */
  details: readonly CallDetailsApi[];
  /** Requests a minute that the account may send, for runs that know this. */
  limit: number;
}

/** One acceptance run. */
export interface LoadRun {
  /** What it proves. */
  proves: string;
  /** After this many ms it is ended, whatever it came to. */
  limitMs: number;
  run(context: RunContext): Promise<void>;
}
