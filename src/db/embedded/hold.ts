import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, DatabaseError } from 'pg';
import { messageOf, UserError } from '../../errors.ts';
import { isConnectionError } from '../connection-errors.ts';
import { superuser } from './initialize.ts';

/**
 * The lock that arbitrates who may stop the server: every user of it holds the lock shared for as long as it uses
 * it, and only who gets it exclusively may stop. It lives in the server's memory, so it cannot go stale.
 */
const lockKey = 0x6469616c;

/** An open connection that holds the lock shared. It is in the maintenance database, which nobody drops. */
export interface Hold {
  readonly client: Client;
  readonly port: number;
  /** Settles when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
}

export type HoldAttempt =
  | { kind: 'held'; hold: Hold }
  /** Someone holds it exclusively: the server is about to be stopped. */
  | { kind: 'leaving' }
  | { kind: 'away'; reason: string }
  | { kind: 'password refused' };

export async function readPassword(home: string): Promise<string> {
  const file = join(home, 'password');
  return await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(
      `${file} cannot be read (${messageOf(error)}): run the dialer as the user that owns it, or put it back`,
      { cause: error },
    );
  });
}

/** The address of one of the server's databases. It holds the password. */
export function urlOf(port: number, password: string, database: string): string {
  return `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Connects and takes the lock shared, without waiting for it. */
export async function tryHold(port: number, password: string): Promise<HoldAttempt> {
  const client = new Client({
    connectionString: urlOf(port, password, 'postgres'),
    application_name: 'campaign-dialer hold',
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    keepAlive: true,
  });
  const lost = new Promise<void>((resolve) => {
    client.on('error', () => resolve());
    client.on('end', () => resolve());
  });
  try {
    await client.connect();
    const held = await selectBoolean(client, 'SELECT pg_try_advisory_lock_shared($1) AS yes');
    if (held) return { kind: 'held', hold: { client, port, lost } };
    await disconnect(client);
    return { kind: 'leaving' };
  } catch (error) {
    await disconnect(client);
    if (error instanceof DatabaseError && error.code === '28P01') return { kind: 'password refused' };
    if (isConnectionError(error)) return { kind: 'away', reason: messageOf(error) };
    throw error;
  }
}

/**
 * Gives the shared lock back and tries for the exclusive one. With two leaving at once, each gives back before it
 * tries, so at least one of them finds the lock free, or someone else uses the server.
 * @returns whether this was the last user, who now holds the lock exclusively and must stop the server
 */
export async function isLastAfterLetGo({ client }: Hold): Promise<boolean> {
  await selectBoolean(client, 'SELECT pg_advisory_unlock_shared($1) AS yes');
  return await selectBoolean(client, 'SELECT pg_try_advisory_lock($1) AS yes');
}

export async function disconnect(client: Client): Promise<void> {
  // A connection that is broken already has nothing to say goodbye to.
  await client.end().catch(() => undefined);
}

async function selectBoolean(client: Client, sql: string): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(sql, [lockKey]);
  return rows[0]?.yes === true;
}
