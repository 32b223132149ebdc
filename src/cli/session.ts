import { userInfo } from 'node:os';
import { registerAccounts } from '../campaigns/accounts.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { acquireEmbeddedDatabase } from '../db/embedded/acquire.ts';
import { migrate } from '../db/migrate.ts';
import { createDatabase } from '../db/pool.ts';
import type { Database } from '../db/pool.ts';
import { createLog } from '../log.ts';
import type { Log } from '../log.ts';

/** What a command that uses the database works with. */
export interface Session {
  config: Config;
  database: Database;
  /** where the database is, for people; never with a password */
  databasePlace: string;
  log: Log;
  /** who is named in the trail */
  actor: string;
}

export interface SessionOptions {
  maxConnections?: number;
  /** instead of what the environment says */
  config?: Config;
}

/**
 * Runs a command against the database of the configuration: opened, brought to this build's schema, and let go of in
 * the end, whatever happens. The embedded one is started where it does not run.
 */
export async function withSession<Result>(
  run: (session: Session) => Promise<Result>,
  options: SessionOptions = {},
): Promise<Result> {
  const config = options.config ?? readConfig(process.env);
  const log = createLog(config.logLevel);
  return await withDatabaseUrl(config, log, async (url, databasePlace) => {
    await migrate({ url, log });
    const database = createDatabase(url, { log, maxConnections: options.maxConnections ?? 5 });
    try {
      await registerAccounts(database, config.accounts);
      return await run({ config, database, databasePlace, log, actor: `cli:${userInfo().username}` });
    } finally {
      await database.close();
    }
  });
}

/** The database of a configuration; an embedded one is let go of last, since all that ends before still writes to it. */
export async function withDatabaseUrl<Result>(
  config: Config,
  log: Log,
  run: (url: string, place: string) => Promise<Result>,
): Promise<Result> {
  if (config.databaseUrl !== null) return await run(config.databaseUrl, 'from DATABASE_URL');
  const embedded = await acquireEmbeddedDatabase({ dataDirectory: config.dataDirectory, log });
  try {
    return await run(embedded.url, `embedded in ${embedded.folder}`);
  } finally {
    await embedded.release();
  }
}
