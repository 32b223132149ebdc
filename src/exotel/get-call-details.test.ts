import { expect, test } from 'vitest';
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf } from './testing/client.ts';
import {
  ended,
  endedUnderCallDetails,
  placedInPlace,
  refusal,
  restException,
  sid,
  v3Details,
} from './testing/payloads.ts';
import { noSuchCallCodes } from './testing/provider-codes.ts';

async function detailsFrom(answer: Answer, callDetails: 'v2' | 'v3' = 'v2') {
  const server = await startAnsweringServer(answer);
  return clientOf(server.url, { callDetails }).getCallDetails(sid);
}

test.each(['v2', 'v3'] as const)('asks %s by the SID of the call', async (callDetails) => {
  const server = await startAnsweringServer({ body: ended });
  await clientOf(server.url, { callDetails }).getCallDetails(sid);
  expect(server.received).toMatchObject([
    { method: 'GET', path: `/${callDetails}/accounts/exotel1/calls/${sid}` },
  ]);
});

test.each([
  ['the support page', ended, 'completed'],
  ['the newest v2 page', endedUnderCallDetails, 'completed'],
  ['the newest "make a call" page', placedInPlace, null],
  ['the v3 page', v3Details('to_leg_unanswered'), 'customer_unanswered'],
])('reads the details in the form of %s', async (_page, body, status) => {
  expect(await detailsFrom({ body })).toMatchObject({ kind: 'details', details: { callSid: sid, status } });
});

test.each(noSuchCallCodes)('takes code %i for "no such call"', async (code) => {
  expect(await detailsFrom({ status: 404, body: refusal(404, code) })).toEqual({ kind: 'not_found' });
  expect(await detailsFrom({ body: refusal(404, code) })).toEqual({ kind: 'not_found' });
});

test('takes a plain 404 for "no such call", but not one that says the account is unknown', async () => {
  expect(await detailsFrom({ status: 404, body: '' })).toEqual({ kind: 'not_found' });
  expect(await detailsFrom({ status: 404, body: restException(404, 'Not found') })).toEqual({
    kind: 'not_found',
  });
  expect(await detailsFrom({ status: 404, body: refusal(404, 1017) })).toMatchObject({
    kind: 'failed',
    decision: 'pause_account',
    code: 1017,
  });
});

test('reports throttling with the wish of the server', async () => {
  const answer = { status: 429, headers: { 'retry-after': '3' }, body: refusal(429, 10724) };
  expect(await detailsFrom(answer)).toEqual({ kind: 'throttled', retryAfterMs: 3000 });
});

test.each([
  [{ status: 401, body: refusal(401, 1010) }, 'pause_account'],
  [{ status: 401, body: '' }, 'pause_account'],
  [{ status: 503, body: '<html>Unavailable</html>' }, 'internal'],
  [{ status: 500, body: refusal(500, 3040) }, 'internal'],
  [{ status: 400, body: 'bad request' }, null],
  [{ status: 302, body: '' }, null],
  [{ status: 200, body: 'not JSON' }, null],
  [{ status: 200, body: { response: { code: 200, data: null } } }, null],
])('fails for %o with the decision %s', async (answer, decision) => {
  expect(await detailsFrom(answer)).toMatchObject({ kind: 'failed', decision });
});

test('never takes the details of another call', async () => {
  const other = { response: { code: 200, data: { call_sid: 'other', call_state: 'terminal' } } };
  expect(await detailsFrom({ body: other })).toMatchObject({ kind: 'failed' });
});

test('fails when the answer is cut', async () => {
  expect(await detailsFrom(({ socket }) => socket.destroy())).toMatchObject({
    kind: 'failed',
    httpStatus: null,
  });
});

test('sends no question past the fence', async () => {
  const server = await startAnsweringServer({ body: ended });
  const client = clientOf(server.url, { fence: () => 'the lease is over' });
  expect(await client.getCallDetails(sid)).toEqual({
    kind: 'unsent',
    why: 'the lease is over',
    fenced: true,
  });
});
