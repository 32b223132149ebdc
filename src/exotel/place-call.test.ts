import { expect, test } from 'vitest';
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf, someCall } from './testing/client.ts';
import { placed, placedInPlace, refusal, restException, sid } from './testing/payloads.ts';

async function placeAgainst(answer: Answer) {
  const server = await startAnsweringServer(answer);
  const result = await clientOf(server.url).placeCall(someCall);
  expect(server.received).toHaveLength(1);
  return result;
}

async function bodySentFor(changes: Partial<typeof someCall>): Promise<unknown> {
  const server = await startAnsweringServer({ body: placed });
  await clientOf(server.url).placeCall({ ...someCall, ...changes });
  return JSON.parse(server.received[0]?.body ?? 'null');
}

test('asks for a call with everything always said', async () => {
  const server = await startAnsweringServer({ body: placed });
  const result = await clientOf(server.url).placeCall(someCall);
  expect(result).toMatchObject({
    kind: 'placed',
    callSid: sid,
    details: { state: 'active', customField: '12130y124b2f142' },
  });
  expect(server.received).toMatchObject([{ method: 'POST', path: '/v2/accounts/exotel1/calls' }]);
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    from: { user_id: 'user-1' },
    to: { customer_contact_uri: '+919900000001' },
    virtual_number: '+918040000000',
    recording: true,
    recording_channels: 'dual',
    attempt_time_out: 30,
    max_time_limit: 1800,
    custom_field: 'attempt-1',
    status_callback: [
      { event: 'answered', url: 'https://dialer.example/callbacks/1' },
      { event: 'terminal', url: 'https://dialer.example/callbacks/1' },
    ],
  });
});

test('names the agent by contact URI where there is no user id', async () => {
  const body = await bodySentFor({ from: { userId: null, contactUri: 'sip:asha@voip.example' } });
  expect(body).toMatchObject({ from: { user_contact_uri: 'sip:asha@voip.example' } });
});

test('asks for no callbacks and no recording where none are wanted', async () => {
  const body = await bodySentFor({ callbackUrl: null, recording: false });
  expect(body).toMatchObject({ recording: false });
  expect(body).not.toHaveProperty('status_callback');
  expect(body).not.toHaveProperty('recording_channels');
});

test('sends nothing for an agent without any address', async () => {
  const server = await startAnsweringServer({ body: placed });
  const result = await clientOf(server.url).placeCall({
    ...someCall,
    from: { userId: null, contactUri: null },
  });
  expect(result.kind).toBe('unsent');
  expect(server.connections).toHaveLength(0);
});

test.each([
  ['directly under response', placedInPlace],
  ['under response.call_details', { response: { call_details: { sid, state: 'active' } } }],
  ['in a list', { response: [{ code: 200, error_data: null, data: { call_sid: sid } }] }],
])('finds the SID %s', async (_where, body) => {
  expect(await placeAgainst({ body })).toMatchObject({ kind: 'placed', callSid: sid });
});

test.each([200, 201, 202])('a SID under HTTP %i is a placed call', async (status) => {
  expect(await placeAgainst({ status, body: placed })).toMatchObject({ kind: 'placed' });
});

test("gives the provider's clock with a placed call", async () => {
  const headers = { date: 'Mon, 05 Jan 2026 10:00:00 GMT' };
  expect(await placeAgainst({ headers, body: placed })).toMatchObject({
    date: new Date('2026-01-05T10:00:00Z'),
  });
});

test.each([
  ['nothing', ''],
  ['text', 'OK'],
  ['a page', '<html>Welcome</html>'],
  ['JSON that was cut', JSON.stringify(placed).slice(0, 200)],
  ['no data', { http_code: 200, response: { code: 200, status: 'success', data: null } }],
  ['data without a SID', { response: { code: 200, data: { call_state: 'active' } } }],
  ['an empty SID', { response: { code: 200, data: { call_sid: '' } } }],
  ['a failure that says nothing', { response: { status: 'failure', data: null } }],
  ['an error that nobody documented', { response: { error_data: { code: 99999 }, data: null } }],
])('calls HTTP 200 with %s unknown', async (_what, body) => {
  expect(await placeAgainst({ body })).toMatchObject({ kind: 'unknown', httpStatus: 200 });
});

test('calls a bare 408 unknown: a gateway gave up, its upstream may not have', async () => {
  expect(await placeAgainst({ status: 408, body: '' })).toMatchObject({ kind: 'unknown', httpStatus: 408 });
  const known = refusal(408, 10706);
  expect(await placeAgainst({ status: 408, body: known })).toMatchObject({ decision: 'agent_busy' });
});

test.each([500, 502, 503, 504, 599])('calls HTTP %i unknown, whatever its body says', async (status) => {
  for (const body of ['', '<html>Bad Gateway</html>', refusal(status, 1100), refusal(409, 10706)]) {
    // oxlint-disable-next-line no-await-in-loop -- one server at a time
    expect(await placeAgainst({ status, body })).toMatchObject({ kind: 'unknown', httpStatus: status });
  }
});

test('calls a 5xx inside HTTP 200 unknown', async () => {
  expect(await placeAgainst({ body: refusal(500, null) })).toMatchObject({ kind: 'unknown' });
  expect(await placeAgainst({ body: restException(503, 'Try later') })).toMatchObject({ kind: 'unknown' });
});

test('takes the SID that comes with a 5xx: there is something to ask Exotel about', async () => {
  expect(await placeAgainst({ status: 500, body: placed })).toMatchObject({ kind: 'placed', callSid: sid });
});

test.each([301, 302, 303, 307, 308])(
  'calls HTTP %i unknown and names the setting to check',
  async (status) => {
    const answer = await placeAgainst({ status, headers: { location: '/elsewhere' }, body: '' });
    expect(answer).toMatchObject({ kind: 'unknown', httpStatus: status });
    expect(answer).toHaveProperty('why', expect.stringContaining('check the Exotel URL'));
  },
);

test.each([
  ['before it began', { kind: 'unknown', httpStatus: null }, 'destroy'],
  ['in the middle', { kind: 'unknown', httpStatus: null }, 'half'],
] as const)(
  'calls an answer that was cut %s unknown and asks no second time',
  async (_when, expected, how) => {
    const answer = await placeAgainst(({ socket }, response) => {
      if (how === 'destroy') return socket.destroy();
      response.writeHead(200, { 'content-length': '5000' });
      return response.write('{"request_id"', () => socket.destroy());
    });
    expect(answer).toMatchObject(expected);
  },
);

test.each([
  ['HTTP 429 with an empty body', { status: 429, body: '' }],
  ['HTTP 429 with a page', { status: 429, body: '<html>Slow down</html>' }],
  [
    'HTTP 429 with a RestException',
    { status: 429, body: restException(429, 'Rate limit exceeded.', 'RATE') },
  ],
  ['code 10724', { status: 429, body: refusal(429, 10724) }],
  ['code 10724 under another status', { status: 400, body: refusal(400, 10724) }],
  ['a 429 inside HTTP 200', { body: refusal(429, null) }],
])('takes %s for throttling', async (_form, answer) => {
  expect(await placeAgainst(answer)).toEqual({ kind: 'throttled', retryAfterMs: null });
  expect(await placeAgainst({ ...answer, headers: { 'retry-after': '12' } })).toEqual({
    kind: 'throttled',
    retryAfterMs: 12_000,
  });
});
