export interface BenchOptions {
  rows: number;
  /** how often each contestant runs, in turns; the median counts */
  rounds: number;
  /** claims before those that are measured */
  claims: number;
  /** Tells where the run is. */
  say: (line: string) => void;
}
