import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/pool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FairShare } from './fair-share.ts';
import { giveBackLease, renewLease, takeLease } from './lease-store.ts';

/** One term of ownership: from a takeover until the lease is lost or given back. */
export interface Term {
  accountId: number;
  owner: string;
  epoch: number;
  /** how long each request of the last window still counts, in ms from the takeover */
  busyFor: number[];
  /** for how long from the takeover Exotel wants no request, in ms */
  closedForMs: number;
  /** Aborted when the term ends, for whatever reason. */
  signal: AbortSignal;
  /** Aborted when the lease has run out or is another's, and once the account is given back. */
  lost: AbortSignal;
  /** Why nothing may be written to a socket right now, or null when it may. Asked right before every write. */
  reasonNotToSend(): string | null;
}

export interface OwnershipOptions {
  database: Database;
  accountId: number;
  /** names this process uniquely */
  owner: string;
  leaseMs: number;
  windowMs: number;
  share: FairShare;
  clock: Clock;
  log: Log;
}

/** Left unused at the end of a lease: a write begun just before it must reach the wire before it is over. */
const unusedMs = 500;

/**
 * Waits for ownership of an account, runs `work` while it lasts, and waits again, until `stop` is aborted.
 *
 * The lease's end is known here by two clocks, both read before the statement that set it: the monotonic one
 * stands still while a machine sleeps, the wall clock may be set back, so the earlier of the two counts.
 */
export async function holdOwnership(
  options: OwnershipOptions,
  work: (term: Term) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const { log } = options;
  while (!stop.aborted) {
    try {
      await oneTerm(options, work, stop);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'ownership could not be kept');
    }
    await delay(Math.min(500, options.leaseMs / 4), undefined, { signal: stop }).catch(() => undefined);
  }
}

async function oneTerm(
  options: OwnershipOptions,
  work: (term: Term) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const { database, accountId, owner, leaseMs, windowMs, share, clock, log } = options;
  let ends = leaseEnd(clock, leaseMs);
  // a lease that ran out is followed at once by whoever sees it; the accounts are spread evenly afterwards
  const orphanOnly = !share.mayTake();
  const takeover = await takeLease(database, accountId, owner, leaseMs, windowMs, { orphanOnly });
  if (takeover === null) return;
  const { epoch, busyFor, closedForMs } = takeover;
  const ending = new AbortController();
  const handingOver = new AbortController();
  const signal = AbortSignal.any([ending.signal, handingOver.signal, stop]);
  share.took(accountId, () => handingOver.abort());
  log.info({ epoch, busy: busyFor.length }, 'owns the account');

  const term: Term = {
    accountId,
    owner,
    epoch,
    busyFor,
    closedForMs,
    signal,
    lost: ending.signal,
    reasonNotToSend() {
      if (ending.signal.aborted) return 'ownership was lost';
      return clock.monotonic() >= ends.monotonic || clock.now() >= ends.wall ? 'the lease is over' : null;
    },
  };
  const renewing = renewWhileOwned();
  try {
    await work(term);
  } finally {
    share.lost(accountId);
    ending.abort();
    await renewing;
    await giveBackLease(database, accountId, owner, epoch).catch((error: unknown) => {
      log.warn({ epoch, reason: messageOf(error) }, 'the lease was not given back and must run out');
    });
    log.info({ epoch }, 'no longer owns the account');
  }

  async function renew(): Promise<boolean | null> {
    try {
      return await renewLease(database, accountId, owner, epoch, leaseMs);
    } catch (error) {
      log.warn({ epoch, reason: messageOf(error) }, 'the lease was not renewed');
      return null;
    }
  }

  async function renewWhileOwned(): Promise<void> {
    while (!ending.signal.aborted) {
      await delay(leaseMs / 5, undefined, { signal: ending.signal }).catch(() => undefined);
      if (ending.signal.aborted) return;
      const next = leaseEnd(clock, leaseMs);
      // past its own end a renewal is worth nothing: a network that swallows it must not keep this term from ending
      const answered = new AbortController();
      const left = Math.max(Math.min(next.monotonic - clock.monotonic(), next.wall - clock.now()), 0);
      const over = delay(left, null, { signal: answered.signal }).catch(() => null);
      const renewed = await Promise.race([renew(), over]);
      answered.abort();
      if (renewed === true) ends = next;
      if (renewed === false || term.reasonNotToSend() !== null) {
        log.warn({ epoch }, renewed === false ? 'another owner took the account' : 'the lease ran out');
        ending.abort();
      }
    }
  }
}

function leaseEnd(clock: Clock, leaseMs: number): { monotonic: number; wall: number } {
  const usable = leaseMs - Math.min(unusedMs, leaseMs / 10);
  return { monotonic: clock.monotonic() + usable, wall: clock.now() + usable };
}
