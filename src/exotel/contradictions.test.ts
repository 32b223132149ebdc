import { expect, test } from 'vitest';
import { someCall, someFlow } from './testing/client.ts';
import { errorRows } from './testing/error-forms.ts';
import activeCalls from './testing/fixtures/v3-active-calls.json' with { type: 'json' };
import callList from './testing/fixtures/v1-call-list.json' with { type: 'json' };
import v1Call from './testing/fixtures/v1-call.json' with { type: 'json' };
import v1End from './testing/fixtures/v1-terminal.json' with { type: 'json' };
import voiceLog from './testing/fixtures/v3-voice-log.json' with { type: 'json' };
import {
  agents,
  flow,
  fromOtherHost,
  list,
  look,
  multipart,
  numbers,
  read,
  reported,
  sameNumber,
  sends,
  v1Look,
} from './testing/forms.ts';
import type { Form } from './testing/forms.ts';
import {
  callback,
  endedUnderCallDetails,
  fixtureText,
  placed,
  placedInPlace,
  refusal,
  restException,
  sid,
  v3Details,
  withLegs,
} from './testing/payloads.ts';

// Where Exotel's pages, its official files and the clients that work contradict each other, the client sends what all
// of them take and reads what any of them shows. Each row is one such question, each entry one of its forms.

const v2Call = (changes: object) => ({
  response: { ...placed.response, data: { ...placed.response.data, ...changes } },
});
const v1CallWith = (changes: object) => ({ Call: { ...v1Call.Call, ...changes } });
const startIs = (iso: string) => ({ details: { startedAt: new Date(iso) } });
const isPlaced = { kind: 'placed', callSid: sid };
const isV1Placed = { kind: 'placed', callSid: v1Call.Call.Sid };
const fourFields = {
  CallSid: 'a',
  Status: 'completed',
  RecordingUrl: '',
  DateUpdated: '2019-09-10 12:56:00',
};
const isEnd = { eventType: 'terminal', details: { state: 'terminal', status: 'completed' } };

const rows: Form[] = [
  [
    1,
    'v2 sends customer_contact_uri',
    sends(agents, { fields: { to: { customer_contact_uri: someCall.to } }, without: /"number"/ }),
  ],
  [
    1,
    'v2 echoes customer_details.contact_uri',
    read(
      look,
      { body: v2Call({ customer_details: { contact_uri: '+919900000001' } }) },
      { details: { to: '+919900000001' } },
    ),
  ],
  [
    1,
    'v2 echoes customer_details.number',
    read(
      look,
      { body: v2Call({ customer_details: { number: '+919900000001' } }) },
      { details: { to: '+919900000001' } },
    ),
  ],
  [2, 'v2 nests under response.data', read(agents, { body: placed }, isPlaced)],
  [2, 'v2 nests directly under response', read(agents, { body: placedInPlace }, isPlaced)],
  [
    2,
    'v2 nests under response.call_details',
    read(look, { body: endedUnderCallDetails }, { details: { callSid: sid, status: 'completed' } }),
  ],
  [
    3,
    'times with an offset',
    read(
      look,
      { body: v2Call({ start_time: '2021-07-13T17:56:48+05:30' }) },
      startIs('2021-07-13T12:26:48Z'),
    ),
  ],
  [
    3,
    'times in UTC',
    read(look, { body: v2Call({ start_time: '2021-07-13T12:26:48Z' }) }, startIs('2021-07-13T12:26:48Z')),
  ],
  [
    3,
    'times with a space',
    read(
      look,
      { body: v2Call({ start_time: '2021-07-13 17:56:48+05:30' }) },
      startIs('2021-07-13T12:26:48Z'),
    ),
  ],
  [
    3,
    '1970 in v3',
    read(look, { body: v3Details(null) }, { details: { endedAt: null } }, { callDetails: 'v3' }),
  ],
  [
    3,
    '1970 in v1',
    read(v1Look, { body: v1CallWith({ EndTime: '1970-01-01 05:30:00' }) }, { details: { endedAt: null } }),
  ],
  [4, 'v1 is asked for JSON', sends(numbers, { path: /\/connect\.json$/ })],
  [4, 'v1 answers JSON', read(numbers, { body: v1Call }, isV1Placed)],
  [
    4,
    'v1 answers XML',
    read(numbers, { headers: { 'content-type': 'text/xml' }, body: fixtureText('v1-call.xml') }, isV1Placed),
  ],
  [4, 'v1 answers XML under the type of JSON', read(flow, { body: fixtureText('v1-call.xml') }, isV1Placed)],
  [5, 'v1 connect always says Record', sends(numbers, { fields: { Record: 'true' } })],
  [
    5,
    'v1 flow always says Record',
    sends((client) => client.connectToFlow({ ...someFlow, recording: false }), {
      fields: { Record: 'false' },
    }),
  ],
  [
    5,
    'v2 always says recording',
    sends((client) => client.placeCall({ ...someCall, recording: false }), { fields: { recording: false } }),
  ],
  [6, 'no playback is asked for, by either name', sends(numbers, { without: /playback/i })],
  [
    7,
    'events are indexed, answered and terminal only',
    sends(numbers, {
      fields: { 'StatusCallbackEvents[0]': 'terminal', 'StatusCallbackEvents[1]': 'answered' },
    }),
  ],
  [
    7,
    'no event is asked for as a bare field or as ringing',
    sends(numbers, { without: /Events"|\[\]|ringing/ }),
  ],
  [
    8,
    'a flow answers To as null',
    read(flow, { body: v1CallWith({ To: null }) }, { ...isV1Placed, details: { to: null } }),
  ],
  [
    8,
    'a flow answers To as the ExoPhone',
    read(
      flow,
      { body: v1CallWith({ To: '08040000000' }) },
      { ...isV1Placed, details: { to: '08040000000' } },
    ),
  ],
  [8, 'a flow reports four fields', reported(new URLSearchParams(fourFields).toString(), isEnd)],
  [8, 'a flow reports events', reported(JSON.stringify({ ...fourFields, EventType: 'terminal' }), isEnd)],
  [9, 'a callback in JSON', reported(JSON.stringify(v1End), isEnd)],
  [9, 'a callback urlencoded', reported(fixtureText('v1-terminal.form.txt'), isEnd)],
  [9, 'a callback in multipart', async () => reported(await multipart(fourFields), isEnd)()],
  [9, 'a callback in the query', reported('', isEnd, fourFields)],
  [
    10,
    'a callback with a field of a signature',
    reported(JSON.stringify({ ...v1End, Signature: 'abc' }), isEnd, { signature: 'abc' }),
  ],
  [
    10,
    'a callback without any signature',
    reported(JSON.stringify(callback('terminal', {})), { eventType: 'terminal' }),
  ],
  [
    11,
    'a callback again, or after its end',
    reported(JSON.stringify(callback('answered', withLegs('in-progress', null))), { eventType: 'answered' }),
  ],
  [
    12,
    '429 with Retry-After',
    read(
      numbers,
      { status: 429, headers: { 'retry-after': '30' }, body: '' },
      { kind: 'throttled', retryAfterMs: 30_000 },
    ),
  ],
  [
    12,
    '429 without Retry-After, for a GET',
    read(list, { status: 429, body: '' }, { kind: 'throttled', retryAfterMs: null }),
  ],
  [
    13,
    '429 as a RestException',
    read(
      flow,
      { status: 429, body: restException('429', 'Rate limit exceeded.', 'RATE_LIMIT_EXCEEDED') },
      { kind: 'throttled' },
    ),
  ],
  [
    13,
    '429 as an envelope',
    read(numbers, { status: 429, body: refusal(429, 10724) }, { kind: 'throttled' }),
  ],
  [
    13,
    '429 in v2 as a RestException',
    read(agents, { status: 429, body: restException(429, 'Rate limit exceeded.') }, { kind: 'throttled' }),
  ],
  [
    14,
    'the bulk list without details',
    read(list, { body: callList }, { calls: [{ legsTold: false }, { legsTold: false }] }),
  ],
  [
    14,
    'the bulk list with details',
    read(
      list,
      {
        body: { Calls: [{ ...callList.Calls[0], Details: { Leg1Status: 'completed', Leg2Status: 'busy' } }] },
      },
      { calls: [{ legsTold: true, customerLeg: { status: 'busy' } }] },
    ),
  ],
  [
    14,
    'a single call with details',
    read(
      v1Look,
      { body: v1CallWith({ Details: { Leg1Status: 'busy' } }) },
      { details: { legsTold: true, agentLeg: { status: 'busy' } } },
    ),
  ],
  [
    15,
    'an address before .json',
    read(
      v1Look,
      { body: v1CallWith({ Uri: `/v1/Accounts/Exotel/Calls/${v1Call.Call.Sid}.json` }) },
      { kind: 'details' },
    ),
  ],
  [
    15,
    'an address after .json',
    read(
      v1Look,
      { body: v1CallWith({ Uri: `/v1/Accounts/Exotel/Calls.json/${v1Call.Call.Sid}` }) },
      { kind: 'details' },
    ),
  ],
  [15, 'a number in E.164', sameNumber('+919900000001', '+919900000001')],
  [15, 'a number in national form', sameNumber('09900000001', '+919900000001')],
  [
    16,
    '10706 under 409',
    read(agents, { status: 409, body: refusal(409, 10706) }, { decision: 'agent_busy' }),
  ],
  [
    16,
    '10706 under 404',
    read(agents, { status: 404, body: refusal(404, 10706) }, { decision: 'agent_busy' }),
  ],
  [17, 'v3 places nothing, v2 does', sends(agents, { path: /^\/v2\/accounts\/exotel1\/calls$/ })],
  [
    17,
    'v3 places nothing, v1 does',
    sends(numbers, { path: /^\/v1\/Accounts\/exotel1\/Calls\/connect\.json$/ }),
  ],
  [
    18,
    'the host of v2 and v3 knows what runs',
    read(
      (client) => client.listActiveCalls(),
      { body: activeCalls },
      { kind: 'active' },
      { v1Url: 'http://127.0.0.1:9' },
    ),
  ],
  [
    18,
    'the host of v1 knows what runs',
    fromOtherHost((client) => client.listActiveCalls(), { body: activeCalls }, { kind: 'active' }),
  ],
  [
    18,
    'the host of v2 and v3 knows recordings',
    read(
      (client) => client.getVoiceLog(sid),
      { body: voiceLog },
      { kind: 'voice_log' },
      { v1Url: 'http://127.0.0.1:9' },
    ),
  ],
  [
    18,
    'the host of v1 knows recordings',
    fromOtherHost((client) => client.getVoiceLog(sid), { body: voiceLog }, { kind: 'voice_log' }),
  ],
  [
    19,
    'v3 writes cancelled',
    read(
      look,
      { body: v3Details('from_leg_cancelled') },
      { details: { status: 'agent_canceled' } },
      { callDetails: 'v3' },
    ),
  ],
  [
    19,
    'v3 writes canceled',
    read(
      look,
      { body: v3Details('from_leg_canceled') },
      { details: { status: 'agent_canceled' } },
      { callDetails: 'v3' },
    ),
  ],
  [
    19,
    'v1 writes cancelled',
    read(
      v1Look,
      { body: v1CallWith({ Status: 'cancelled' }) },
      { details: { state: 'terminal', status: 'canceled' } },
    ),
  ],
  [
    19,
    'a direction of outbound-api',
    read(look, { body: v2Call({ direction: 'outbound-api' }) }, { details: { callSid: sid } }),
  ],
  [19, 'a direction of outbound', reported(JSON.stringify({ ...v1End, Direction: 'outbound' }), isEnd)],
  [
    24,
    'the time to ring is always said, retries never',
    sends(flow, { fields: { TimeOut: '30' }, without: /MaxRetries/ }),
  ],
  [
    24,
    'a first leg that was tried twice',
    read(
      v1Look,
      {
        body: v1CallWith({
          Details: {
            Legs: [{ Leg: { Id: 1, Status: 'no-answer' } }, { Leg: { Id: 1, Status: 'completed' } }],
          },
        }),
      },
      { details: { agentLeg: { status: 'completed' } } },
    ),
  ],
  [
    25,
    'a RestException with a number for a status',
    read(numbers, { body: restException(402, 'No balance') }, { decision: 'pause_account' }),
  ],
  [
    25,
    'a RestException with text for a status',
    read(numbers, { body: restException('402', 'No balance') }, { decision: 'pause_account' }),
  ],
];

test.each([...rows, ...errorRows])('row %s: %s', async (_row, _form, check) => {
  expect.hasAssertions();
  await check();
});

test('leaves no question of placing, reading and reporting calls out', () => {
  const asked = new Set(rows.map(([row]) => row).filter((row) => typeof row === 'number'));
  const voice = [...Array.from({ length: 19 }, (_nothing, index) => index + 1), 24, 25];
  expect([...asked]).toEqual(voice);
});
