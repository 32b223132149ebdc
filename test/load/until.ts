import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** for the sentence when time is up */
  what: string;
  timeoutMs: number;
  signal: AbortSignal;
  intervalMs?: number;
}

/** Waits until `condition` gives something truthy and returns it. Rejects when time is up or the run is over. */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { what, timeoutMs, signal, intervalMs = 100 }: UntilOptions,
): Promise<NonNullable<Awaited<Value>>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${timeoutMs / 1000} s`);
    await delay(intervalMs, undefined, { signal });
  }
}
