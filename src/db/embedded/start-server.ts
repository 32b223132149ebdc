import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { programIn } from './binaries.ts';
import { serverProcessOptions } from './initialize.ts';
import type { Placement } from './placement.ts';
import { boundServerLog, openServerLog, serverLogOf, serverLogSince, sizeOf } from './server-log.ts';

/** A server that this process spawned. It is up once its pid file says so and it answers. */
export interface StartedServer {
  /** Undefined when it could not even be spawned. */
  readonly pid: number | undefined;
  /** Settles when the process is gone, with what the log gained since the start. Never rejects. */
  readonly ended: Promise<string>;
}

/**
 * The server's own defaults are durable and stay. Messages are terse because details of a failed statement carry
 * the values of its rows, and phone numbers do not belong in a log.
 */
const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  autovacuum_naptime: '10s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

/** Spawns the server on its cluster, with the port it had last time where that is free. */
export async function startServer({ home, binaries, user }: Placement): Promise<StartedServer> {
  await boundServerLog(home);
  const offset = await sizeOf(serverLogOf(home));
  const port = await choosePort(home);
  const log = openServerLog(home, user);
  const child = spawn(
    programIn(binaries, 'postgres'),
    [
      '-D',
      join(home, 'data'),
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...serverProcessOptions(user), stdio: ['ignore', log.descriptor, log.descriptor] },
  );
  log.close();
  child.unref();
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(messageOf(error)));
    child.on('exit', () => {
      serverLogSince(home, offset).then(resolve, (error: unknown) => resolve(messageOf(error)));
    });
  });
  return { pid: child.pid, ended };
}

/**
 * The last port again, so that pools outlive a crash of the server; any free one otherwise. Someone may take it
 * before the server does: then the server ends at once, and the next try chooses anew.
 */
async function choosePort(home: string): Promise<number> {
  const last = await lastPort(home);
  return (await freePort(last)) ?? (await freePort(0)) ?? last;
}

async function lastPort(home: string): Promise<number> {
  const commandLine = await readFile(join(home, 'data', 'postmaster.opts'), 'utf8').catch(() => '');
  return Number(/"-p" "(\d+)"/.exec(commandLine)?.[1] ?? 0);
}

async function freePort(wanted: number): Promise<number | null> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(port));
    });
  });
}
