import type { Socket } from 'node:net';
import { Dispatcher } from 'undici';
import { expect, test, vi } from 'vitest';
import { exchange } from './exchange.ts';
import { startAnsweringServer } from './testing/answering-server.ts';
import {
  fullAnswer,
  get,
  heldConnector,
  post,
  startRawServer,
  transportTo,
  untilHungUp,
} from './testing/raw-server.ts';

test('reports unsent when no connection comes about in time, and writes nothing when it comes later', async () => {
  const server = await startRawServer((socket) => socket.write(fullAnswer));
  const late = heldConnector();
  const transport = transportTo(server.url, { connect: late.connect, timeouts: { connect: 50 } });
  const result = await transport.send(post);
  expect(result).toEqual({ kind: 'unsent', why: 'no connection within 0.05 s', fenced: false });
  await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
  late.release();
  await untilHungUp(server.sockets);
  expect(server.bytes()).toBe(0);
});

test('the fence stops a request before its first byte', async () => {
  const server = await startAnsweringServer({ body: '{}' });
  const transport = transportTo(server.url, { mayWrite: () => 'the lease is over' });
  expect(await transport.send(post)).toEqual({ kind: 'unsent', why: 'the lease is over', fenced: true });
  expect(await transport.send(get)).toEqual({ kind: 'unsent', why: 'the lease is over', fenced: true });
  await untilHungUp(server.connections);
  expect(server.received).toHaveLength(0);
});

test('the fence stops a request on a connection that is already open', async () => {
  const server = await startAnsweringServer({ body: '{}' });
  let reason: string | null = null;
  const transport = transportTo(server.url, { mayWrite: () => reason });
  expect(await transport.send(get)).toMatchObject({ kind: 'answered' });
  reason = 'the lease is over';
  expect(await transport.send(get)).toEqual({ kind: 'unsent', why: 'the lease is over', fenced: true });
  await untilHungUp(server.connections);
  expect(server.received).toHaveLength(1);
});

test.each([post, get])(
  'the fence is asked after a slow connect, and no byte reaches the server ($method)',
  async (request) => {
    const server = await startRawServer((socket) => socket.write(fullAnswer));
    const slow = heldConnector();
    let reason: string | null = null;
    const mayWrite = vi.fn<() => string | null>(() => reason);
    const transport = transportTo(server.url, { connect: slow.connect, mayWrite });
    const sending = transport.send(request);
    await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
    expect(mayWrite).not.toHaveBeenCalled();
    reason = 'the lease is over';
    slow.release();
    expect(await sending).toEqual({ kind: 'unsent', why: 'the lease is over', fenced: true });
    await untilHungUp(server.sockets);
    expect(mayWrite).toHaveBeenCalledTimes(1);
    expect(server.bytes()).toBe(0);
  },
);

test('a fence that throws stops the request too', async () => {
  const server = await startAnsweringServer({ body: '{}' });
  const mayWrite = vi.fn<() => string | null>().mockThrow(new Error('no clock'));
  expect(await transportTo(server.url, { mayWrite }).send(post)).toEqual({
    kind: 'unsent',
    why: 'the check before writing failed: no clock',
    fenced: true,
  });
  await untilHungUp(server.connections);
  expect(server.received).toHaveLength(0);
});

const cuts: [string, (socket: Socket) => void][] = [
  ['before any answer', (socket) => socket.destroy()],
  ['by a reset', (socket) => socket.resetAndDestroy()],
  ['within the status line', (socket) => socket.end('HTTP/1.1 2')],
  ['within the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
  ['after the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n')],
  ['within the body', (socket) => socket.end('HTTP/1.1 409 C\r\ncontent-length: 20\r\n\r\n{"a"')],
  [
    'within a chunked body',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{"a"\r\n'),
  ],
  ['by something that is not HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
];

test.each(cuts)(
  'reports unknown, and sends nothing again, when the answer is cut %s',
  async (_where, cut) => {
    const server = await startRawServer(cut);
    const transport = transportTo(server.url);
    expect(await transport.send(post)).toMatchObject({ kind: 'unknown' });
    expect(server.requests()).toBe(1);
    expect(await transport.send(get)).toMatchObject({ kind: 'unknown' });
    expect(server.requests()).toBe(2);
  },
);

test('does not let the HTTP library start a written request again', async () => {
  const aborted: unknown[] = [];
  const controller: Dispatcher.DispatchController = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason) => aborted.push(reason),
    pause: () => {},
    resume: () => {},
  };
  class Repeating extends Dispatcher {
    override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      handler.onRequestStart?.(controller, null);
      expect(aborted).toHaveLength(0);
      handler.onRequestStart?.(controller, null);
      return true;
    }
  }
  const result = await exchange({
    dispatcher: new Repeating(),
    request: { method: 'POST', path: '/', headers: {}, body: null },
    mayWrite: () => null,
    now: () => 0,
    connectTimeout: 1000,
    answerTimeout: 1000,
  });
  expect(result).toEqual({ kind: 'unknown', why: 'the connection was lost' });
  expect(aborted).toHaveLength(1);
});

test('reports unknown when no answer comes in time, and hangs up', async () => {
  const server = await startRawServer(() => {});
  const transport = transportTo(server.url, { timeouts: { placing: 60 } });
  expect(await transport.send(post)).toEqual({ kind: 'unknown', why: 'no full answer within 0.06 s' });
  await vi.waitFor(() => expect(server.sockets[0]?.destroyed).toBe(true));
  expect(server.requests()).toBe(1);
});

test('reports unknown when the body trickles past the deadline', async () => {
  const server = await startRawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
    const trickle = setInterval(() => socket.write('x'), 10);
    socket.on('close', () => clearInterval(trickle));
  });
  const transport = transportTo(server.url, { timeouts: { placing: 100 } });
  expect(await transport.send(post)).toEqual({ kind: 'unknown', why: 'no full answer within 0.1 s' });
});

test('the time a connection takes is not taken from the time the answer may take', async () => {
  const server = await startRawServer((socket) => socket.write(fullAnswer));
  const slow = heldConnector();
  const transport = transportTo(server.url, { connect: slow.connect, timeouts: { placing: 200 } });
  const asked = performance.now();
  const sending = transport.send(post);
  await vi.waitFor(() => expect(performance.now() - asked).toBeGreaterThan(250));
  slow.release();
  expect(await sending).toMatchObject({ kind: 'answered' });
});

test('counts an answer that lay in the socket while this process stood still', async () => {
  const server = await startRawServer((socket) => {
    socket.write(fullAnswer);
    const until = performance.now() + 150;
    while (performance.now() < until);
  });
  const transport = transportTo(server.url, { timeouts: { placing: 100 } });
  expect(await transport.send(post)).toMatchObject({ kind: 'answered' });
});

test('reports unknown for an answer larger than it reads', async () => {
  const server = await startAnsweringServer({ body: 'x'.repeat(2000) });
  const transport = transportTo(server.url, { maxBodyBytes: 1000 });
  const result = await transport.send(post);
  expect(result).toMatchObject({ kind: 'unknown' });
  expect(result).toHaveProperty('why', expect.stringContaining('too large'));
});
