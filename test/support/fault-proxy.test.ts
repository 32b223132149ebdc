import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { waitFor } from './wait.ts';

const slowMs = 60;

async function proxyToEcho(): Promise<{ proxy: FaultProxy; connections: () => number }> {
  const sockets = new Set<Socket>();
  const echo = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('the echo has no port');
  const proxy = await startFaultProxy({ target: () => ({ host: '127.0.0.1', port: address.port }), slowMs });
  onTestFinished(async () => {
    await proxy.close();
    echo.close();
  });
  return { proxy, connections: () => sockets.size };
}

interface Talk {
  say(word: string): void;
  heard(): string;
  ended(): string | null;
}

function talkThrough({ port }: FaultProxy): Talk {
  const socket = connect({ port, host: '127.0.0.1' });
  let heard = '';
  let ended: string | null = null;
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ended = error.code ?? error.message;
  });
  socket.on('close', () => {
    ended ??= 'closed';
  });
  onTestFinished(() => void socket.destroy());
  return { say: (word) => void socket.write(word), heard: () => heard, ended: () => ended };
}

test('carries bytes both ways and an end through to the other side', async () => {
  const { proxy, connections } = await proxyToEcho();
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  socket.write('hello');
  expect(String((await once(socket, 'data'))[0])).toBe('hello');
  socket.end();
  await waitFor(() => connections() === 0);
});

test('under stall nothing moves and nothing breaks; what waited goes on afterwards', async () => {
  const { proxy } = await proxyToEcho();
  const before = talkThrough(proxy);
  before.say('a');
  await waitFor(() => before.heard() === 'a');
  await proxy.disturb('stall');
  const during = talkThrough(proxy);
  before.say('b');
  during.say('c');
  const through = await startFaultProxy({
    target: () => ({ host: '127.0.0.1', port: proxy.port }),
    slowMs,
  });
  onTestFinished(() => through.close());
  // a round trip elsewhere takes far longer than one on loopback: were the stall leaky, it would show by then
  await through.disturb('slow');
  expect([before.heard(), before.ended(), during.heard(), during.ended()]).toEqual(['a', null, '', null]);
  await proxy.pass();
  await waitFor(() => before.heard() === 'ab' && during.heard() === 'c');
});

test('refuses new connections and resets open ones, until it passes again on the same port', async () => {
  const { proxy } = await proxyToEcho();
  const open = talkThrough(proxy);
  open.say('a');
  await waitFor(() => open.heard() === 'a');
  await proxy.disturb('refuse');
  const refused = talkThrough(proxy);
  await waitFor(() => open.ended() === 'ECONNRESET' && refused.ended() === 'ECONNREFUSED');
  await proxy.pass();
  const again = talkThrough(proxy);
  again.say('b');
  await waitFor(() => again.heard() !== '');
  expect(again.heard()).toBe('b');
});

test('a cut resets what is open and hinders nobody who comes', async () => {
  const { proxy } = await proxyToEcho();
  const open = talkThrough(proxy);
  open.say('a');
  await waitFor(() => open.heard() === 'a');
  proxy.cut();
  await waitFor(() => open.ended() === 'ECONNRESET');
  const again = talkThrough(proxy);
  again.say('b');
  await waitFor(() => again.heard() !== '');
  expect([again.heard(), again.ended()]).toEqual(['b', null]);
});

test('what a client sends is rewritten, what it hears is not', async () => {
  const { proxy } = await proxyToEcho();
  await proxy.disturb({ rewrite: (piece) => Buffer.from(piece.toString().toUpperCase()) });
  const talk = talkThrough(proxy);
  talk.say('hello');
  await waitFor(() => talk.heard() !== '');
  expect(talk.heard()).toBe('HELLO');
});

test('under slow every piece is late, and they stay in order', async () => {
  const { proxy } = await proxyToEcho();
  await proxy.disturb('slow');
  const talk = talkThrough(proxy);
  const saidAt = performance.now();
  talk.say('a');
  await waitFor(() => talk.heard() === 'a');
  expect(performance.now() - saidAt).toBeGreaterThanOrEqual(2 * slowMs - 5);
  talk.say('b');
  talk.say('c');
  await waitFor(() => talk.heard() === 'abc');
});
