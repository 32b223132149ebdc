import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from './clock.ts';
import type { RegisteredAccount } from './campaigns/accounts.ts';
import type { Timings } from './config.ts';
import { workOnImports } from './contacts/import-done.ts';
import { listen } from './db/listen.ts';
import type { Database } from './db/pool.ts';
import { startFairShare } from './dialing/fair-share.ts';
import { ownAccount } from './dialing/own-account.ts';
import { createWake } from './dialing/wake.ts';
import type { Wake } from './dialing/wake.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Log } from './log.ts';
import { workOnExports } from './reports/make-export.ts';
import { callbackAddress } from './results/callback-address.ts';

export interface WorkerOptions {
  database: Database;
  jobs: Jobs;
  /** the accounts to dial for, with the ids of their rows */
  accounts: RegisteredAccount[];
  timings: Timings;
  /** where Exotel reaches this installation; null: no callbacks */
  publicUrl: string | null;
  secret: string;
  clock: Clock;
  log: Log;
}

/** A running worker. */
export interface Worker {
  /** Stops claiming, lets requests under way be answered, and gives the accounts back. */
  stop(): Promise<void>;
}

/** Dials for every account that this process can own, and runs the background jobs. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { database, jobs, accounts, timings, publicUrl, secret, clock, log } = options;
  const owner = `${hostname()}:${process.pid}:${randomUUID()}`;
  const stopping = new AbortController();
  const wakes = new Map<string, Wake>(accounts.map(({ id }) => [String(id), createWake()]));
  const rouse = (): void => {
    for (const wake of wakes.values()) wake.now();
  };
  const hearing = await listen({
    url: database.url,
    channels: ['dialer'],
    onNotification: ({ payload }) => wakes.get(payload)?.now(),
    onReconnected: rouse,
    log,
  });
  await workOnImports(database, jobs, log);
  await workOnExports(database, jobs, log);

  const share = startFairShare({ database, owner, accounts: accounts.length, leaseMs: timings.leaseMs, log });
  const owning = accounts.map(({ config, id }) =>
    ownAccount(
      {
        database,
        account: config,
        accountId: id,
        owner,
        windowMs: timings.windowMs,
        leaseMs: timings.leaseMs,
        share,
        callbackUrl:
          publicUrl === null
            ? null
            : (attemptId) =>
                callbackAddress(publicUrl, secret, {
                  accountId: id,
                  attemptId,
                  issuedAt: new Date(clock.now()),
                }),
        wake: wakes.get(String(id)) ?? createWake(),
        clock,
        log: log.child({ account: config.name }),
      },
      stopping.signal,
    ),
  );
  return {
    async stop() {
      stopping.abort();
      // the others are to count without this one when its accounts come free
      await Promise.all([...owning, share.stop()]);
      await hearing.stop();
    },
  };
}
