import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';

/** A way to a database or a provider whose connections a test can disturb; it ends with the test. */
export async function faultyWay(
  to: string,
  { slowMs = 100 } = {},
): Promise<{ url: string; way: FaultProxy }> {
  const { hostname: host, port } = new URL(to);
  const way = await startFaultProxy({ target: () => ({ host, port: Number(port) }), slowMs });
  onTestFinished(() => way.close());
  return { url: withPort(to, way.port), way };
}

/** A way on which a test sees every byte that is sent. */
export interface WatchedWay {
  url: string;
  /** bytes sent to the target so far */
  sent(): number;
}

/** A way to a provider that only counts; it ends with the test. */
export async function watchedWay(to: string): Promise<WatchedWay> {
  const { hostname, port } = new URL(to);
  const clients = new Set<Socket>();
  let sent = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    clients.add(client);
    client.on('data', (bytes) => (sent += bytes.length));
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const client of clients) client.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the way has no port');
  return { url: withPort(to, address.port), sent: () => sent };
}

function withPort(address: string, port: number): string {
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return url.href.replace(/\/$/, '');
}
