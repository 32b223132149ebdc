import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../../errors.ts';

/** The system user that the server runs as. PostgreSQL refuses to run as root. */
export interface SystemUser {
  uid: number;
  gid: number;
  name: string;
}

/**
 * Who must run the server in place of root: `postgres` where the system has that user, else `nobody`.
 * @param passwd the text of /etc/passwd
 */
export function serverUserOf(passwd: string): SystemUser {
  const users = parsePasswd(passwd);
  const user = users.find(({ name }) => name === 'postgres') ?? users.find(({ name }) => name === 'nobody');
  if (user !== undefined && user.uid !== 0) return user;
  throw new UserError(
    'PostgreSQL refuses to run as root, and this system has neither a user "postgres" nor "nobody": ' +
      'start the dialer as another user, or set DATABASE_URL to a PostgreSQL server',
  );
}

/** The user that owns a folder, by name where the system knows one. */
export function ownerOf(path: string): SystemUser {
  const { uid, gid } = statSync(path);
  const name = parsePasswd(readPasswd()).find((user) => user.uid === uid)?.name ?? String(uid);
  return { uid, gid, name };
}

export function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    // Without the file no user has a name; whoever needs one says so.
    return '';
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Whether `user` can change into `folder`. Really tried as that user, since modes, ACLs and mount options of the
 * whole path decide together.
 */
export function canEnter(folder: string, user: SystemUser): boolean {
  return succeedsAs(user, 'cd -- "$1"', folder);
}

/** Whether `user` can run the PostgreSQL in `folder` and read what it needs beside the program. */
export function canRun(folder: string, user: SystemUser): boolean {
  return succeedsAs(user, '"$1/bin/postgres" --version && cat "$1/share/postgresql/postgres.bki"', folder);
}

function succeedsAs(user: SystemUser, script: string, argument: string): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', script, 'sh', argument], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    stdio: 'ignore',
  });
  return status === 0;
}

function parsePasswd(passwd: string): SystemUser[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}
