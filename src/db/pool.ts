import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError, Pool } from 'pg';
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { messageOf, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { columnTypes } from './column-types.ts';
import { addressOf, connectionFailure, isConnectionError } from './connection-errors.ts';

/** What runs one statement: the pool itself or an open transaction. */
export interface Queryable {
  query<Row extends QueryResultRow = QueryResultRow>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
}

export interface Transaction extends Queryable {
  /** The connection itself, for what is not one statement (COPY). It must not be kept after the transaction. */
  readonly client: PoolClient;
}

export interface TransactionOptions {
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** For this transaction only; 0 is no limit. */
  statementTimeout?: number;
  /** For this transaction only, in ms: how long it may stand idle between two statements. */
  idleTimeout?: number;
}

export interface Database extends Queryable {
  readonly url: string;
  /**
   * Runs `work` between BEGIN and COMMIT; anything thrown rolls back. A serialization failure or a deadlock
   * runs it again, so `work` must have no effect outside the database.
   */
  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /** Lends one connection without a transaction; session settings made on it stay with the connection. */
  withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
  /** Waits for the statements under way and closes every connection. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  log: Log;
  maxConnections?: number;
  statementTimeout?: number;
  connectTimeout?: number;
  applicationName?: string;
}

/**
 * How long any transaction may stand idle before the server ends it, in ms. A process that stops between two statements
 * (a paused machine, SIGSTOP, Ctrl-Z) would otherwise hold its locks for as long as it sleeps: stopped amidst a takeover,
 * an owner kept everybody from the account.
 */
const idleInTransaction = 3_000;

const retriedStates = new Set(['40001', '40P01']);
const maxTries = 5;
/** How much longer than the server's own limit the client waits: past it the network is gone, not the statement slow. */
const networkGrace = 5_000;

/**
 * A pool of connections to one Postgres. Opening is lazy: the first statement connects.
 * @throws UserError (from every method) naming host:port when no connection can be opened
 */
export function createDatabase(url: string, options: DatabaseOptions): Database {
  const statementTimeout = options.statementTimeout ?? 30_000;
  const closing = new AbortController();
  const pool = createPool(url, { ...options, statementTimeout }, closing.signal);

  async function withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw connectionFailure(url, error);
    });
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = isConnectionError(error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async function transactionOnce<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    settings: TransactionOptions,
  ): Promise<Result> {
    return await withClient(async (client) => {
      const timeout = settings.statementTimeout ?? statementTimeout;
      await run(client, beginStatement(settings), [], statementTimeout);
      try {
        const result = await work({
          client,
          query: (sql, parameters) => run(client, sql, parameters, timeout),
        });
        const commit = await run(client, 'COMMIT', [], timeout);
        if (commit.command !== 'COMMIT')
          throw new Error('a failed statement was ignored, so nothing was committed');
        return result;
      } catch (error) {
        if (!isConnectionError(error)) await rollBack(client, error, statementTimeout);
        throw error;
      }
    });
  }

  return {
    url,
    query: (sql, parameters) => withClient((client) => run(client, sql, parameters, statementTimeout)),
    transaction: async (work, settings = {}) => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await transactionOnce(work, settings);
        } catch (error) {
          if (tries === maxTries || !isRetried(error)) throw error;
          options.log.debug({ tries, reason: messageOf(error) }, 'transaction runs again');
        }
        await delay(Math.random() * 20 * 2 ** tries);
      }
    },
    withClient,
    close: async () => {
      closing.abort();
      await pool.end();
    },
  };
}

function createPool(
  url: string,
  options: DatabaseOptions & { statementTimeout: number },
  closing: AbortSignal,
): Pool {
  addressOf(url);
  const pool = new Pool({
    connectionString: url,
    max: options.maxConnections ?? 10,
    statement_timeout: options.statementTimeout,
    idle_in_transaction_session_timeout: idleInTransaction,
    connectionTimeoutMillis: options.connectTimeout ?? 10_000,
    application_name: options.applicationName ?? 'campaign-dialer',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: columnTypes(),
  });
  pool.on('error', (error) => {
    // end() resolves before the sockets are closed; a server that is stopped right after it closes them first
    if (closing.aborted) return;
    options.log.warn(
      { database: addressOf(url), reason: messageOf(error) },
      'an idle database connection was lost',
    );
  });
  // The pool listens to a connection only while it is idle. Without this one, a connection that breaks
  // between two statements of a transaction is an unhandled 'error' event, which ends the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      options.log.debug({ reason: messageOf(error) }, 'a database connection broke');
    });
  });
  return pool;
}

function run<Row extends QueryResultRow>(
  client: PoolClient,
  sql: string,
  parameters: readonly unknown[] = [],
  statementTimeout = 0,
): Promise<QueryResult<Row>> {
  const statement = {
    text: sql,
    values: [...parameters],
    ...(statementTimeout === 0 ? {} : { query_timeout: statementTimeout + networkGrace }),
  };
  return client.query<Row>(statement);
}

/** A connection that cannot even roll back must not go back to the pool: both errors go up, the first one first. */
async function rollBack(client: PoolClient, reason: unknown, statementTimeout: number): Promise<void> {
  await run(client, 'ROLLBACK', [], statementTimeout).catch((error: unknown) => {
    throw new AggregateError([reason, error], messageOf(reason));
  });
}

function beginStatement(settings: TransactionOptions): string {
  const begin = settings.isolation === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${settings.isolation}`;
  const limits = [
    ['statement_timeout', settings.statementTimeout],
    ['idle_in_transaction_session_timeout', settings.idleTimeout],
  ] as const;
  return limits.reduce((statements, [name, limit]) => {
    if (limit === undefined) return statements;
    if (!Number.isSafeInteger(limit)) throw new UserError(`${name} must be whole ms`);
    return `${statements}; SET LOCAL ${name} = ${limit}`;
  }, begin);
}

function isRetried(error: unknown): boolean {
  return error instanceof DatabaseError && retriedStates.has(error.code ?? '');
}
