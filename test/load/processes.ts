import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const program = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));
const commandLimitMs = 90_000;
const readyLimitMs = 60_000;
const stopLimitMs = 20_000;

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

/** The long-running dialer of a run. */
export interface DialerProcess {
  readonly pid: number;
  /** Ends it as a service manager does, and resolves with the exit code. */
  stop(): Promise<number | null>;
  /** kill -9: of the process alone, or of its whole group. */
  kill(whom: 'process' | 'group'): Promise<void>;
}

export interface Processes {
  command(words: readonly string[], environment: Record<string, string>): Promise<CommandResult>;
  /** Starts `dialer start`, and resolves once its health check answers. */
  start(environment: Record<string, string>): Promise<DialerProcess>;
  /** Ends whatever still runs, the embedded database included. */
  end(): Promise<void>;
}

/** Runs the CLI as its users do, each process in a group of its own below `folder`. */
export function createProcesses(folder: string, signal: AbortSignal): Processes {
  const running = new Set<ChildProcess>();
  const atExit = (): void => {
    for (const child of running) killGroup(child);
    killPostmaster(folder, 'SIGQUIT');
  };
  process.on('exit', atExit);

  function launch(
    words: readonly string[],
    environment: Record<string, string>,
    output: 'pipe' | number,
  ): ChildProcess {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ['ignore', output, output],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  return {
    async command(words, environment) {
      const startedAt = performance.now();
      const child = launch(words, environment, 'pipe');
      const stdout = collected(child.stdout);
      const stderr = collected(child.stderr);
      const limit = setTimeout(() => killGroup(child), commandLimitMs);
      try {
        const code = await ended(child);
        return { code, stdout: await stdout, stderr: await stderr, ms: performance.now() - startedAt };
      } finally {
        clearTimeout(limit);
      }
    },

    async start(environment) {
      const log = openSync(join(folder, 'dialer.log'), 'a');
      const child = launch(['start'], environment, log);
      closeSync(log);
      const health = `http://127.0.0.1:${environment['DIALER_PORT']}/healthz`;
      await until(() => isGone(child) || answers(health), {
        what: 'the health check of `dialer start`',
        timeoutMs: readyLimitMs,
        signal,
      });
      if (isGone(child)) throw new Error(`\`dialer start\` ended by itself:\n${lastLines(folder)}`);
      return {
        pid: child.pid ?? 0,
        async stop() {
          child.kill('SIGTERM');
          const limit = setTimeout(() => killGroup(child), stopLimitMs);
          try {
            return await ended(child);
          } finally {
            clearTimeout(limit);
          }
        },
        async kill(whom) {
          if (whom === 'group') killGroup(child);
          else child.kill('SIGKILL');
          await ended(child);
        },
      };
    },

    async end() {
      const children = [...running];
      for (const child of children) child.kill('SIGTERM');
      const limit = setTimeout(() => {
        for (const child of children) killGroup(child);
      }, stopLimitMs);
      await Promise.all(children.map(ended));
      clearTimeout(limit);
      killPostmaster(folder, 'SIGINT');
      const deadline = performance.now() + 10_000;
      await until(() => postmasterOf(folder) === null || performance.now() > deadline, {
        what: 'the end of the database',
        timeoutMs: 15_000,
        signal: new AbortController().signal,
      });
      killPostmaster(folder, 'SIGQUIT');
      process.off('exit', atExit);
    },
  };
}

/** The data directory of the runs below their folder. */
export const dataFolder = 'data';

/** The process id of the folder's database server, or null when none runs. */
export function postmasterOf(folder: string): number | null {
  try {
    const file = readFileSync(join(folder, dataFolder, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    const pid = Number.parseInt(file, 10);
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

function killPostmaster(folder: string, signal: NodeJS.Signals): void {
  const pid = postmasterOf(folder);
  if (pid !== null) process.kill(pid, signal);
}

/** A port that was free a moment ago: one that stays the same when the dialer is started again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      server.close(() => (port === undefined ? reject(new Error('no port was given')) : resolve(port)));
    });
  });
}

/** The end of what the long-running dialer said. */
export function lastLines(folder: string, lines = 12): string {
  return readFileSync(join(folder, 'dialer.log'), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || isGone(child)) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it ended in this very moment
  }
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (!isGone(child)) await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return child.exitCode;
}

async function collected(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
