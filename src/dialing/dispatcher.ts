import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import { claimNext, lookForWork } from './claim.ts';
import type { ClaimOptions } from './claim.ts';
import type { OwnerContext } from './owner-context.ts';
import { place } from './place.ts';
import { mayBeCommitted } from './unheard-claims.ts';

/** A lost event costs this long, never a stall. */
const sweepMs = 1000;
const shortestSleepMs = 20;
/** Between two looks whether a late renewal has brought the lease back. */
const renewalMs = 100;

/**
 * Matches free agents with due contacts until the term ends: slot first, then claim, then send. What it sent may still
 * be unanswered when this returns (`placings`). A database that fails costs a pause, not the term: what a failed claim
 * may have left is settled beside this.
 */
export async function dispatch(context: OwnerContext): Promise<void> {
  const { database, term, wake, windowMs, log } = context;
  const { accountId, owner, epoch, signal } = term;
  const options: ClaimOptions = { database, accountId, owner, epoch, windowMs };
  while (!signal.aborted) {
    // past its lease nothing is sent: to claim on would be to settle one attempt after the other as unsent
    if (term.reasonNotToSend() !== null) {
      await wake.sleep(renewalMs, signal);
      continue;
    }
    try {
      const sleepMs = await dispatchOne(context, options);
      if (sleepMs === 'over') return;
      if (sleepMs > 0) await wake.sleep(sleepMs, signal);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'looking for whom to call failed and is tried again');
      await wake.sleep(sweepMs, signal);
    }
  }
}

/** @returns how long to sleep before the next one, in ms, or `over` when the account is not ours any more */
async function dispatchOne(context: OwnerContext, options: ClaimOptions): Promise<number | 'over'> {
  const { term, limiter, unheard, placings, log } = context;
  const work = await lookForWork(options);
  if (!work.ready) return Math.min(Math.max(work.inMs ?? sweepMs, shortestSleepMs), sweepMs);
  const slot = await limiter.slot('place', term.signal).catch(() => null);
  if (slot === null) return 'over';
  const attemptId = randomUUID();
  const result = await claimNext(options, attemptId).catch((error: unknown) => {
    slot.unused();
    if (mayBeCommitted(error)) unheard.add(attemptId);
    throw error;
  });
  if (result.kind === 'claimed') {
    const placing = place(context, result.claim, slot).finally(() => placings.delete(attemptId));
    placings.set(attemptId, placing);
    return 0;
  }
  slot.unused();
  if (result.kind === 'nothing') return sweepMs;
  log.warn({ epoch: term.epoch }, 'a claim found that the account has another owner');
  return 'over';
}
