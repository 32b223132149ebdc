import { expect } from 'vitest';
import { z } from 'zod';
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

/** Every function of the client that sends a request. */
export const everyAsk: Record<Exclude<keyof ExotelClient, 'close' | 'knowsHostOfVoiceLogs'>, Ask> = {
  placeCall: agents,
  connectNumbers: numbers,
  connectToFlow: flow,
  getCallDetails: look,
  getV1Call: v1Look,
  listV1Calls: list,
  listActiveCalls: (client) => client.listActiveCalls(),
  getVoiceLog: (client) => client.getVoiceLog(sid),
  listUsers: (client) => client.listUsers({ offset: 0 }),
  getUser: (client) => client.getUser('user-1'),
  switchDevice: (client) => client.switchDevice({ userId: 'user-1', deviceId: '11', available: true }),
  getNumber: (client) => client.getNumber(someCall.to),
};

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

/** An answer that echoes the numbers of the request in whatever form. */
export function echoes(ask: Ask, body: object) {
  return async () => {
    const server = await startAnsweringServer({ body });
    const answer = echoShape.parse(await ask(clientOf(server.url)));
    const { from = null, to = null } = answer.details ?? answer.calls?.[0] ?? {};
    expect(isSameNumber(from, someNumbers.from)).toBe(true);
    expect(isSameNumber(to, someNumbers.to)).toBe(true);
    expect(isSameNumber(from, someNumbers.to)).toBe(false);
  };
}

const partiesShape = z.looseObject({ from: z.string().nullable(), to: z.string().nullable() });
const echoShape = z.looseObject({
  details: partiesShape.optional(),
  calls: z.array(partiesShape).optional(),
});

/** Answers that differ in a word that nobody needs, of which the client makes one and the same. */
export function sameOf(
  ask: Ask,
  bodies: object[],
  expected: object,
  options: Partial<ExotelClientOptions> = {},
) {
  return async () => {
    const readings: object[] = [];
    for (const body of bodies) {
      const server = await startAnsweringServer({ body });
      const { details } = detailsShape.parse(await ask(clientOf(server.url, options)));
      readings.push({ ...details, raw: null, givenStatus: null });
    }
    expect(readings).toHaveLength(2);
    expect(readings[0]).toMatchObject(expected);
    expect(readings[1]).toEqual(readings[0]);
  };
}

const detailsShape = z.looseObject({ details: z.looseObject({}) });

/** No function of the client sends anything of the kind, in its path or in its body. */
export function neverSends(what: RegExp) {
  return async () => {
    const server = await startAnsweringServer({ body: {} });
    for (const ask of Object.values(everyAsk)) await ask(clientOf(server.url));
    expect(server.received).toHaveLength(Object.keys(everyAsk).length);
    for (const { path, body } of server.received) {
      expect(`${decodeURIComponent(path)} ${decodeURIComponent(body)}`).not.toMatch(what);
    }
  };
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
