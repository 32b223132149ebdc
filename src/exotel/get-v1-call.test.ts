import { expect, test } from 'vitest';
import placed from './testing/fixtures/v1-call.json' with { type: 'json' };
import list from './testing/fixtures/v1-call-list.json' with { type: 'json' };
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf } from './testing/client.ts';
import { fixtureText, refusal, restException } from './testing/payloads.ts';

const call = placed.Call;

async function detailsFrom(answer: Answer) {
  const server = await startAnsweringServer(answer);
  return await clientOf(server.url).getV1Call(call.Sid);
}

const ended = (changes: object) => ({ Call: { ...call, Status: 'completed', ...changes } });

test('asks v1 for the call with its legs', async () => {
  const server = await startAnsweringServer({ body: placed });
  await clientOf(server.url, { ccmUrl: 'http://127.0.0.1:9', accountSid: 'a/b' }).getV1Call('../x');
  expect(server.received).toMatchObject([
    { method: 'GET', path: '/v1/Accounts/a%2Fb/Calls/..%2Fx.json?details=true' },
  ]);
});

test('reads the legs, their numbers by position, and how long both sides talked', async () => {
  const details = { ConversationDuration: '144', Leg1Status: 'Completed', Leg2Status: 'no-answer', Legs: [] };
  const answer = ended({ Duration: '17', EndTime: '2020-02-20 18:45:00', Details: details });
  expect(await detailsFrom({ body: answer })).toMatchObject({
    kind: 'details',
    details: {
      state: 'terminal',
      status: 'completed',
      agentLeg: { status: 'completed', contactUri: '+917800000000' },
      customerLeg: { status: 'no-answer', contactUri: '+919890000000' },
      legsTold: true,
      talkSeconds: 144,
      durationSeconds: 17,
      endedAt: new Date('2020-02-20T13:15:00Z'),
    },
  });
});

test.each([
  [{ Leg1Status: 'no-answer', Leg2Status: null }, 'no-answer', null],
  [{ Leg1Status: 'completed', Leg2Status: '' }, 'completed', null],
  [{ Leg1Status: 'N/A', Leg2Status: 'null' }, null, null],
  [{ Leg1Status: 'Cancelled' }, 'canceled', null],
])('takes %o for told legs', async (details, first, second) => {
  expect(await detailsFrom({ body: ended({ Details: details }) })).toMatchObject({
    details: { legsTold: true, agentLeg: { status: first }, customerLeg: { status: second } },
  });
});

test('takes the last try of a leg that was tried more than once', async () => {
  const legs = [
    { Leg: { Id: 1, Status: 'no-answer' } },
    { Leg: { Id: 1, Status: 'completed' } },
    { Leg: { Id: '2', Status: 'busy' } },
  ];
  expect(await detailsFrom({ body: ended({ Details: { Legs: legs } }) })).toMatchObject({
    details: { agentLeg: { status: 'completed' }, customerLeg: { status: 'busy' } },
  });
});

test.each([
  ['no word on legs', {}, { legsTold: false, agentLeg: { status: null } }],
  ['a number', { Duration: 169 }, { durationSeconds: 169 }],
  ['text', { Duration: '169' }, { durationSeconds: 169 }],
  [
    'the times, where there is none',
    { Duration: null, EndTime: '2020-02-20 18:43:19' },
    { durationSeconds: 60 },
  ],
  [
    'the word null',
    { Duration: 'null', RecordingUrl: 'null', CustomField: 'null' },
    { durationSeconds: null, recordingUrl: null, customField: null },
  ],
  [
    'nothing',
    { Duration: '', RecordingUrl: '', CustomField: '' },
    { durationSeconds: null, recordingUrl: null, customField: null },
  ],
  [
    'N/A',
    { Duration: 'N/A', RecordingUrl: 'N/A', CustomField: 'N/A', To: 'n/a' },
    { durationSeconds: null, recordingUrl: null, customField: null, to: null },
  ],
  ['an end in 1970', { EndTime: '1970-01-01 05:30:00' }, { endedAt: null }],
  [
    'objects',
    { Duration: {}, RecordingUrl: [], StartTime: 5, Details: 'x' },
    { durationSeconds: null, startedAt: null },
  ],
])('reads %s', async (_what, changes, expected) => {
  expect(await detailsFrom({ body: ended(changes) })).toMatchObject({ kind: 'details', details: expected });
});

test.each([
  ['queued', 'active'],
  ['ringing', 'active'],
  ['in-progress', 'active'],
  ['completed', 'terminal'],
  ['busy', 'terminal'],
  ['no-answer', 'terminal'],
  ['failed', 'terminal'],
  ['canceled', 'terminal'],
  ['Cancelled', 'terminal'],
  ['parked', 'unlisted'],
  [null, 'unlisted'],
])('takes the status %s for %s', async (Status, state) => {
  expect(await detailsFrom({ body: ended({ Status }) })).toMatchObject({
    details: { state, givenStatus: Status },
  });
});

test('takes an undocumented status for an end where the call has one', async () => {
  const body = ended({ Status: 'Parked', EndTime: '2020-02-20 18:45:00' });
  expect(await detailsFrom({ body })).toMatchObject({ details: { state: 'terminal', status: 'parked' } });
});

test('reads times in the zone of the account', async () => {
  const server = await startAnsweringServer({ body: placed });
  const client = clientOf(server.url, { timeZone: 'Asia/Singapore' });
  expect(await client.getV1Call(call.Sid)).toMatchObject({
    details: { startedAt: new Date('2020-02-20T10:42:19Z') },
  });
});

test('reads the answer in XML', async () => {
  expect(await detailsFrom({ body: fixtureText('v1-call.xml') })).toMatchObject({
    details: { callSid: call.Sid, status: 'in-progress', endedAt: null, customField: null },
  });
});

test('keeps no signed address of a recording', async () => {
  const answer = await detailsFrom({ body: ended({ PreSignedRecordingUrl: 'https://signed.example/1' }) });
  expect(JSON.stringify(answer)).not.toContain('signed.example');
});

test.each([
  { status: 404, body: '' },
  { status: 404, body: restException(404, 'Call not found') },
  { status: 200, body: restException(404, 'Call not found') },
  { status: 404, body: refusal(404, 1021) },
])('takes %o for "no such call"', async (answer) => {
  expect(await detailsFrom(answer)).toEqual({ kind: 'not_found' });
});

test.each([
  [{ status: 401, body: restException(401, 'Authentication failed.') }, 'pause_account', 401],
  [{ status: 200, body: restException(401, 'Authentication failed.') }, 'pause_account', 401],
  [{ status: 402, body: '' }, 'pause_account', 402],
  [{ status: 403, body: restException(403, 'KYC') }, 'pause_account', 403],
  [{ status: 503, body: '<html>Unavailable</html>' }, 'internal', 503],
  [{ status: 400, body: 'bad request' }, null, 400],
  [{ status: 302, body: '' }, null, 302],
  [{ status: 200, body: 'neither' }, null, 200],
  [{ status: 200, body: list }, null, null],
  [{ status: 200, body: { Call: null } }, null, null],
])('fails for %o with the decision %s', async (answer, decision, httpStatus) => {
  expect(await detailsFrom(answer)).toMatchObject({ kind: 'failed', decision, httpStatus });
});

test('fails when the answer is cut, and reports throttling', async () => {
  expect(await detailsFrom(({ socket }) => socket.destroy())).toMatchObject({
    kind: 'failed',
    httpStatus: null,
  });
  const slow = { status: 429, headers: { 'retry-after': '3' }, body: '' };
  expect(await detailsFrom(slow)).toEqual({ kind: 'throttled', retryAfterMs: 3000 });
});
