import { systemClock } from './clock.ts';
import { requireAccounts } from './config.ts';
import { registerAccounts } from './campaigns/accounts.ts';
import type { RegisteredAccount } from './campaigns/accounts.ts';
import type { AccountConfig, Config } from './config.ts';
import type { Database } from './db/pool.ts';
import { startServer } from './http/server.ts';
import type { Server } from './http/server.ts';
import { startJobs } from './jobs/jobs.ts';
import type { Log } from './log.ts';
import { callbackSecret } from './results/callback-address.ts';
import { createCallbackInbox } from './results/callback-inbox.ts';
import { startWorker } from './worker.ts';

export type Half = 'worker' | 'server';

/** What a long-running process does, and how it is ended. */
export interface Service {
  /** where the HTTP half listens, or null */
  url: string | null;
  /** where Exotel is told to report calls, or null when it is not */
  publicUrl: string | null;
  /** Ends in order: no new calls, answers under way, callbacks under way, jobs. The database is the caller's. */
  stop(): Promise<void>;
}

/** Starts the worker, the server or both on one database. */
export async function startService(
  options: { config: Config; database: Database; log: Log },
  halves: readonly Half[],
): Promise<Service> {
  const { config, database, log } = options;
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
    stops.length = 0;
  };
  try {
    const accounts = await registerAccounts(database, accountsOf(config, halves));
    const secret = await callbackSecret(database, config.secret);
    const server = halves.includes('server') ? await startHttp() : null;
    const publicUrl = publicUrlOf(config, server);
    if (halves.includes('worker')) await startDialling(accounts, publicUrl, secret);
    return { url: server?.url ?? null, publicUrl, stop };

    async function startHttp(): Promise<Server> {
      const timeZones = new Map(accounts.map(({ id, config: { timeZone } }) => [id, timeZone]));
      const inbox = createCallbackInbox({ database, log, timeZones });
      stops.push(() => inbox.close());
      inbox.start();
      const listening = await startServer({
        database,
        inbox,
        secret,
        host: config.host,
        port: config.port,
        publicUrl: publicUrlOf(config, null),
        log,
      });
      stops.push(() => listening.close());
      return listening;
    }
  } catch (error) {
    await stop();
    throw error;
  }

  async function startDialling(
    accounts: RegisteredAccount[],
    publicUrl: string | null,
    secret: string,
  ): Promise<void> {
    const jobs = await startJobs(database.url, log);
    stops.push(() => jobs.stop());
    const worker = await startWorker({
      database,
      jobs,
      accounts,
      timings: config.timings,
      publicUrl,
      secret,
      clock: systemClock,
      log,
    });
    stops.push(() => worker.stop());
  }
}

/** A worker is nothing without an account; a server takes the callbacks of whichever there are. */
function accountsOf(config: Config, halves: readonly Half[]): AccountConfig[] {
  return halves.includes('worker') ? requireAccounts(config) : config.accounts;
}

/**
 * Where Exotel can reach this installation. Not told: nowhere, unless every provider is on this very machine, as the
 * sandbox is.
 */
export function publicUrlOf(config: Config, server: Server | null): string | null {
  if (config.publicUrl !== null) return config.publicUrl;
  const local = config.accounts.every(({ ccmUrl, v1Url }) =>
    [ccmUrl, v1Url].every((address) => isLoopback(new URL(address).hostname)),
  );
  if (!local || config.accounts.length === 0) return null;
  return server?.url ?? (config.port === 0 ? null : `http://127.0.0.1:${config.port}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
