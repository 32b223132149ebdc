import { Agent, request } from 'undici';
import { messageOf } from '../errors.ts';
import type { Call } from './calls.ts';
import type { Pace } from './pace.ts';
import { randomFor } from './random.ts';
import { callbackFaults, type CallbackFault } from './scenario.ts';
import type { Settings } from './settings.ts';

/** What a callback tells of; `passthru` is a flow that reports what it did. */
export type CallbackEvent = 'answered' | 'terminal' | 'passthru';

/** One request to a subscriber, rendered at the moment of the event. */
export interface CallbackMessage {
  readonly event: CallbackEvent;
  readonly method: 'POST' | 'GET';
  readonly url: string;
  /** Null for a GET, like its body. */
  readonly contentType: string | null;
  readonly body: string | null;
}

/** One callback in the truth: a line for each copy and each try. */
export interface CallbackDelivery {
  readonly sid: string;
  readonly customField: string | null;
  readonly event: CallbackEvent;
  /** Without its query and without whatever in its path may be a token. */
  readonly url: string;
  readonly faults: readonly CallbackFault[];
  readonly occurredAt: Date;
  attemptedAt: Date | null;
  finishedAt: Date | null;
  /** HTTP status of the answer; null when none came. */
  status: number | null;
  /** True when the subscriber answered 2xx. */
  delivered: boolean;
  error: string | null;
}

export interface Callbacks {
  /** Sends what a call has to tell, subject to the scenario's faults. */
  send(call: Call, messages: readonly CallbackMessage[]): void;
  /** To be told after a call's last message: what was held back for reordering goes out. */
  finish(call: Call): void;
  log(): readonly CallbackDelivery[];
  stop(): Promise<void>;
}

/**
 * Creates the sender of callbacks. The callbacks of one call go out one after the other, so that they
 * arrive in order unless the scenario disturbs them; a late one and a second copy travel on their own.
 */
export function createCallbacks({ settings, pace }: { settings: Settings; pace: Pace }): Callbacks {
  const deliveries: CallbackDelivery[] = [];
  const lanes = new Map<string, Promise<void>>();
  const held = new Map<string, (() => void)[]>();
  const sent = new Map<string, number>();
  const slots = createSlots(() => settings.current.callbacks.concurrency);
  const connections = new Agent({ connections: 100, keepAliveTimeout: 4_000 });
  const stopping = new AbortController();

  const wait = (scenarioMs: number): Promise<void> =>
    new Promise((resolve) => {
      pace.after(scenarioMs, resolve);
    });

  const post = async (message: CallbackMessage, delivery: CallbackDelivery): Promise<void> => {
    delivery.attemptedAt = pace.wall();
    try {
      const signal = AbortSignal.any([
        stopping.signal,
        AbortSignal.timeout(settings.current.callbacks.timeout),
      ]);
      const answer = await request(message.url, {
        method: message.method,
        headers: message.contentType === null ? {} : { 'content-type': message.contentType },
        body: message.body,
        dispatcher: connections,
        signal,
      });
      delivery.status = answer.statusCode;
      delivery.delivered = answer.statusCode >= 200 && answer.statusCode < 300;
      await answer.body.dump();
    } catch (error) {
      delivery.error = messageOf(error);
    } finally {
      delivery.finishedAt = pace.wall();
    }
  };

  const deliver = async (
    call: Call,
    message: CallbackMessage,
    { faults, occurredAt }: Pick<CallbackDelivery, 'faults' | 'occurredAt'>,
  ): Promise<void> => {
    const attempt = async ([pauseMs, ...pauses]: readonly number[]): Promise<void> => {
      const delivery = newDelivery(call, message, { faults, occurredAt });
      deliveries.push(delivery);
      await slots.run(() => post(message, delivery));
      if (delivery.delivered || pauseMs === undefined) return;
      await wait(pauseMs);
      await attempt(pauses);
    };
    await attempt(settings.current.callbacks.retries);
  };

  const inLane = (call: Call, act: () => Promise<void>): void => {
    const before = lanes.get(call.sid) ?? Promise.resolve();
    lanes.set(call.sid, before.then(act));
  };

  const dispatch = (call: Call, message: CallbackMessage): void => {
    const ordinal = (sent.get(call.sid) ?? 0) + 1;
    sent.set(call.sid, ordinal);
    const { delay, lateBy } = settings.current.callbacks;
    const random = randomFor(settings.current.seed, 'callback', call.customer, call.nth, ordinal);
    const delayMs = random.around(delay);
    const faults = faultsOf(settings, call, ordinal);
    const occurredAt = pace.wall();

    if (faults.includes('lost')) {
      deliveries.push(newDelivery(call, message, { faults, occurredAt }));
      return;
    }
    const once = (): Promise<void> =>
      wait(delayMs).then(() => deliver(call, message, { faults, occurredAt }));
    const go = (): void => {
      if (faults.includes('late')) void wait(lateBy).then(once);
      else inLane(call, once);
      if (faults.includes('doubled')) void wait(delayMs).then(once);
    };
    if (faults.includes('reordered')) held.set(call.sid, [...(held.get(call.sid) ?? []), go]);
    else go();
  };

  return {
    send(call, messages) {
      for (const message of messages) dispatch(call, message);
    },
    finish(call) {
      for (const go of (held.get(call.sid) ?? []).toReversed()) go();
      held.delete(call.sid);
      sent.delete(call.sid);
      // The lane is dropped once it is empty: ten thousand calls must not leave ten thousand promises.
      inLane(call, async () => {
        lanes.delete(call.sid);
      });
    },
    log: () => deliveries,
    async stop() {
      stopping.abort();
      await connections.destroy();
    },
  };
}

function newDelivery(
  call: Call,
  message: CallbackMessage,
  { faults, occurredAt }: Pick<CallbackDelivery, 'faults' | 'occurredAt'>,
): CallbackDelivery {
  return {
    sid: call.sid,
    customField: call.customField,
    event: message.event,
    url: withoutSecrets(message.url),
    faults,
    occurredAt,
    attemptedAt: null,
    finishedAt: null,
    status: null,
    delivered: false,
    error: null,
  };
}

/** `reordered` is decided once for a call, the others for each of its callbacks. */
function faultsOf(settings: Settings, call: Call, ordinal: number): CallbackFault[] {
  const { seed, numbers, callbacks } = settings.current;
  const asked = numbers[call.customer]?.callbacks ?? [];
  return callbackFaults.filter((fault) => {
    const of = fault === 'reordered' ? 'call' : ordinal;
    const random = randomFor(seed, 'callback fault', fault, call.customer, call.nth, of);
    return asked.includes(fault) || random.chance(callbacks.faults[fault] ?? 0);
  });
}

/** A subscriber's URL may carry a token in its query or as a long segment of its path. */
export function withoutSecrets(url: string): string {
  const { origin, pathname, search } = new URL(url);
  const path = pathname.replaceAll(/[^/]{12,}/g, (segment) => `${segment.slice(0, 4)}…`);
  return `${origin}${path}${search === '' ? '' : '?…'}`;
}

/** Lets so many run at a time; the others wait their turn. */
function createSlots(limit: () => number): { run(act: () => Promise<void>): Promise<void> } {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(act) {
      // A slot that comes free is handed to the next in line, so that no newcomer can take it first.
      if (running >= limit()) await new Promise<void>((resolve) => void waiting.push(resolve));
      else running += 1;
      try {
        await act();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
