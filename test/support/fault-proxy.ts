import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * `refuse`: open connections are reset and new ones refused. `stall`: connections stay open, new ones are accepted, and
 * not a byte moves (a half-open network). `slow`: every piece travels late, in order.
 */
export type ConnectionFault = 'refuse' | 'stall' | 'slow' | Rewrite;

/** Puts other bytes in the place of those that a client sent, piece by piece. */
export interface Rewrite {
  rewrite: (piece: Buffer) => Buffer;
}

/** A TCP proxy on loopback that disturbs the connections through it. */
export interface FaultProxy {
  readonly port: number;
  /** Disturbs all connections, those that are open and those to come, until `pass`. */
  disturb(fault: ConnectionFault): Promise<void>;
  /** Resets every open connection; new ones are not hindered. */
  cut(): void;
  /** Ends whatever fault there is; bytes that waited go on. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** asked for each connection: the target may move */
  target: () => { host: string; port: number };
  /** how late each piece travels under `slow`, in ms */
  slowMs?: number;
}

interface Pair {
  client: Socket;
  upstream: Socket | null;
}

/** Starts a proxy on a port of its own. */
export async function startFaultProxy({ target, slowMs = 100 }: FaultProxyOptions): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let fault: ConnectionFault | null = null;
  let flowing = Promise.resolve();
  let flow: () => void = () => undefined;
  const server = createServer((client) => void serve(client));
  const port = await listenOn(server, 0);

  async function serve(client: Socket): Promise<void> {
    const pair: Pair = { client, upstream: null };
    pairs.add(pair);
    client.on('error', () => undefined);
    try {
      await flowing;
      if (client.destroyed) return;
      const upstream = connect(target());
      pair.upstream = upstream;
      upstream.on('error', () => undefined);
      await Promise.all([carry(client, upstream, asSent), carry(upstream, client, (piece) => piece)]);
    } finally {
      client.destroy();
      pair.upstream?.destroy();
      pairs.delete(pair);
    }
  }

  /** What one end says the other hears, its end included: a stalled network hides that a peer is gone. */
  async function carry(from: Socket, to: Socket, worded: (piece: Buffer) => Buffer): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        await flowing;
        if (fault === 'slow') await delay(slowMs);
        if (!to.destroyed && !to.write(worded(piece))) await once(to, 'drain');
      }
    } catch {
      // reset by one of the two: the other hears of it below
    }
    await flowing;
    to.end();
  }

  function asSent(piece: Buffer): Buffer {
    return typeof fault === 'object' && fault !== null ? fault.rewrite(piece) : piece;
  }

  function reset(): void {
    for (const { client, upstream } of pairs) {
      client.resetAndDestroy();
      upstream?.resetAndDestroy();
    }
  }

  async function pass(): Promise<void> {
    fault = null;
    flow();
    flowing = Promise.resolve();
    if (!server.listening) await listenOn(server, port);
  }

  return {
    port,
    pass,
    cut: reset,
    async disturb(next) {
      await pass();
      fault = next;
      if (next === 'stall') {
        const { promise, resolve } = Promise.withResolvers<void>();
        flowing = promise;
        flow = resolve;
      }
      if (next === 'refuse') {
        server.close();
        reset();
      }
    },
    async close() {
      await pass();
      server.close();
      reset();
    },
  };
}

async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
