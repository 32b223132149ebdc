import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './leftovers.ts';

/** A server process that runs on a cluster, as its own pid file tells. */
export interface Postmaster {
  pid: number;
  port: number;
  state: 'starting' | 'ready' | 'stopping';
}

/** An empty pid file is one whose writer was killed between creating and filling it, once it is this old. */
const emptyFileAge = 3_000;

/**
 * The live server of a cluster, or null. A pid file that names a living process which is not the cluster's server
 * is put away, since PostgreSQL would refuse to start: process ids come again, in containers at every start.
 */
export async function findPostmaster(home: string): Promise<Postmaster | null> {
  const file = join(home, 'data', 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  if (text === '') {
    const age = await stat(file).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > emptyFileAge) await putAway(file, text);
    return null;
  }
  const pid = Number(text.split('\n')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  if (isPostmasterOf(home, pid)) return parsePidFile(pid, text);
  // A dead one's file PostgreSQL itself replaces, after a look at the shared memory that the file names.
  if (isAlive(pid)) await putAway(file, text);
  return null;
}

/** Whether the process is a PostgreSQL server that was started on this cluster. A zombie is not. */
export function isPostmasterOf(home: string, pid: number): boolean {
  if (process.platform === 'win32') return isAlive(pid);
  return commandLineOf(pid).includes(join(home, 'data'));
}

/** Slim images have no `ps`, and macOS has no /proc. */
function commandLineOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Lines of the file: pid, data folder, start time, port, socket folder, address, shared memory, state.
 * Null while the server is still writing them.
 */
function parsePidFile(pid: number, text: string): Postmaster | null {
  const lines = text.split('\n');
  const port = Number(lines[3]);
  if (!Number.isSafeInteger(port) || port <= 0) return null;
  const state = lines[7]?.trim();
  return { pid, port, state: state === 'ready' || state === 'stopping' ? state : 'starting' };
}

/**
 * Removes the file only if it still says `text`: by the time of the removal another process may have removed it and
 * started a server, whose own file must stay. PostgreSQL checks its file once a minute, so the moment aside is safe.
 */
async function putAway(file: string, text: string): Promise<void> {
  const aside = `${file}.stale-${randomBytes(4).toString('hex')}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, file).catch(() => undefined);
  await unlink(aside);
}
