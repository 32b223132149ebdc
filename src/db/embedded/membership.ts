import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { disconnect, isLastAfterLetGo } from './hold.ts';
import type { Hold } from './hold.ts';
import { joinServer } from './join-server.ts';
import type { Placement } from './placement.ts';
import { boundServerLog } from './server-log.ts';
import { stopServer } from './stop-server.ts';

const logCheckInterval = 60_000;

export interface Membership {
  /** Leaves the server, and stops it if nobody else uses it. */
  end(): Promise<void>;
}

/**
 * Stays a user of the server until `end`: a hold that is lost (the server crashed or was killed) is taken again,
 * which starts the server anew, on its old port wherever that is free.
 */
export function keepMembership(first: Hold, placement: Placement, log: Log): Membership {
  const ending = new AbortController();
  let current: Hold | null = first;
  let rejoining = Promise.resolve();
  let ended: Promise<void> | null = null;

  const logCheck = setInterval(() => {
    boundServerLog(placement.home).catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, "the embedded database's log could not be cut");
    });
  }, logCheckInterval);
  logCheck.unref();

  function watch(hold: Hold): void {
    current = hold;
    void hold.lost.then(() => takeUpAgain(hold));
  }

  function takeUpAgain(hold: Hold): void {
    if (ending.signal.aborted) return;
    current = null;
    log.warn({ folder: placement.home }, 'the embedded database went away; taking it up again');
    rejoining = rejoin(hold.port);
  }

  async function rejoin(port: number): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        const hold = await joinServer(placement, log);
        watch(hold);
        if (hold.port !== port)
          log.error({ port: hold.port }, 'the embedded database moved to another port: start again');
        return;
      } catch (error) {
        log.error({ reason: messageOf(error) }, 'the embedded database does not come back');
        await delay(1_000, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
  }

  async function leave(): Promise<void> {
    ending.abort();
    clearInterval(logCheck);
    await rejoining;
    if (current !== null) await leaveServer(current, placement, log);
  }

  watch(first);
  return { end: () => (ended ??= leave()) };
}

async function leaveServer(hold: Hold, placement: Placement, log: Log): Promise<void> {
  try {
    if (await isLastAfterLetGo(hold)) await stopServer(placement, log);
  } catch (error) {
    // The server went first: there is nothing left to stop.
    log.debug({ reason: messageOf(error) }, 'the embedded database was gone before its release');
  } finally {
    await disconnect(hold.client);
  }
}
