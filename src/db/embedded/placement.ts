import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Binaries } from './binaries.ts';
import { removeLeftovers, temporaryNameFor } from './leftovers.ts';
import { canEnter, canRun, isRoot, ownerOf, readPasswd, serverUserOf } from './system-user.ts';
import type { SystemUser } from './system-user.ts';

/** Where the parts of one embedded database are. */
export interface Placement {
  /** Folder of the whole thing: `data` (the cluster), `password`, `port` and `server.log`. Absolute, no links. */
  home: string;
  /** Folder of binaries that the server's user can run. */
  binaries: string;
  /** Set when this process is root and the server must run as someone else. */
  user: SystemUser | null;
}

/** Where things go that the server's user could not reach in their own place. */
const defaultSystemFolder = '/var/lib/campaign-dialer';

/**
 * Decides where the cluster of a data directory lives and who runs it. For everyone but root it lives in the data
 * directory. As root it does too, unless the server's user cannot enter there (a folder below /root, say): then it
 * lives in `/var/lib/campaign-dialer/data/<name>-<hash of the path>`. A cluster that exists stays where it is.
 */
export async function decidePlacement({
  dataDirectory,
  binaries,
  log,
  systemFolder = defaultSystemFolder,
}: {
  dataDirectory: string;
  binaries: Binaries;
  log: Log;
  systemFolder?: string | undefined;
}): Promise<Placement> {
  // World-enterable, because the server may run as another user; what must stay private has its own mode.
  await mkdir(dataDirectory, { recursive: true, mode: 0o755 });
  const resolved = await realpath(dataDirectory);
  const home = join(resolved, 'postgres');
  if (!isRoot()) {
    refuseForeign(home);
    return { home, binaries: binaries.folder, user: null };
  }

  const elsewhere = join(systemFolder, 'data', stableNameOf(resolved));
  const existing = [home, elsewhere].find((folder) => existsSync(join(folder, 'data', 'PG_VERSION')));
  const user = existing === undefined ? serverUserOf(readPasswd()) : ownerOf(join(existing, 'data'));
  const chosen = existing ?? (canEnter(resolved, user) ? home : elsewhere);
  if (existing === home && !canEnter(home, user)) {
    throw new UserError(
      `the database in ${home} belongs to the user "${user.name}", who can no longer enter ${resolved}: ` +
        `give the folders above it the mode 0711 or run the dialer as that user`,
    );
  }
  if (chosen === elsewhere) {
    await mkdir(dirname(elsewhere), { recursive: true, mode: 0o755 });
    log.info(
      { folder: elsewhere },
      `the embedded database of ${resolved} lives in ${elsewhere}, because its user "${user.name}" cannot enter ${resolved}`,
    );
  }
  return { home: chosen, binaries: await runnableBinaries(binaries, user, systemFolder), user };
}

function refuseForeign(home: string): void {
  if (!existsSync(home) || process.getuid === undefined) return;
  const owner = ownerOf(home);
  if (owner.uid === process.getuid()) return;
  throw new UserError(
    `the database in ${home} belongs to the user "${owner.name}": run the dialer as that user (or as root), ` +
      'or set DIALER_DATA_DIR to another folder',
  );
}

function stableNameOf(dataDirectory: string): string {
  const hash = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 12);
  const word = basename(dirname(dataDirectory)).replace(/[^A-Za-z0-9_-]/g, '') || 'dialer';
  return `${word}-${hash}`;
}

/** The binaries in their own place where the user can run them, else a copy that is made once a version. */
async function runnableBinaries(binaries: Binaries, user: SystemUser, systemFolder: string): Promise<string> {
  if (canRun(binaries.folder, user)) return binaries.folder;
  const copy = join(systemFolder, `postgresql-${binaries.version}`);
  if (!existsSync(copy)) await copyOnce(binaries.folder, copy);
  if (canRun(copy, user)) return copy;
  throw new UserError(
    `the user "${user.name}" can run PostgreSQL neither in ${binaries.folder} nor in ${copy}: ` +
      'make one of them enterable and executable for that user, or set DATABASE_URL to a PostgreSQL server',
  );
}

async function copyOnce(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await removeLeftovers(to);
  const temporary = temporaryNameFor(to);
  await cp(from, temporary, { recursive: true, verbatimSymlinks: true });
  await openToAll(temporary);
  await rename(temporary, to).catch(async (error: unknown) => {
    await rm(temporary, { recursive: true, force: true });
    // Someone else's copy came first, and it is whole: it was renamed into place too.
    if (!existsSync(to)) throw error;
  });
}

/** Read and enter for all: a strict umask at install time would carry over into the copy. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}
