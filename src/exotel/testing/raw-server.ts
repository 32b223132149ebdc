import { createServer, connect as openSocket } from 'node:net';
import type { Socket } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createTransport } from '../transport.ts';
import type { Transport, TransportOptions, TransportRequest } from '../transport.ts';
import { urlOf } from './answering-server.ts';
import { credentials } from './client.ts';

export const get: TransportRequest = { method: 'GET', path: '/v2/x' };
export const post: TransportRequest = {
  method: 'POST',
  path: '/v2/x',
  body: { contentType: 'application/json', text: '{"a":1}' },
};
export const fullAnswer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

/** A transport to a test's own server; it ends with the test. */
export function transportTo(baseUrl: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({
    baseUrl,
    credentials,
    mayWrite: () => null,
    clock: systemClock,
    ...options,
  });
  onTestFinished(() => transport.close());
  return transport;
}

interface RawServer {
  url: string;
  sockets: Socket[];
  /** Requests whose last byte came, over all connections. */
  requests: () => number;
  /** Bytes that came, over all connections. */
  bytes: () => number;
}

/** A TCP server that hands every whole request (they end with the JSON body) to the test. */
export async function startRawServer(onRequest: (socket: Socket) => void): Promise<RawServer> {
  const sockets: Socket[] = [];
  let bytes = 0;
  let requests = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (!/\r\n\r\n$|\{"a":1\}$/.test(chunk.toString())) return;
      requests += 1;
      onRequest(socket);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: urlOf(server.address()), sockets, requests: () => requests, bytes: () => bytes };
}

/** A connector that makes the TCP connection at once but hands it over only when the test says so. */
export function heldConnector() {
  let release: (() => void) | null = null;
  const connect: TransportOptions['connect'] = (options, callback) => {
    const socket = openSocket({ host: options.hostname, port: Number(options.port) });
    release = () => callback(null, socket);
  };
  return { connect, release: () => release?.() };
}

/** Whatever was written on a connection has come once it is closed. */
export async function untilHungUp(sockets: Socket[]): Promise<void> {
  await vi.waitFor(() => {
    expect(sockets.map(({ closed }) => closed)).not.toContain(false);
    expect(sockets).not.toHaveLength(0);
  });
}
