import { DatabaseError } from 'pg';
import type { Client } from 'pg';
import { messageOf, UserError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { findBinaries } from './binaries.ts';
import { readPassword, urlOf } from './hold.ts';
import { initializeCluster } from './initialize.ts';
import { joinServer } from './join-server.ts';
import { keepMembership } from './membership.ts';
import { decidePlacement } from './placement.ts';
import type { Placement } from './placement.ts';

/** The database in the server; its users share it. */
const databaseName = 'dialer';

export interface EmbeddedDatabase {
  /** Address of the database `dialer`, password included: never into a log. */
  readonly url: string;
  /** The folder where its data lives; not always the one that was asked for, see `decidePlacement`. */
  readonly folder: string;
  /** Ends this use. The last user of the server stops it and waits until it is gone. Close the pools first. */
  release(): Promise<void>;
}

/**
 * The embedded PostgreSQL of a data directory: made at the first use, started when it does not run, shared with
 * every other process that uses the directory, and stopped by the last one.
 * @throws UserError naming the mend when it cannot be made or started
 */
export async function acquireEmbeddedDatabase({
  dataDirectory,
  log,
  systemFolder,
}: {
  dataDirectory: string;
  log: Log;
  /** Instead of /var/lib/campaign-dialer, where things go that the server's user cannot reach as root. */
  systemFolder?: string;
}): Promise<EmbeddedDatabase> {
  const placement = await prepare({ dataDirectory, binaries: findBinaries(), log, systemFolder });
  const hold = await joinServer(placement, log);
  const membership = keepMembership(hold, placement, log);
  try {
    await ensureDatabase(hold.client);
    const url = urlOf(hold.port, await readPassword(placement.home), databaseName);
    return { url, folder: placement.home, release: () => membership.end() };
  } catch (error) {
    await membership.end();
    throw error;
  }
}

/** Settles where everything is and makes the cluster; what the file system refuses is told with its mend. */
async function prepare(options: Parameters<typeof decidePlacement>[0]): Promise<Placement> {
  try {
    const placement = await decidePlacement(options);
    await initializeCluster(placement);
    return placement;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `the embedded database in ${options.dataDirectory} cannot be made (${messageOf(error)}): ` +
        'set DIALER_DATA_DIR to a folder that you may write to, or DATABASE_URL to a PostgreSQL server',
      { cause: error },
    );
  }
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
  if (rowCount === 1) return;
  try {
    await client.query(`CREATE DATABASE ${databaseName}`);
  } catch (error) {
    // 42P04 and 23505: another process created it in the same moment.
    if (!(error instanceof DatabaseError) || !['42P04', '23505'].includes(error.code ?? '')) throw error;
  }
}
