import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { credentials, sandboxForTest, type TestSandbox } from './fixture.ts';
import type { ScenarioInput } from './scenario.ts';

type CallV1 = Record<string, unknown> & { Sid: string };

/** The parts of v1's answers that tests look at. */
export interface SeenV1 {
  status: number;
  headers: Headers;
  contentType: string | null;
  text: string;
  body: {
    Call: CallV1;
    Calls: CallV1[];
    Metadata: Record<'Total' | 'PageSize', number> & Record<'NextPageUri' | 'PrevPageUri', string | null>;
    Numbers: Record<string, string>;
    RestException: { Status: number | string; Message: string; Code?: number | string };
  };
}

export interface TestSandboxV1 extends TestSandbox {
  /** Connects agent-001's phone to a customer; whatever a test gives replaces a field, `null` leaves it out. */
  connect(given?: Fields, path?: string): Promise<SeenV1>;
  /** Connects a customer to a flow. */
  toFlow(given?: Fields): Promise<SeenV1>;
  /** `path` is what comes after the account, or what a page of a list names as the next. */
  read(path: string): Promise<SeenV1>;
  /** Sends a body as it is. */
  post(body: URLSearchParams | FormData | string, path?: string): Promise<SeenV1>;
}

type Fields = Record<string, string | null>;

export const account = '/v1/Accounts/sandbox';
const flowUrl = 'http://my.exotel.com/sandbox/exoml/start_voice/208287';

/** A sandbox for one test of v1. */
export async function sandboxForV1(scenario: ScenarioInput = {}): Promise<TestSandboxV1> {
  const sandbox = await sandboxForTest(scenario);
  const ask = async (path: string, body?: URLSearchParams | FormData | string): Promise<SeenV1> => {
    const response = await fetch(`${sandbox.url}${path.startsWith('/v1/') ? path : `${account}${path}`}`, {
      headers: { authorization: credentials },
      ...(body !== undefined && { method: 'POST', body }),
    });
    const contentType = response.headers.get('content-type')?.split(';', 1)[0] ?? null;
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      contentType,
      text,
      body: contentType === 'application/json' ? JSON.parse(text) : null,
    };
  };
  const placeWith = (defaults: Fields, given: Fields, path: string): Promise<SeenV1> => {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...defaults, ...given })) {
      if (value !== null) form.append(name, value);
    }
    return ask(path, form);
  };
  const shared = { CallerId: '+918045680000', CustomField: 'attempt-1' };
  return {
    ...sandbox,
    read: (path) => ask(path),
    post: (body, path = '/Calls/connect.json') => ask(path, body),
    connect: (given = {}, path = '/Calls/connect.json') =>
      placeWith({ From: '+919000000001', To: '+919800000001', ...shared }, given, path),
    toFlow: (given = {}) =>
      placeWith({ From: '+919800000001', Url: flowUrl, ...shared }, given, '/Calls/connect.json'),
  };
}

/** A request as it reached a subscriber. */
export interface Received {
  method: string;
  contentType: string;
  /** In the order of the form or of the JSON document; a query for a GET. */
  fields: Record<string, unknown>;
}

/** A subscriber that takes whatever form it is told in. */
export async function formSubscriber() {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const contentType = request.headers['content-type'] ?? '';
      void fieldsOf(contentType, Buffer.concat(chunks), request.url ?? '').then((fields) => {
        received.push({ method: request.method ?? '', contentType, fields });
        response.writeHead(200, { 'content-type': 'text/plain' }).end('thanks');
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The subscriber has no port');
  return { received, url: `http://127.0.0.1:${address.port}/callbacks/3f9c2b7de81a4455` };
}

async function fieldsOf(contentType: string, body: Buffer, url: string): Promise<Record<string, unknown>> {
  if (contentType === 'application/json') return JSON.parse(body.toString());
  if (contentType === '') return Object.fromEntries(new URL(url, 'http://subscriber').searchParams);
  const form = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });
  return Object.fromEntries(await form.formData());
}
