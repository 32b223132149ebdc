import { setTimeout as delay } from 'node:timers/promises';
import { lastingRefusal } from '../db/refusals.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

const longestWaitMs = 5000;

/**
 * Repeats a write of something that already happened until the database takes it: a fact that cannot be stored now
 * is still a fact, and doing the deed again is what must never happen.
 * @throws what would be refused for ever: no repetition makes the database take that
 */
export async function persistently<Result>(
  log: Log,
  what: string,
  write: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (lastingRefusal(error) !== null) throw error;
      log.warn({ what, tries, reason: messageOf(error) }, 'a fact could not be stored yet');
      await delay(Math.min(100 * 2 ** Math.min(tries, 10), longestWaitMs) * (0.5 + Math.random() / 2));
    }
  }
}
