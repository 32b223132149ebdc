import { createServer } from 'node:http';
import { onTestFinished, vi } from 'vitest';
import type { ScenarioInput } from './scenario.ts';
import { startSandbox, type Sandbox } from './server.ts';

export const credentials = `Basic ${Buffer.from('sandbox-key:sandbox-token').toString('base64')}`;

/** The parts of an answer that tests look at. */
export interface Seen {
  status: number;
  headers: Headers;
  body: {
    http_code: number;
    method: string;
    metadata: unknown;
    response: {
      code: number;
      status: string;
      data: Record<string, unknown> & { call_sid: string };
      error_data: { code: number; message: string; description: string } | null;
    };
  };
}

export interface TestSandbox extends Sandbox {
  place(body?: Record<string, unknown>, signal?: AbortSignal): Promise<Seen>;
  get(path: string): Promise<Seen>;
  send(method: string, path: string, body: unknown): Promise<Seen>;
}

/** Waits until `check` passes. */
export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 10 });
}

/** A body that Exotel would accept; whatever a test gives replaces a field. */
export function placeBody(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    from: { user_id: 'agent-001' },
    to: { customer_contact_uri: '+919800000001' },
    virtual_number: '+918045680000',
    recording: true,
    custom_field: 'attempt-1',
    ...given,
  };
}

/** A sandbox for one test: a thousand times as fast as life, with answers at once, all agents free. */
export async function sandboxForTest(scenario: ScenarioInput = {}): Promise<TestSandbox> {
  const sandbox = await startSandbox({
    speed: 1_000,
    agents: { count: 10 },
    outcomes: { connected: 1 },
    ...scenario,
    answers: { latency: { mean: '0ms', spread: '0ms' }, ...scenario.answers },
  });
  onTestFinished(() => sandbox.close());

  const send = async (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Seen> => {
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      signal: signal ?? null,
      headers: {
        authorization: credentials,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  };
  return {
    ...sandbox,
    send,
    get: (path) => send('GET', path),
    place: (given, signal) => send('POST', '/v2/accounts/sandbox/calls', placeBody(given), signal),
  };
}

interface ReceivedCallback {
  event_details: { event_type: string };
  call_details: Record<string, unknown> & {
    call_status: string | null;
    assigned_agent_details: { status: string | null };
    customer_details: { status: string | null };
  };
}

/** A subscriber that keeps what it is told and answers with `status`. */
export async function subscriber(status = 200) {
  const received: ReceivedCallback[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(status).end();
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
  const url = `http://127.0.0.1:${address.port}/callbacks/3f9c2b7de81a4455?token=secret`;
  return {
    received,
    events: () => received.map((callback) => callback.event_details.event_type),
    status_callback: [
      { event: 'answered', url },
      { event: 'terminal', url },
    ],
  };
}
