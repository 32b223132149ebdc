import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { programIn } from './binaries.ts';
import { removeLeftovers, temporaryNameFor } from './leftovers.ts';
import type { Placement } from './placement.ts';

export const superuser = 'dialer';

/** Whether the cluster is there; it appears whole, by a rename. */
export function isInitialized(home: string): boolean {
  return existsSync(join(home, 'data', 'PG_VERSION'));
}

/**
 * Makes the cluster unless it is there: in a folder beside its place, renamed when whole, so that a kill at any
 * moment leaves nothing in the way and of two processes that do it at once one wins and the other takes its work.
 * @throws UserError with what initdb said
 */
export async function initializeCluster(placement: Placement): Promise<void> {
  await removeLeftovers(placement.home);
  if (isInitialized(placement.home)) return;
  await refuseOtherContent(placement.home);
  const temporary = temporaryNameFor(placement.home);
  try {
    await makeHome(temporary, placement);
    await moveIntoPlace(temporary, placement.home);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function refuseOtherContent(home: string): Promise<void> {
  const found = await readdir(home).catch((error: unknown) => {
    if (existsSync(home)) throw inTheWay(home, error);
    return [];
  });
  if (found.length > 0 && !isInitialized(home)) throw inTheWay(home);
}

function inTheWay(home: string, cause?: unknown): UserError {
  return new UserError(`${home} is in the way of the embedded database: move it away`, { cause });
}

async function makeHome(folder: string, { binaries, user }: Placement): Promise<void> {
  const passwordFile = join(folder, 'password');
  await mkdir(folder, { mode: 0o700 });
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (user !== null) {
    await chown(passwordFile, user.uid, user.gid);
    await chown(folder, user.uid, user.gid);
  }
  await runInitdb(folder, passwordFile, { binaries, user });
}

async function runInitdb(
  folder: string,
  passwordFile: string,
  { binaries, user }: Pick<Placement, 'binaries' | 'user'>,
): Promise<void> {
  const settings = [
    ['--pgdata', join(folder, 'data')],
    ['--username', superuser],
    ['--pwfile', passwordFile],
    ['--auth', 'scram-sha-256'],
    ['--encoding', 'UTF8'],
    // PostgreSQL's own Unicode tables: the same order and the same upper case on every system, whatever its locales.
    ['--locale-provider', 'builtin'],
    ['--builtin-locale', 'C.UTF-8'],
    ['--locale', 'C'],
  ];
  const child = spawn(
    programIn(binaries, 'initdb'),
    settings.map((pair) => pair.join('=')),
    {
      ...serverProcessOptions(user),
      // In the caller's group: a kill of the whole group must not leave it writing.
      detached: false,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  const listen = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return;
  const reason = said.trim().split('\n').slice(-6).join('\n');
  throw new UserError(
    `the embedded database could not be made in ${dirname(folder)}:\n${reason}\nMend that, or set DATABASE_URL to a PostgreSQL server`,
  );
}

async function moveIntoPlace(temporary: string, home: string): Promise<void> {
  try {
    await rename(temporary, home);
  } catch (error) {
    // A rename onto a folder that is not empty fails: someone else's cluster came first.
    if (!isInitialized(home)) throw inTheWay(home, error);
    return;
  }
  if (process.platform === 'win32') return;
  const parent = await open(dirname(home));
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

/**
 * How every PostgreSQL program is spawned: as the server's user, in a session of its own (a Ctrl-C at the terminal
 * is not for it), from a folder that any user can enter, and with none of the caller's PG* variables.
 */
export function serverProcessOptions(user: Placement['user']) {
  return {
    detached: true,
    windowsHide: true,
    cwd: process.platform === 'win32' ? undefined : '/',
    env: { LC_ALL: 'C' },
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  };
}
