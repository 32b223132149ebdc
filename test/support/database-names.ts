import { randomBytes } from 'node:crypto';
import type pg from 'pg';

const keptForSeconds = 3_600;
const cleaningLock = 0x7465_7374;

/** A name that says which process made the database, and when: `test_<pid>_<seconds>_<random>`. */
export function databaseName(kind: 'template' | 'test'): string {
  return `dialer_${kind}_${process.pid}_${Math.floor(Date.now() / 1000)}_${randomBytes(4).toString('hex')}`;
}

export function urlWithDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Drops what earlier runs left: databases of killed runs, and those of failed tests after an hour. */
export async function dropDeadRuns(admin: pg.Client): Promise<void> {
  // Of two runs that begin at once, the second finds nothing left to drop.
  await admin.query(`SELECT pg_advisory_lock(${cleaningLock})`);
  const { rows } = await admin.query<{ name: string }>(
    String.raw`SELECT datname AS name FROM pg_database WHERE datname ~ '^dialer_(template|test)_\d+_\d+_[0-9a-f]+$'`,
  );
  for (const { name } of rows) {
    const [, , pid, madeAt] = name.split('_');
    if (isAlive(Number(pid)) || Date.now() / 1000 - Number(madeAt) < keptForSeconds) continue;
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
  await admin.query(`SELECT pg_advisory_unlock(${cleaningLock})`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
