import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  socket: Socket;
}

/** An answer as data, or whatever a test wants to do to the connection. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; body: string | object }
  | ((received: Received, response: ServerResponse) => void);

export interface AnsweringServer {
  url: string;
  /** Every request that came, in order. */
  received: Received[];
  /** Every connection that was opened, in order. */
  connections: Socket[];
}

/** An HTTP server on a free port that gives every request the answer; it ends with the test. */
export async function startAnsweringServer(answer: Answer): Promise<AnsweringServer> {
  const received: Received[] = [];
  const connections: Socket[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '', headers, socket } = request;
    const entry = { method, path, headers, body: await readBody(request), socket };
    received.push(entry);
    if (typeof answer === 'function') answer(entry, response);
    else writeAnswer(answer, response);
  };
  const server = createServer((request, response) => {
    void receive(request, response);
  });
  server.on('connection', (socket) => connections.push(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return { url: urlOf(server.address()), received, connections };
}

export function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return `http://127.0.0.1:${address.port}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  } catch {
    // A request that was cut counts with what came of it.
  }
  return Buffer.concat(chunks).toString();
}

function writeAnswer(answer: Exclude<Answer, Function>, response: ServerResponse): void {
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
  response.end(body);
}
