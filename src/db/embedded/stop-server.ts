import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { Placement } from './placement.ts';
import { findPostmaster, isPostmasterOf } from './postmaster.ts';

/**
 * Stops the cluster's server in fast mode (open transactions are rolled back, a checkpoint is written) and waits
 * until it is gone. One that takes longer than `timeout` goes on stopping by itself, and the log says so.
 */
export async function stopServer(placement: Placement, log: Log, timeout = 60_000): Promise<void> {
  const running = await findPostmaster(placement.home);
  if (running === null) return;
  askToStop(placement, running.pid);
  const deadline = performance.now() + timeout;
  for (;;) {
    // The process, not its pid file: the file goes first, and the next server would find the old one's memory.
    if (!isPostmasterOf(placement.home, running.pid)) return;
    if (performance.now() > deadline) {
      log.warn({ pid: running.pid, folder: placement.home }, 'the embedded database is still stopping');
      return;
    }
    await delay(10);
  }
}

function askToStop({ home, binaries }: Placement, pid: number): void {
  if (process.platform !== 'win32') {
    process.kill(pid, 'SIGINT');
    return;
  }
  // Windows has no signals; pg_ctl speaks to the server through a pipe.
  const stop = ['stop', '-D', join(home, 'data'), '-m', 'fast', '-W'];
  spawn(join(binaries, 'bin', 'pg_ctl.exe'), stop, { stdio: 'ignore', windowsHide: true });
}
