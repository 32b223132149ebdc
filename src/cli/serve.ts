import { Command } from 'commander';
import { describeConfig, requireAccounts } from '../config.ts';
import { startService } from '../serve.ts';
import type { Half, Service } from '../serve.ts';
import { aborted } from '../aborted.ts';
import { stopOnSignal } from './first-signal.ts';
import { say } from './output.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

export function startCommand(): Command {
  return new Command('start')
    .description(
      'dial and receive callbacks, in one process, with an embedded database when no DATABASE_URL is set',
    )
    .action(() => serve(['server', 'worker']));
}

export function workerCommand(): Command {
  return new Command('worker')
    .description('dial; any number of workers may share one database, and one of them serves each account')
    .action(() => serve(['worker']));
}

export function serverCommand(): Command {
  return new Command('server')
    .description('receive callbacks; any number of servers may share one database')
    .action(() => serve(['server']));
}

async function serve(halves: readonly Half[]): Promise<void> {
  const stopping = stopOnSignal();
  await withSession(
    async (session) => {
      const { config, log } = session;
      if (halves.includes('worker')) requireAccounts(config);
      log.info(describeConfig(config), 'starts');
      const service = await startService(session, halves);
      greet(session, service, halves);
      await aborted(stopping.signal);
      say('stopping: requests under way are finished first (once more to stop at once)');
      await service.stop();
    },
    { maxConnections: 20 },
  );
}

function greet(
  { config, databasePlace }: Session,
  { url, publicUrl }: Service,
  halves: readonly Half[],
): void {
  const accounts = config.accounts.map(
    ({ name, sid, ccmUrl, v1Url, requestsPerMinute }) =>
      `account ${name}: ${sid} at ${[...new Set([ccmUrl, v1Url])].join(' and ')}, at most ${requestsPerMinute} requests a minute`,
  );
  const lines = [
    `database: ${databasePlace}`,
    ...(halves.includes('worker') ? accounts : []),
    ...(url === null ? [] : [`listening on ${url} (health: ${url}/healthz)`]),
    publicUrl === null
      ? 'callbacks: off, calls are looked up instead (set DIALER_PUBLIC_URL to the address where Exotel reaches this server)'
      : `callbacks: to ${publicUrl}`,
    'ready; Ctrl-C stops',
  ];
  for (const line of lines) say(line);
}
