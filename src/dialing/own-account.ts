import { readDevices } from '../agents/read-devices.ts';
import { watchDevices } from '../agents/watch-devices.ts';
import { campaignsToStart, completeDone, expireEnded, startCampaigns } from '../campaigns/sweep.ts';
import type { Clock } from '../clock.ts';
import type { AccountConfig } from '../config.ts';
import { scrubNumbers } from '../contacts/scrub-numbers.ts';
import type { Database } from '../db/pool.ts';
import { doErrands } from '../errands/do-errands.ts';
import { messageOf } from '../errors.ts';
import { createExotelClient } from '../exotel/client.ts';
import type { Log } from '../log.ts';
import { collect } from '../results/collector.ts';
import { callbacksMissing } from '../results/look-store.ts';
import { createPollSchedule } from '../results/poll-schedule.ts';
import { dispatch } from './dispatcher.ts';
import type { FairShare } from './fair-share.ts';
import { createLimiter } from './limiter.ts';
import type { OwnerContext } from './owner-context.ts';
import { holdOwnership } from './ownership.ts';
import type { Term } from './ownership.ts';
import { createRewindGuard } from './rewind-guard.ts';
import { adoptAttempts, closeAtDeadline, releaseAgentsOfUnknown, settleNeverSent } from './reconcile.ts';
import { createThrottle } from './throttle.ts';
import { createWake } from './wake.ts';
import type { Wake } from './wake.ts';

export interface AccountOptions {
  database: Database;
  account: AccountConfig;
  accountId: number;
  owner: string;
  windowMs: number;
  leaseMs: number;
  share: FairShare;
  /** where Exotel reports an attempt's events, or null without callbacks */
  callbackUrl: ((attemptId: string) => string) | null;
  wake: Wake;
  clock: Clock;
  log: Log;
  /** what is done while the account is owned; without it all that dialling takes */
  loops?: (context: OwnerContext) => Promise<void>[];
}

const sweepMs = 1000;

/** Speaks to Exotel for one account whenever this process owns it, until `stop` is aborted. */
export async function ownAccount(options: AccountOptions, stop: AbortSignal): Promise<void> {
  const neverSent = new Set<string>();
  await holdOwnership({ ...options }, (term) => oneTerm(options, term, neverSent), stop);
}

async function oneTerm(options: AccountOptions, term: Term, neverSent: Set<string>): Promise<void> {
  const { database, account, windowMs, clock, log, callbackUrl } = options;
  const limiter = createLimiter({
    limit: account.requestsPerMinute,
    windowMs,
    busyFor: term.busyFor,
    clock,
    onReplaced: () => log.warn('the limiter had stalled and was replaced'),
  });
  const client = createExotelClient({
    ccmUrl: account.ccmUrl,
    v1Url: account.v1Url,
    timeZone: account.timeZone,
    accountSid: account.sid,
    credentials: account.credentials,
    callDetails: account.callDetails,
    fence: () => term.reasonNotToSend(),
    clock,
    log,
  });
  const context: OwnerContext = {
    database,
    term,
    client,
    callDetails: account.callDetails,
    limiter,
    throttle: createThrottle(limiter, clock),
    neverSent,
    schedule: createPollSchedule(callbackUrl !== null),
    callbackUrl: (attemptId) => callbackUrl?.(attemptId) ?? null,
    wake: options.wake,
    lookWake: createWake(),
    clock,
    log,
    windowMs,
  };
  try {
    await settleNeverSent(database, neverSent);
    const adopted = await adoptAttempts(database, term.accountId, term.epoch);
    if (adopted > 0) log.info({ attempts: adopted }, 'took up attempts whose answer never came');
    const loops = new AbortController();
    const during: OwnerContext = {
      ...context,
      term: { ...term, signal: AbortSignal.any([term.signal, loops.signal]) },
    };
    const running = options.loops?.(during) ?? [
      sweep(during, callbackUrl !== null),
      dispatch(during),
      collect(during),
      watchDevices(during),
      doErrands(during),
      scrubNumbers(during),
    ];
    try {
      // a loop that ends, by an error or because the account is another's, ends the term
      await Promise.race(running);
    } finally {
      loops.abort();
      await Promise.allSettled(running);
    }
  } finally {
    limiter.stop();
    await client.close();
  }
}

/** What the tables say must happen by now. Each second, whatever else wakes whom. */
async function sweep(context: OwnerContext, callbacks: boolean): Promise<void> {
  const { database, term, wake, schedule, log } = context;
  const { accountId, signal } = term;
  const pause = createWake();
  const guard = createRewindGuard({ database, accountId, clock: context.clock });
  while (!signal.aborted) {
    try {
      await guard.check();
      await startDue(context);
      await expireEnded(database, accountId);
      await releaseAgentsOfUnknown(database, accountId);
      await closeAtDeadline(database, accountId);
      if ((await completeDone(database, accountId)) > 0) log.info('a campaign is completed');
      if (callbacks) schedule.expectCallbacks(!(await callbacksMissing(database, accountId)));
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'a sweep failed and is tried again');
    }
    await pause.sleep(sweepMs, signal);
  }
  wake.now();
}

/**
 * Devices are read before the first call, so that a campaign does not begin by ringing those that are off. Only the
 * agents of v2 have devices that Exotel knows of; campaigns of the other modes do not wait for them.
 */
async function startDue(context: OwnerContext): Promise<void> {
  const due = await campaignsToStart(context.database, context.term.accountId);
  const withDevices = due.filter(({ mode }) => mode === 'agents').map(({ id }) => id);
  const others = due.filter(({ mode }) => mode !== 'agents').map(({ id }) => id);
  await start(context, others);
  if (withDevices.length === 0) return;
  await readDevices(context);
  await start(context, withDevices);
}

async function start(context: OwnerContext, campaigns: readonly number[]): Promise<void> {
  if (campaigns.length === 0) return;
  await startCampaigns(context.database, campaigns);
  context.wake.now();
}
