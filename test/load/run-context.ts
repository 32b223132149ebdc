import type { Figures } from './figures.ts';

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
}

/** One acceptance run. */
export interface LoadRun {
  /** What it proves. */
  proves: string;
  /** After this many ms it is ended, whatever it came to. */
  limitMs: number;
  run(context: RunContext): Promise<void>;
}
