import { expect, test } from 'vitest';
import list from './testing/fixtures/v1-call-list.json' with { type: 'json' };
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf } from './testing/client.ts';
import { restException } from './testing/payloads.ts';
import type { CallListQuery } from './list-v1-calls.ts';

const window = {
  createdFrom: new Date('2022-11-03T17:20:00Z'),
  createdTo: new Date('2022-11-03T17:30:00.900Z'),
};

async function pathAskedFor(query: CallListQuery, timeZone = 'Asia/Kolkata'): Promise<string> {
  const server = await startAnsweringServer({ body: list });
  await clientOf(server.url, { ccmUrl: 'http://127.0.0.1:9', timeZone }).listV1Calls(query);
  return server.received[0]?.path ?? '';
}

async function listFrom(answer: Answer, query: CallListQuery = { sids: ['a'] }) {
  const server = await startAnsweringServer(answer);
  return await clientOf(server.url).listV1Calls(query);
}

const page = (next: unknown) => ({ ...list, Metadata: { ...list.Metadata, NextPageUri: next } });

test('asks for calls by SID, a hundred on a page', async () => {
  expect(await pathAskedFor({ sids: ['a1', 'b2'] })).toBe(
    '/v1/Accounts/exotel1/Calls.json?Sid=a1%2Cb2&PageSize=100',
  );
});

test('asks by number and by time in the zone of the account, everything encoded', async () => {
  const query = { from: '+919900000002', to: '+919900000001', phoneNumber: '+918040000000', ...window };
  expect(await pathAskedFor(query)).toBe(
    '/v1/Accounts/exotel1/Calls.json?From=%2B919900000002&To=%2B919900000001&PhoneNumber=%2B918040000000' +
      '&DateCreated=gte%3A2022-11-03%2022%3A50%3A00%3Blte%3A2022-11-03%2023%3A00%3A00&PageSize=100',
  );
  expect(await pathAskedFor(window, 'Asia/Singapore')).toBe(
    '/v1/Accounts/exotel1/Calls.json?DateCreated=gte%3A2022-11-04%2001%3A20%3A00%3Blte%3A2022-11-04%2001%3A30%3A00&PageSize=100',
  );
});

test('gives the cursor of the next page, and asks by it', async () => {
  const first = await listFrom({ body: list });
  expect(first).toMatchObject({ kind: 'calls', next: 'MTYwMDAwMDAwMDow+xyz=' });
  const cursor = first.kind === 'calls' ? first.next : null;
  expect(await pathAskedFor({ sids: ['a'], cursor })).toBe(
    '/v1/Accounts/exotel1/Calls.json?Sid=a&PageSize=100&After=MTYwMDAwMDAwMDow%2Bxyz%3D',
  );
});

test.each([
  ['/v1/Accounts/exotel1/Calls.json?PageSize=100&After=abc', 'abc'],
  ['/v1/Accounts/exotel1/Calls.json?After=abc&Before=x', 'abc'],
  ['https://elsewhere.example/v1/Calls.json?After=abc', 'abc'],
  ['/Calls.json?After=a+b%2Fc==', 'a+b/c=='],
  ['/Calls.json?After=100%', '100%'],
  ['/Calls.json?PageSize=100', null],
  ['/Calls.json?After=', null],
  ['', null],
  ['null', null],
  [null, null],
])('takes the cursor out of the address %o and never follows it', async (next, cursor) => {
  expect(await listFrom({ body: page(next) })).toMatchObject({ kind: 'calls', next: cursor });
});

test('finds the address of the next page at the top level', async () => {
  expect(await listFrom({ body: { Calls: [], NextPageUri: '/Calls.json?After=abc' } })).toMatchObject({
    next: 'abc',
  });
});

test('does not begin again with a page that names itself as the next', async () => {
  const answer = await listFrom({ body: page('/Calls.json?After=abc') }, { sids: ['a'], cursor: 'abc' });
  expect(answer).toMatchObject({ kind: 'calls', next: null });
});

test.each([
  ['in a wrapper', { TwilioResponse: list }],
  ['in the other wrapper', { RestResponse: list }],
  ['in objects of their own', { ...list, Calls: list.Calls.map((Call) => ({ Call })) }],
  ['in XML fashion', { Metadata: list.Metadata, Calls: { Call: list.Calls } }],
])('reads calls %s', async (_where, body) => {
  expect(await listFrom({ body })).toMatchObject({
    kind: 'calls',
    calls: [
      {
        callSid: list.Calls[0]?.Sid,
        status: 'completed',
        durationSeconds: 169,
        legsTold: false,
        customField: null,
      },
      { callSid: list.Calls[1]?.Sid, status: 'no-answer', durationSeconds: 0, endedAt: null, to: null },
    ],
  });
});

test('reads a single call where a list belongs, and an empty list', async () => {
  expect(await listFrom({ body: { Call: list.Calls[0] } })).toMatchObject({
    calls: [{ status: 'completed' }],
  });
  expect(await listFrom({ body: { Calls: { Call: list.Calls[0] } } })).toMatchObject({
    calls: [{ status: 'completed' }],
  });
  for (const Calls of [[], null, '']) {
    expect(await listFrom({ body: { Metadata: {}, Calls } })).toEqual({
      kind: 'calls',
      calls: [],
      next: null,
    });
  }
});

test('passes over a record without a SID', async () => {
  const body = { Calls: [{ Status: 'busy' }, 'odd', null, list.Calls[1]] };
  expect(await listFrom({ body })).toMatchObject({ calls: [{ status: 'no-answer' }] });
});

test.each([0, 101])('asks for no list by %i SIDs', async (count) => {
  const server = await startAnsweringServer({ body: list });
  const sids = Array.from({ length: count }, (_nothing, index) => `s${index}`);
  expect(await clientOf(server.url).listV1Calls({ sids })).toMatchObject({ kind: 'unsent', fenced: false });
  expect(server.received).toHaveLength(0);
});

test.each([
  [{ body: {} }, null],
  [{ body: 'words' }, null],
  [{ body: '<html><body>Welcome</body></html>' }, null],
  [{ status: 400, body: restException(400, 'Invalid DateCreated') }, null],
  [{ status: 404, body: '' }, null],
  [{ status: 401, body: '' }, 'pause_account'],
  [{ status: 500, body: list }, 'internal'],
])('fails for %o instead of finding nothing', async (answer, decision) => {
  expect(await listFrom(answer)).toMatchObject({ kind: 'failed', decision });
});

test('reports throttling', async () => {
  expect(await listFrom({ status: 429, body: '' })).toEqual({ kind: 'throttled', retryAfterMs: null });
});
