import Bottleneck from 'bottleneck';
import type { Clock } from '../clock.ts';

/**
 * Who asks for a slot. An overdue look goes before placing, placing before an ordinary look, and a late one (for what
 * nothing hangs on, such as a recording) after all others.
 */
export type SlotKind = 'overdue' | 'place' | 'look' | 'late';

/** The right to send one request. Exactly one of the two must be called, once. */
export interface Slot {
  /** The request was answered, failed or was cut: the slot comes back a window and a little later. */
  finished(): void;
  /** No request was sent: the slot comes back at once. */
  unused(): void;
}

export interface LimiterOptions {
  limit: number;
  windowMs: number;
  /** requests that may still count at the provider: how long from now until each comes free, in ms */
  busyFor: readonly number[];
  clock: Clock;
  /** how many slots are kept for looks right now, so that no burst of calls leaves none for a whole window */
  keptForLooks?: () => number;
  spacingMs?: number;
  onReplaced?: () => void;
}

export interface Limiter {
  /** Waits for a slot. Rejects with the signal's reason when it is aborted. */
  slot(kind: SlotKind, signal?: AbortSignal): Promise<Slot>;
  /** No slot is given before this instant of the monotonic clock. */
  closeUntil(monotonic: number): void;
  /** Slots that could be given right now. */
  free(): number;
  stop(): void;
}

/** Kept beside the window: a provider's arrival may lag our answer's clock by a scheduler's tick. */
const marginMs = 250;
const watchdogMs = 1000;
/** One slot in fifty goes to a waiting look, however many calls wait to be placed. */
const lookShare = 50;

const order: readonly SlotKind[] = ['overdue', 'place', 'look', 'late'];
/** Those that may take what is kept for looks. */
const looks: ReadonlySet<SlotKind> = new Set(['overdue', 'look']);

interface Waiter {
  grant(slot: Slot): void;
}

/**
 * An exact sliding window over one account's requests of every kind.
 *
 * Bottleneck's reservoir is changed by `incrementReservoir` alone: each slot is given back a window after its
 * answer. Refresh intervals, give-back after sending, and spacing alone were each measured to break a strict
 * window, and `updateSettings` stops a reservoir's refill for good. Bottleneck is never handed more than one
 * waiting job; who gets the slot is decided when it is granted, not when it is asked for.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { limit, windowMs, clock } = options;
  // an account of ten times the limit must come through ten times as fast
  const spacingMs = options.spacingMs ?? Math.min(100, windowMs / limit / 3);
  const waiting: Record<SlotKind, Set<Waiter>> = {
    overdue: new Set(),
    place: new Set(),
    look: new Set(),
    late: new Set(),
  };
  /** slots out: granted and not yet given back */
  let out = options.busyFor.length;
  let closedUntil = 0;
  let granted = 0;
  let asked = false;
  /** since when the waiting job could have run */
  let runnableSince = 0;
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();
  let bottleneck = newBottleneck();

  for (const ms of options.busyFor) later(Math.max(0, ms) + marginMs, giveBack);
  const watchdog = setInterval(replaceWhenStalled, watchdogMs);
  watchdog.unref();

  function newBottleneck(): Bottleneck {
    return new Bottleneck({ reservoir: limit - out, minTime: spacingMs, maxConcurrent: null });
  }

  function later(ms: number, action: () => void): void {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.add(timer);
  }

  function giveBack(): void {
    if (out === limit) runnableSince = Math.max(runnableSince, clock.monotonic());
    out -= 1;
    if (stopped) return;
    void bottleneck.incrementReservoir(1);
    ask();
  }

  /** Whether a slot that is the `nth` out at once may be of this kind. */
  function mayHave(kind: SlotKind, nth: number): boolean {
    if (looks.has(kind)) return true;
    return nth <= Math.max(1, limit - (options.keptForLooks?.() ?? 0));
  }

  /** Whether anybody waits for whom the next slot, whenever it comes free, may be. */
  function anyoneWaits(): boolean {
    const nth = Math.min(out + 1, limit);
    return order.some((kind) => waiting[kind].size > 0 && mayHave(kind, nth));
  }

  function ask(): void {
    if (stopped || asked || !anyoneWaits()) return;
    const closedFor = closedUntil - clock.monotonic();
    asked = true;
    runnableSince = clock.monotonic() + Math.max(0, closedFor);
    if (closedFor > 0) {
      later(closedFor, () => {
        asked = false;
        ask();
      });
      return;
    }
    const mine = bottleneck;
    // a dropped limiter rejects its waiting job: the replacement has asked anew
    mine.schedule(() => Promise.resolve(mine === bottleneck ? grant() : undefined)).catch(() => undefined);
  }

  function grant(): void {
    asked = false;
    out += 1;
    const waiter = closedUntil > clock.monotonic() ? undefined : next();
    if (waiter === undefined) giveBack();
    else waiter.grant(newSlot());
    ask();
  }

  function next(): Waiter | undefined {
    granted += 1;
    const kinds = granted % lookShare === 0 ? (['look', ...order] as const) : order;
    for (const kind of kinds.filter((one) => mayHave(one, out))) {
      for (const waiter of waiting[kind]) {
        waiting[kind].delete(waiter);
        return waiter;
      }
    }
    return undefined;
  }

  function newSlot(): Slot {
    let open = true;
    const once = (action: () => void) => () => {
      if (open) action();
      open = false;
    };
    return { finished: once(() => later(windowMs + marginMs, giveBack)), unused: once(giveBack) };
  }

  /** Bottleneck reads the wall clock and starts nothing after it was set back; its replacement goes on. */
  function replaceWhenStalled(): void {
    // what is kept for looks may have become less
    ask();
    const stalledFor = clock.monotonic() - runnableSince;
    if (!asked || out >= limit || stalledFor < watchdogMs + 2 * spacingMs) return;
    const old = bottleneck;
    bottleneck = newBottleneck();
    void old.stop({ dropWaitingJobs: true }).catch(() => undefined);
    void old.disconnect();
    asked = false;
    options.onReplaced?.();
    ask();
  }

  return {
    slot(kind, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true || stopped) {
          reject(signal?.reason instanceof Error ? signal.reason : new Error('the limiter has stopped'));
          return;
        }
        const waiter: Waiter = {
          grant(slot) {
            signal?.removeEventListener('abort', onAbort);
            resolve(slot);
          },
        };
        const onAbort = (): void => {
          waiting[kind].delete(waiter);
          reject(signal?.reason instanceof Error ? signal.reason : new Error('no slot is wanted any more'));
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting[kind].add(waiter);
        ask();
      });
    },
    closeUntil(monotonic) {
      closedUntil = Math.max(closedUntil, monotonic);
    },
    free: () => (closedUntil > clock.monotonic() ? 0 : Math.max(0, limit - out)),
    stop() {
      stopped = true;
      clearInterval(watchdog);
      for (const timer of timers) clearTimeout(timer);
      void bottleneck.stop({ dropWaitingJobs: true }).catch(() => undefined);
      void bottleneck.disconnect();
    },
  };
}
