import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `condition` gives something truthy and returns it. A condition that throws counts as not yet;
 * what it threw last is the cause when time is up.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  { timeout = 20_000, interval = 20, what = 'the condition' } = {},
): Promise<NonNullable<Awaited<Value>>> {
  const deadline = performance.now() + timeout;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`${what} did not come true in ${timeout} ms`, { cause: last });
    await delay(interval);
  }
}
