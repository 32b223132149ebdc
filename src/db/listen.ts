import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { addressOf, connectionFailure } from './connection-errors.ts';

export interface ListenOptions {
  url: string;
  /** Channel names as given to NOTIFY; case counts. */
  channels: readonly string[];
  /** Gets each notification; what it throws is logged. */
  onNotification: (notification: { channel: string; payload: string }) => void;
  /**
   * Called whenever the connection listens again after a break. Notifications of the meantime are lost for good:
   * whoever needs them looks at the tables here.
   */
  onReconnected?: () => void;
  log: Log;
  /** How often the connection is tried with a statement, in ms; a network that swallows packets shows no error. */
  heartbeatInterval?: number;
}

export interface Listener {
  stop(): Promise<void>;
}

const longestPause = 5_000;
const answerTimeout = 10_000;

/**
 * Listens on a connection of its own and opens it anew for as long as it takes when it breaks.
 * @throws UserError naming host:port when the first connection cannot be opened
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const stopping = new AbortController();
  let connection = await connect(options);
  const following = follow();

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await connection.broken;
      await connection.close();
      if (stopping.signal.aborted) return;
      options.log.warn({ database: addressOf(options.url) }, 'the listening database connection broke');
      await reconnect();
    }
  }

  async function reconnect(): Promise<void> {
    for (let pause = 100; !stopping.signal.aborted; pause = Math.min(pause * 2, longestPause)) {
      try {
        connection = await connect(options);
        options.onReconnected?.();
        return;
      } catch (error) {
        options.log.debug(
          { reason: messageOf(error) },
          'the listening database connection cannot be opened yet',
        );
        await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  return {
    async stop(): Promise<void> {
      stopping.abort();
      await connection.close();
      await following;
      // It may have been opened between the two.
      await connection.close();
    },
  };
}

interface Connection {
  /** Settles when the connection is gone, for whatever reason. */
  readonly broken: Promise<void>;
  close(): Promise<void>;
}

async function connect(options: ListenOptions): Promise<Connection> {
  const client = new Client({
    connectionString: options.url,
    application_name: 'campaign-dialer listen',
    connectionTimeoutMillis: answerTimeout,
    query_timeout: answerTimeout,
    keepAlive: true,
  });
  const { promise: broken, resolve: noteBroken } = Promise.withResolvers<void>();
  client.on('error', () => noteBroken());
  client.on('end', () => noteBroken());
  client.on('notification', ({ channel, payload }) => {
    try {
      options.onNotification({ channel, payload: payload ?? '' });
    } catch (error) {
      options.log.error({ channel, reason: messageOf(error) }, 'a notification could not be handled');
    }
  });
  try {
    await client.connect();
    await client.query(
      options.channels.map((channel) => `LISTEN ${client.escapeIdentifier(channel)}`).join('; '),
    );
  } catch (error) {
    await end(client);
    throw connectionFailure(options.url, error);
  }
  const heartbeat = setInterval(() => {
    client.query('SELECT').catch(noteBroken);
  }, options.heartbeatInterval ?? 15_000);
  heartbeat.unref();
  return {
    broken,
    close: async () => {
      clearInterval(heartbeat);
      noteBroken();
      await end(client);
    },
  };
}

/** Says goodbye, but does not wait for a peer that no longer answers. */
async function end(client: Client): Promise<void> {
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, delay(1_000, undefined, { ref: false })]);
}
