/**
 * Time in the sandbox. Calls, callbacks and agents live in scenario time, which runs `speed` times as
 * fast as the clock; whatever concerns the client's connection (rate window, slow answers) does not.
 */
export interface Pace {
  /** Monotonic ms. */
  now(): number;
  /** The wall clock. */
  wall(): Date;
  /** Scenario ms since the start. */
  elapsed(): number;
  /** Acts after so many scenario ms. */
  after(scenarioMs: number, act: () => void): void;
  /** Acts after so many ms of the clock, whatever the speed. */
  afterReal(ms: number, act: () => void): void;
  /** Cancels whatever scenario time still had in store, and does at once what waits by the clock. */
  stop(): void;
}

/** Creates the time of one sandbox. */
export function createPace({ speed }: { speed: number }): Pace {
  const pending = new Map<NodeJS.Timeout, () => void>();
  const startedAt = performance.now();
  let stopped = false;

  const schedule = (ms: number, act: () => void, atStop: () => void): void => {
    if (stopped) {
      atStop();
      return;
    }
    const timer = setTimeout(() => {
      pending.delete(timer);
      act();
    }, ms);
    pending.set(timer, atStop);
  };

  return {
    now: () => performance.now(),
    wall: () => new Date(),
    elapsed: () => (performance.now() - startedAt) * speed,
    after(scenarioMs, act) {
      schedule(scenarioMs / speed, act, () => undefined);
    },
    // An answer that waits is given at the stop: its client must not hang on a run that is over.
    afterReal(ms, act) {
      schedule(ms, act, act);
    },
    stop() {
      stopped = true;
      const left = [...pending];
      pending.clear();
      for (const [timer, atStop] of left) {
        clearTimeout(timer);
        atStop();
      }
    },
  };
}
