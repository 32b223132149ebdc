import { readDevices } from '../agents/read-devices.ts';
import { watchDevices } from '../agents/watch-devices.ts';
import { campaignsToStart, completeDone, expireEnded, startCampaigns } from '../campaigns/sweep.ts';
import type { Clock } from '../clock.ts';
import type { AccountConfig } from '../config.ts';
import { scrubNumbers } from '../contacts/scrub-numbers.ts';
import type { Database } from '../db/pool.ts';
import { doErrands } from '../errands/do-errands.ts';
import { aborted } from '../aborted.ts';
import { messageOf } from '../errors.ts';
import { createExotelClient } from '../exotel/client.ts';
import type { Log } from '../log.ts';
import { createActiveCallsTrust } from '../results/active-calls-trust.ts';
import { collect } from '../results/collector.ts';
import { callbacksMissing, setCallbacksMissing } from '../results/callback-record-store.ts';
import { createPollSchedule } from '../results/poll-schedule.ts';
import { dispatch } from './dispatcher.ts';
import type { FairShare } from './fair-share.ts';
import { createLimiter } from './limiter.ts';
import type { OwnerContext } from './owner-context.ts';
import { holdOwnership } from './ownership.ts';
import type { Term } from './ownership.ts';
import { createRewindGuard } from './rewind-guard.ts';
import { adoptAttempts, closeAtDeadline, releaseAgentsOfUnknown } from './reconcile.ts';
import { createThrottle, longestObeyedMs } from './throttle.ts';
import { createUnheardClaims } from './unheard-claims.ts';
import type { UnheardClaims } from './unheard-claims.ts';
import { createWake } from './wake.ts';
import type { Wake } from './wake.ts';
import { createZoneWatch } from './zone-watch.ts';

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
/**
 * The share of the limit that calls leave to looks while looks alone tell of ends. Without it a flow placed 198 calls in
 * 20 s, and no slot was free for the list until the minute was over: half of the ends were known after 16 s, measured.
 */
export const keptForLooks = 0.06;

/** What outlives a term: facts that must be told whoever owns the account by then. */
interface Outliving {
  unheard: UnheardClaims;
  placings: OwnerContext['placings'];
  /** ends of terms that were lost while their last requests waited for answers */
  ends: Set<Promise<void>>;
}

/** Speaks to Exotel for one account whenever this process owns it, until `stop` is aborted. */
export async function ownAccount(options: AccountOptions, stop: AbortSignal): Promise<void> {
  const outliving: Outliving = {
    unheard: createUnheardClaims(options),
    placings: new Map(),
    ends: new Set(),
  };
  await holdOwnership({ ...options }, (term) => oneTerm(options, term, outliving), stop);
  await Promise.all(outliving.ends);
  await outliving.unheard.settled();
}

async function oneTerm(options: AccountOptions, given: Term, outliving: Outliving): Promise<void> {
  const { database, account, windowMs, clock, log, callbackUrl } = options;
  const loops = new AbortController();
  const term: Term = { ...given, signal: AbortSignal.any([given.signal, loops.signal]) };
  const schedule = createPollSchedule(callbackUrl !== null);
  const limiter = createLimiter({
    limit: account.requestsPerMinute,
    windowMs,
    busyFor: term.busyFor,
    clock,
    keptForLooks: () => (schedule.looksTell() ? Math.ceil(account.requestsPerMinute * keptForLooks) : 0),
    onReplaced: () => log.warn('the limiter had stalled and was replaced'),
  });
  limiter.closeUntil(clock.monotonic() + Math.min(term.closedForMs, longestObeyedMs));
  const client = createExotelClient({
    ccmUrl: account.ccmUrl,
    v1Url: account.v1Url,
    timeZone: account.timeZone,
    accountSid: account.sid,
    credentials: account.credentials,
    callDetails: account.callDetails,
    fence: () => term.reasonNotToSend(),
    abandonReads: term.signal,
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
    unheard: outliving.unheard,
    placings: outliving.placings,
    schedule,
    activeCalls: createActiveCallsTrust(clock),
    callbackUrl: (attemptId) => callbackUrl?.(attemptId) ?? null,
    wake: options.wake,
    lookWake: createWake(),
    zoneWatch: createZoneWatch({ database, accountId: term.accountId, timeZone: account.timeZone, log }),
    clock,
    log,
    windowMs,
  };
  try {
    const here = [...context.placings.keys()];
    const adopted = await adoptAttempts(database, term.accountId, term.epoch, here);
    if (adopted > 0) log.info({ attempts: adopted }, 'took up attempts whose answer never came');
    const running = options.loops?.(context) ?? [
      sweep(context, callbackUrl !== null),
      dispatch(context),
      collect(context),
      watchDevices(context),
      doErrands(context),
      scrubNumbers(context),
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
    await endOf(context, outliving.ends);
  }
}

/**
 * The account is given back once what was placed is answered. An account that is lost has nobody to wait for: its next
 * owner, perhaps this very process, dials meanwhile, and takes the answers' word when they come.
 */
async function endOf({ client, placings, term }: OwnerContext, ends: Set<Promise<void>>): Promise<void> {
  const end = Promise.all(placings.values())
    .then(() => client.close())
    .finally(() => ends.delete(end));
  ends.add(end);
  await Promise.race([end, aborted(term.lost)]);
}

/** What the tables say must happen by now. Each second, whatever else wakes whom; one that fails keeps no other waiting. */
async function sweep(context: OwnerContext, callbacks: boolean): Promise<void> {
  const { database, term, wake, schedule, log } = context;
  const { accountId, signal } = term;
  const pause = createWake();
  const guard = createRewindGuard({ database, accountId, clock: context.clock });
  const starts = createStarts(context);
  const steps: (() => Promise<unknown>)[] = [
    () => guard.check(),
    () => starts.due(),
    () => expireEnded(database, accountId),
    () => releaseAgentsOfUnknown(database, accountId),
    () => closeAtDeadline(database, accountId),
    async () => {
      if ((await completeDone(database, accountId)) > 0) log.info('a campaign is completed');
    },
    async () => {
      if (callbacks) schedule.expectCallbacks(!(await callbacksMissing(database, accountId)));
      else await setCallbacksMissing(database, accountId, false);
    },
  ];
  while (!signal.aborted) {
    for (const step of steps) {
      await step().catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'a sweep failed and is tried again');
      });
    }
    await pause.sleep(sweepMs, signal);
  }
  wake.now();
  await starts.done();
}

interface Starts {
  /** Starts what is due, and has the devices read for what must wait for that. */
  due(): Promise<void>;
  /** Resolves when no reading is under way. */
  done(): Promise<void>;
}

/**
 * Devices are read before the first call, so that a campaign does not begin by ringing those that are off, nor by
 * ringing by phone somebody whom another campaign knows by user id. Without agents of v2 nothing is read. A flow does
 * not wait, nor does anything else: a reading waits for a slot of the limiter, for minutes where Exotel says that there are too many requests.
 */
function createStarts(context: OwnerContext): Starts {
  const { database, term, log } = context;
  let reading: Promise<void> | null = null;

  async function readThenStart(campaigns: readonly number[]): Promise<void> {
    try {
      await readDevices(context);
      if (!term.signal.aborted) await start(context, campaigns);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'reading the devices failed and is tried again');
    }
    reading = null;
  }

  return {
    async due() {
      const due = await campaignsToStart(database, term.accountId);
      const withDevices = due.filter(({ mode }) => mode !== 'flow').map(({ id }) => id);
      const others = due.filter(({ mode }) => mode === 'flow').map(({ id }) => id);
      await start(context, others);
      if (withDevices.length > 0) reading ??= readThenStart(withDevices);
    },
    async done() {
      await reading;
    },
  };
}

async function start(context: OwnerContext, campaigns: readonly number[]): Promise<void> {
  if (campaigns.length === 0) return;
  await startCampaigns(context.database, campaigns);
  context.wake.now();
}
