import { randomUUID } from 'node:crypto';
import { claimNext, lookForWork } from './claim.ts';
import type { ClaimOptions } from './claim.ts';
import type { OwnerContext } from './owner-context.ts';
import { place } from './place.ts';

/** A lost event costs this long, never a stall. */
const sweepMs = 1000;
const shortestSleepMs = 20;

/**
 * Matches free agents with due contacts until the term ends: slot first, then claim, then send.
 * Returns once every request it sent is answered and stored.
 */
export async function dispatch(context: OwnerContext): Promise<void> {
  const { database, term, limiter, wake, windowMs, log } = context;
  const { accountId, owner, epoch, signal } = term;
  const options: ClaimOptions = { database, accountId, owner, epoch, windowMs };
  const underWay = new Set<Promise<void>>();
  try {
    while (!signal.aborted) {
      const work = await lookForWork(options);
      if (!work.ready) {
        await wake.sleep(Math.min(Math.max(work.inMs ?? sweepMs, shortestSleepMs), sweepMs), signal);
        continue;
      }
      const slot = await limiter.slot('place', signal).catch(() => null);
      if (slot === null) return;
      const attemptId = randomUUID();
      const result = await claimNext(options, attemptId).catch((error: unknown) => {
        slot.unused();
        context.neverSent.add(attemptId);
        throw error;
      });
      if (result.kind === 'claimed') {
        const placing = place(context, result.claim, slot).finally(() => underWay.delete(placing));
        underWay.add(placing);
        continue;
      }
      slot.unused();
      if (result.kind === 'not_owner') {
        log.warn({ epoch }, 'a claim found that the account has another owner');
        return;
      }
      await wake.sleep(sweepMs, signal);
    }
  } finally {
    await Promise.all(underWay);
  }
}
