import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PG_MIGRATE_LOCK_ID, runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { messageOf, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { addressOf, connectionFailure } from './connection-errors.ts';

export interface MigrateOptions {
  url: string;
  log: Log;
  /** Folder of `NNNN_words.sql` files; by default the one of this package. */
  directory?: string;
  /** How long to wait for another process that is migrating the same database. */
  lockTimeout?: number;
}

const ownDirectory = fileURLToPath(new URL('../../migrations', import.meta.url));
const table = 'schema_migrations';

/**
 * Brings a database to this build's schema, all pending files in one transaction; forward only.
 * Any number of processes may call it at once: one migrates, the others wait and find nothing to do.
 * @returns the names of the migrations that this call applied, in order
 * @throws UserError when the database is away, newer than this build, or a migration fails
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const directory = options.directory ?? ownDirectory;
  const known = await migrationNames(directory);
  const client = new Client({
    connectionString: options.url,
    application_name: 'campaign-dialer migrate',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', (error) =>
    options.log.debug({ reason: messageOf(error) }, 'the migrating connection broke'),
  );
  await client.connect().catch((error: unknown) => {
    throw connectionFailure(options.url, error);
  });
  try {
    await lock(client, options);
    await refuseUnknown(client, known, options.url);
    return await applyPending(client, directory, options.log);
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

async function migrationNames(directory: string): Promise<Set<string>> {
  const files = await readdir(directory).catch((error: unknown) => {
    throw new UserError(`the folder ${directory} cannot be read: install the dialer again`, { cause: error });
  });
  return new Set(files.filter((file) => !file.startsWith('.')).map((file) => basename(file, '.sql')));
}

/**
 * Tries again and again instead of waiting inside pg_advisory_lock: a session that waits there holds a snapshot,
 * and a CREATE INDEX CONCURRENTLY of the process that migrates waits for that snapshot, a deadlock.
 */
async function lock(client: Client, { url, log, lockTimeout = 300_000 }: MigrateOptions): Promise<void> {
  const deadline = performance.now() + lockTimeout;
  let told = false;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      PG_MIGRATE_LOCK_ID,
    ]);
    if (rows[0]?.locked === true) return;
    if (performance.now() > deadline) {
      throw new UserError(
        `another process has been migrating the database at ${addressOf(url)} for too long: end it and try again`,
      );
    }
    if (!told)
      log.info({ database: addressOf(url) }, 'another process is migrating the database; waiting for it');
    told = true;
    await delay(50 + Math.random() * 100);
  }
}

async function refuseUnknown(client: Client, known: Set<string>, url: string): Promise<void> {
  const { rows: found } = await client.query<{ exists: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS exists',
    [`public.${table}`],
  );
  if (found[0]?.exists !== true) return;
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM public.${table} ORDER BY id`);
  const unknown = rows.map((row) => row.name).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new UserError(
    `the database at ${addressOf(url)} has migrations that this build of the dialer does not know ` +
      `(${unknown.join(', ')}): run a newer build, or point DATABASE_URL at another database`,
  );
}

async function applyPending(client: Client, directory: string, log: Log): Promise<string[]> {
  let current = '';
  const follow = (message: string): void => {
    current = /^### MIGRATION (.+) \(UP\) ###$/.exec(message)?.[1] ?? current;
  };
  const quiet = (message: string): void => log.debug({ detail: message }, 'migration');
  try {
    const applied = await runner({
      dbClient: client,
      dir: directory,
      direction: 'up',
      migrationsTable: table,
      migrationsSchema: 'public',
      singleTransaction: true,
      // The lock is held already, and the runner's own refuses at once instead of waiting.
      noLock: true,
      logger: { debug: quiet, info: follow, warn: quiet, error: quiet },
    });
    for (const { name } of applied) log.info({ migration: name }, 'migration applied');
    return applied.map(({ name }) => name);
  } catch (error) {
    const place = current === '' ? 'the migrations' : `migration ${current}`;
    throw new UserError(`${place} failed, and nothing of it was kept: ${messageOf(error)}`, { cause: error });
  }
}
