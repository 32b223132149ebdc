import { expect } from 'vitest';
import { parseCallback } from '../callback-body.ts';
import type { ExotelClient, ExotelClientOptions } from '../client.ts';
import { isSameNumber } from '../same-number.ts';
import { startAnsweringServer } from './answering-server.ts';
import type { Answer } from './answering-server.ts';
import { clientOf, someCall, someFlow, someNumbers } from './client.ts';
import v1Call from './fixtures/v1-call.json' with { type: 'json' };
import { sid } from './payloads.ts';

/** One form of a question on which Exotel's pages disagree, or of an error. */
export type Form = [row: number | string, form: string, check: () => Promise<void> | void];
export type Ask = (client: ExotelClient) => Promise<unknown>;

export const numbers: Ask = (client) => client.connectNumbers(someNumbers);
/** To the customer whom the published refusal names. */
export const toCustomerOnRegister: Ask = (client) =>
  client.connectNumbers({ ...someNumbers, to: '+919900001234' });
export const flow: Ask = (client) => client.connectToFlow(someFlow);
export const agents: Ask = (client) => client.placeCall(someCall);
export const look: Ask = (client) => client.getCallDetails(sid);
export const v1Look: Ask = (client) => client.getV1Call(v1Call.Call.Sid);
export const list: Ask = (client) => client.listV1Calls({ sids: ['a'] });

/** What the client makes of an answer. */
export function read(ask: Ask, answer: Answer, expected: object, options: Partial<ExotelClientOptions> = {}) {
  return async () => {
    const server = await startAnsweringServer(answer);
    expect(await ask(clientOf(server.url, options))).toMatchObject(expected);
    expect(server.received).toHaveLength(1);
  };
}

interface Sent {
  path?: RegExp;
  /** Fields of the form or of the JSON. */
  fields?: object;
  /** What stands nowhere in the body. */
  without?: RegExp;
}

/** What the client sends. */
export function sends(ask: Ask, { path = /^/, fields = {}, without = /^$/ }: Sent) {
  return async () => {
    const server = await startAnsweringServer({ body: {} });
    await ask(clientOf(server.url));
    const [{ body, path: asked } = { body: '', path: '' }] = server.received;
    const sent: unknown = body.startsWith('{')
      ? JSON.parse(body)
      : Object.fromEntries(new URLSearchParams(body));
    expect(asked).toMatch(path);
    expect(sent).toMatchObject(fields);
    expect(JSON.stringify(sent)).not.toMatch(without);
  };
}

/** Two ways to write one number. */
export const sameNumber = (one: string, other: string) => () => expect(isSameNumber(one, other)).toBe(true);

/** What is made of a callback, whatever type it claims and however often it comes. */
export const reported =
  (body: string, expected: object, query: Record<string, unknown> = {}) =>
  () => {
    const first = parseCallback('multipart/form-data', Buffer.from(body), query);
    expect(first).toMatchObject({ kind: 'callback', ...expected });
    expect(parseCallback('application/json', Buffer.from(body), query)).toEqual(first);
  };

export async function multipart(fields: Record<string, string>): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return await new Response(form).text();
}

/** An answer of v1's host, once the other one has said 404. */
export function fromOtherHost(ask: Ask, answer: Answer, expected: object) {
  return async () => {
    const [first, second] = [
      await startAnsweringServer({ status: 404, body: '' }),
      await startAnsweringServer(answer),
    ];
    const client = clientOf(first.url, { v1Url: second.url });
    await ask(client);
    expect(await ask(client)).toMatchObject(expected);
  };
}
