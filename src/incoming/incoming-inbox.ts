import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/pool.ts';
import { lastingRefusal } from '../db/refusals.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { actOnIncoming } from './act-on-incoming.ts';
import { connectCaller, nobody } from './connect-caller.ts';
import type { ConnectAnswer } from './connect-caller.ts';
import type { IncomingAddress } from './incoming-address.ts';
import { readIncomingCall } from './incoming-call.ts';
import type { GivenRequest } from './incoming-call.ts';
import { forgottenRows, markIncoming, storeIncoming } from './incoming-store.ts';

/** Stores what applets send as it comes and acts on it, by any process that receives it. */
export interface IncomingInbox {
  /**
   * Stores a request of an applet; once this resolves it cannot be lost. It resolves when the request was acted on too:
   * contacts withdrawn or a number suppressed for good. Only where that takes long (the caller hears nothing meanwhile)
   * does it resolve earlier, and the act follows.
   */
  receive(address: IncomingAddress, request: GivenRequest): Promise<void>;
  /** Says whom a Connect applet is to ring; nobody rather than a late answer or none. */
  connect(accountId: number, request: GivenRequest): Promise<ConnectAnswer>;
  /** Acts each second on what is left over: what failed before, and what a server that is gone has stored. */
  start(): void;
  /** Ends the looking and waits for the acts under way. */
  close(): Promise<void>;
}

export interface IncomingInboxOptions {
  database: Database;
  log: Log;
  /** where Exotel shall tell of the agents whom callers are put through to; null where it reaches no address */
  agentEventUrl: (accountId: number) => string | null;
}

const lookEveryMs = 1000;
const batch = 100;
/** How long a caller may be kept waiting for an act that is held up. */
const longestWaitMs = 2000;

export function createIncomingInbox({ database, log, agentEventUrl }: IncomingInboxOptions): IncomingInbox {
  const underWay = new Set<Promise<void>>();
  let looking: NodeJS.Timeout | null = null;
  let look: Promise<void> | null = null;

  async function actOrMark(id: number): Promise<void> {
    try {
      await actOnIncoming(database, id);
    } catch (error) {
      log.warn({ incoming: id, reason: messageOf(error) }, 'an incoming call could not be acted on yet');
      if (lastingRefusal(error) === null) return;
      const note = `could not be acted on: ${messageOf(error)}`;
      await markIncoming(database, id, { state: 'malformed', note });
    }
  }

  function act(id: number): Promise<void> {
    const acting = actOrMark(id)
      .catch((error: unknown) => {
        log.warn({ incoming: id, reason: messageOf(error) }, 'an incoming call could not be marked');
      })
      .finally(() => underWay.delete(acting));
    underWay.add(acting);
    return acting;
  }

  async function actOnForgotten(): Promise<void> {
    for (const id of await forgottenRows(database, batch)) await act(id);
  }

  return {
    async receive(address, request) {
      const call = await readIncomingCall(request);
      const id = await storeIncoming(database, address, request, call);
      if (id === null) return;
      const waited = new AbortController();
      await Promise.race([act(id), delay(longestWaitMs, null, { signal: waited.signal }).catch(() => null)]);
      waited.abort();
    },
    async connect(accountId, request) {
      try {
        const call = await readIncomingCall(request);
        const address: IncomingAddress = { accountId, purpose: 'connect' };
        const rowId = await storeIncoming(database, address, request, call);
        if (rowId === null) return nobody;
        return await connectCaller(database, { rowId, accountId }, call, agentEventUrl(accountId));
      } catch (error) {
        log.warn({ account: accountId, reason: messageOf(error) }, 'no agent could be named for a caller');
        return nobody;
      }
    },
    start() {
      looking ??= setInterval(() => {
        look ??= actOnForgotten()
          .catch((error: unknown) => {
            log.warn({ reason: messageOf(error) }, 'incoming calls wait to be acted on');
          })
          .finally(() => {
            look = null;
          });
      }, lookEveryMs);
    },
    async close() {
      if (looking !== null) clearInterval(looking);
      await look;
      await Promise.all(underWay);
    },
  };
}
