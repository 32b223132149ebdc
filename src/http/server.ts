import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { incomingAddress } from '../incoming/incoming-address.ts';
import { createIncomingInbox } from '../incoming/incoming-inbox.ts';
import type { Log } from '../log.ts';
import type { CallbackInbox } from '../results/callback-inbox.ts';
import { callbackRoutes } from './callback-routes.ts';
import { incomingRoutes } from './incoming-routes.ts';

export interface ServerOptions {
  database: Database;
  inbox: CallbackInbox;
  secret: string;
  host: string;
  port: number;
  /** where Exotel reaches this server; null or left out: not known */
  publicUrl?: string | null;
  log: Log;
}

/** A listening HTTP server. */
export interface Server {
  /** where it listens, such as http://127.0.0.1:3000 */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves callbacks, applets of flows, and health.
 * @throws UserError when the port is taken or may not be used
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { host, port, database } = options;
  const app = fastify({ logger: false, bodyLimit: 1024 * 1024, requestTimeout: 30_000, trustProxy: false });
  healthRoute(app, database);
  await app.register(callbackRoutes, { inbox: options.inbox, secret: options.secret, log: options.log });
  await serveApplets(app, options);
  try {
    const url = await app.listen({ host, port });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw listenFailure(error, host, port);
  }
}

async function serveApplets(app: FastifyInstance, options: ServerOptions): Promise<void> {
  const { database, secret, log, publicUrl = null } = options;
  const inbox = createIncomingInbox({
    database,
    log,
    agentEventUrl: (accountId) =>
      publicUrl === null ? null : incomingAddress(publicUrl, secret, { accountId, purpose: 'agent_event' }),
  });
  inbox.start();
  app.addHook('onClose', () => inbox.close());
  await app.register(incomingRoutes, { inbox, secret, log });
}

function healthRoute(app: FastifyInstance, database: Database): void {
  app.get('/healthz', async (_request, reply) => {
    try {
      await database.query('select 1 from accounts limit 1');
      return await reply.send({ status: 'ok' });
    } catch {
      // the reason may name hosts: it is for the log of the process, not for whoever asks
      return await reply.code(503).send({ status: 'the database does not answer' });
    }
  });
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') {
    return new UserError(
      `port ${port} on ${host} is in use: end the process that listens there or set DIALER_PORT to another`,
      { cause: error },
    );
  }
  if (code === 'EACCES') {
    return new UserError(`port ${port} may not be used by this user: set DIALER_PORT to one above 1024`, {
      cause: error,
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UserError(`${host} is not an address of this machine: correct DIALER_HOST`, { cause: error });
  }
  return error;
}
