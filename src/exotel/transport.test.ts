import { createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { startAnsweringServer, urlOf } from './testing/answering-server.ts';
import { fullAnswer, get, post, startRawServer, transportTo } from './testing/raw-server.ts';

test('sends Basic credentials in the header and gives the whole answer', async () => {
  const server = await startAnsweringServer({
    status: 409,
    headers: { 'retry-after': '7', date: 'Mon, 05 Jan 2026 10:00:00 GMT' },
    body: { hello: 'नमस्ते' },
  });
  const result = await transportTo(`${server.url}/prefix/`).send(post);
  expect(result).toEqual({
    kind: 'answered',
    status: 409,
    contentType: 'application/json',
    retryAfterMs: 7000,
    date: new Date('2026-01-05T10:00:00Z'),
    body: '{"hello":"नमस्ते"}',
  });
  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({ method: 'POST', path: '/prefix/v2/x', body: '{"a":1}' });
  expect(server.received[0]?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from('the-api-key-of-a-test:the-api-token-of-a-test').toString('base64')}`,
    'content-type': 'application/json',
  });
});

test('measures a Retry-After date by the clock of the answer, not by its own', async () => {
  const server = await startAnsweringServer({
    status: 429,
    headers: { 'retry-after': 'Mon, 05 Jan 2026 10:00:20 GMT', date: 'Mon, 05 Jan 2026 10:00:00 GMT' },
    body: '',
  });
  expect(await transportTo(server.url).send(get)).toMatchObject({ retryAfterMs: 20_000 });
});

test('passes over an interim answer to the real one', async () => {
  const server = await startRawServer((socket) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${fullAnswer}`),
  );
  expect(await transportTo(server.url).send(post)).toMatchObject({
    kind: 'answered',
    status: 200,
    body: '{}',
  });
});

test.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
  const elsewhere = await startAnsweringServer({ body: '{}' });
  const server = await startAnsweringServer({
    status,
    headers: { location: `${elsewhere.url}/v2/x` },
    body: '',
  });
  const transport = transportTo(server.url);
  expect(await transport.send(post)).toMatchObject({ kind: 'answered', status });
  expect(await transport.send(get)).toMatchObject({ kind: 'answered', status });
  expect(server.received).toHaveLength(2);
  expect(elsewhere.received).toHaveLength(0);
});

test('reports unsent when nobody listens', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = urlOf(server.address());
  await new Promise((resolve) => {
    server.close(resolve);
  });
  const transport = transportTo(url);
  for (const request of [post, get]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const result = await transport.send(request);
    expect(result).toMatchObject({ kind: 'unsent' });
    expect(result).toHaveProperty('why', expect.stringContaining('connection refused'));
  }
});

test.each(['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'CERT_HAS_EXPIRED'])(
  'reports unsent when no connection comes about (%s)',
  async (code) => {
    const transport = transportTo('https://exotel.invalid', {
      connect: (_options, callback) => {
        callback(Object.assign(new Error('no way there'), { code }), null);
      },
    });
    expect(await transport.send(post)).toMatchObject({ kind: 'unsent' });
  },
);

test('reports unsent when TLS fails before the request', async () => {
  const server = await startAnsweringServer({ body: '{}' });
  const result = await transportTo(server.url.replace('http:', 'https:')).send(post);
  expect(result).toMatchObject({ kind: 'unsent' });
  expect(server.received).toHaveLength(0);
});

test('opens a new connection for every placing request, also beside an idle one', async () => {
  const server = await startAnsweringServer({ body: '{}' });
  const transport = transportTo(server.url);
  for (const request of [get, post, post, get, post]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    expect(await transport.send(request)).toMatchObject({ kind: 'answered' });
  }
  const [firstGet, ...rest] = server.received;
  expect(rest.filter(({ socket }) => socket === firstGet?.socket).map(({ method }) => method)).toEqual([
    'GET',
  ]);
  expect(server.connections).toHaveLength(4);
});

test('never writes a placing request where a server may hang up: each answered, none lost to a reset', async () => {
  // Announces keep-alive by silence (HTTP/1.1) and hangs up right after the answer all the same.
  const server = await startRawServer((socket) => {
    socket.write(fullAnswer, () => socket.resetAndDestroy());
  });
  const transport = transportTo(server.url);
  for (let count = 0; count < 20; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    expect(await transport.send(post)).toMatchObject({ kind: 'answered' });
  }
  expect(server.requests()).toBe(20);
});

test('hangs up a reading connection before it idled a second, whatever the server offers', async () => {
  const server = await startAnsweringServer({ headers: { 'keep-alive': 'timeout=600' }, body: '{}' });
  await transportTo(server.url).send(get);
  const answered = performance.now();
  await vi.waitFor(() => expect(server.connections[0]?.destroyed).toBe(true), { timeout: 3000, interval: 5 });
  expect(performance.now() - answered).toBeLessThan(1000);
});

test('places many at once, each on its own connection and each once', async () => {
  const server = await startAnsweringServer(({ body }, response) => {
    setImmediate(() => response.end(body));
  });
  const transport = transportTo(server.url);
  const bodies = Array.from({ length: 40 }, (_, index) => `{"n":${index}}`);
  const results = await Promise.all(
    bodies.map((text) => transport.send({ ...post, body: { contentType: 'application/json', text } })),
  );
  expect(results.map((result) => (result.kind === 'answered' ? result.body : result.why))).toEqual(bodies);
  expect(server.received.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
});

test('a closed transport sends nothing more', async () => {
  const server = await startAnsweringServer({ body: '{}' });
  const transport = transportTo(server.url);
  await transport.close();
  expect(await transport.send(post)).toMatchObject({ kind: 'unsent' });
  expect(server.received).toHaveLength(0);
});

test('closing waits for the answers under way', async () => {
  const server = await startRawServer(() => {});
  const transport = transportTo(server.url);
  const sending = transport.send(post);
  await vi.waitFor(() => expect(server.requests()).toBe(1));
  const closing = transport.close();
  server.sockets[0]?.write(fullAnswer);
  expect(await sending).toMatchObject({ kind: 'answered' });
  await closing;
});

test.each(['ftp://exotel.example', 'exotel', 'https://key:token@api.exotel.com'])(
  'refuses the address %s without repeating it',
  (baseUrl) => {
    expect(() => transportTo(baseUrl)).toThrow(/^Exotel URL: (?!.*token@)/);
  },
);
