import { expect, test } from 'vitest';
import { callbackRows } from './testing/callback-rows.ts';
import { clientOf, someCall, someFlow } from './testing/client.ts';
import { errorRows } from './testing/error-forms.ts';
import activeCalls from './testing/fixtures/v3-active-calls.json' with { type: 'json' };
import callList from './testing/fixtures/v1-call-list.json' with { type: 'json' };
import numberMetadata from './testing/fixtures/v1-number.json' with { type: 'json' };
import v1Call from './testing/fixtures/v1-call.json' with { type: 'json' };
import voiceLog from './testing/fixtures/v3-voice-log.json' with { type: 'json' };
import {
  agents,
  echoes,
  everyAsk,
  flow,
  fromOtherHost,
  list,
  look,
  neverSends,
  numbers,
  read,
  sameOf,
  sends,
  v1Look,
} from './testing/forms.ts';
import type { Form } from './testing/forms.ts';
import { limitRows } from './testing/limit-rows.ts';
import {
  endedUnderCallDetails,
  fixtureText,
  placed,
  placedInPlace,
  refusal,
  restException,
  sid,
  v3Details,
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
const v3 = { callDetails: 'v3' } as const;
const directions = ['outbound', 'outbound-api'];
const v3With = (changes: object) => {
  const { response, ...rest } = v3Details('completed');
  return { ...rest, response: { ...response, call_details: { ...response.call_details, ...changes } } };
};
const withTries = (...statuses: string[]) =>
  v1CallWith({ Details: { Legs: statuses.map((Status) => ({ Leg: { Id: 1, Status } })) } });
const { getNumber: number, getVoiceLog: voiceLogOf } = everyAsk;
const numberOf = (changes: object) => ({ Numbers: { ...numberMetadata.Numbers, ...changes } });
const { expires_at: _expires, ...lasting } = voiceLog.response.voice_log;
const isRecorded = { kind: 'voice_log', recordingUrl: lasting.recording_url };

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
  [6, 'no playback is asked for as StartPlaybackValue', neverSends(/StartPlayback(To|Value)(?!New)/)],
  [6, 'nor as StartPlaybackValueNew, nor by a wait URL', neverSends(/playback|wait_?(audio_?)?url/i)],
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
  ...Object.entries({ 'E.164': '+91', 'national form': '0' }).flatMap(([form, prefix]): Form[] => {
    const echo = { From: `${prefix}9900000002`, To: `${prefix}9900000001` };
    return [
      [15, `numbers in ${form} at placing`, echoes(numbers, v1CallWith(echo))],
      [15, `numbers in ${form} in a single call`, echoes(v1Look, v1CallWith(echo))],
      [15, `numbers in ${form} in the list`, echoes(list, { Calls: [{ ...v1Call.Call, ...echo }] })],
    ];
  }),
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
    'v3 writes to_leg_cancelled or to_leg_canceled',
    sameOf(
      look,
      [v3Details('to_leg_cancelled'), v3Details('to_leg_canceled')],
      { status: 'customer_canceled' },
      v3,
    ),
  ],
  [
    19,
    'a direction of outbound or outbound-api in v2',
    sameOf(
      look,
      directions.map((direction) => v2Call({ direction })),
      { callSid: sid },
    ),
  ],
  [
    19,
    'a direction of outbound or outbound-api in v3',
    sameOf(
      look,
      directions.map((direction) => v3With({ direction })),
      { status: 'completed' },
      v3,
    ),
  ],
  [
    19,
    'a direction of outbound or outbound-api in v1',
    sameOf(
      v1Look,
      directions.map((Direction) => v1CallWith({ Direction })),
      { callSid: v1Call.Call.Sid },
    ),
  ],
  // Campaigns of Exotel are not used. That no request asks for one is what keeps both forms of these rows away.
  [20, 'no campaign is made in a wrapper, with a list of numbers', neverSends(/campaigns|"from":\s*\[/i)],
  [
    20,
    'no campaign is made flat, with numbers between commas',
    neverSends(/campaign|\d{10}\s*,\s*\+?\d{10}/i),
  ],
  [21, 'no throttle is set in calls a minute', neverSends(/throttle|cpm|per.?minute/i)],
  [21, 'no throttle is set in calls a second', neverSends(/throttle|cps|per.?second/i)],
  [22, 'no end is set at which Exotel would complete or cancel', neverSends(/end_at|send_at|schedule/i)],
  [22, 'nothing is there that Exotel could pause', neverSends(/campaign|"action"|pause/i)],
  [23, 'no statistics and callbacks of campaigns are asked for', neverSends(/campaign|schedule_callback/i)],
  [23, 'no lists, contacts or uploads are sent or asked for', neverSends(/\/(contacts|lists)|csv/i)],
  [24, 'two numbers: the time to ring is said', sends(numbers, { fields: { TimeOut: '30' } })],
  [24, 'a flow: the time to ring is said', sends(flow, { fields: { TimeOut: '30' } })],
  [24, 'an agent of v2: the time to ring is said', sends(agents, { fields: { attempt_time_out: 30 } })],
  [24, 'retries are asked for in no mode', neverSends(/retries|retry/i)],
  [
    24,
    'a first leg of v1 that was tried twice',
    read(
      v1Look,
      { body: withTries('no-answer', 'completed') },
      { details: { firstLegTries: 2, agentLeg: { status: 'completed' } } },
    ),
  ],
  [
    24,
    'a first leg of v1 that was tried once',
    read(v1Look, { body: withTries('completed') }, { details: { firstLegTries: 1 } }),
  ],
  [
    24,
    'a first leg of v3 that was tried twice',
    read(
      look,
      { body: v3With({ legs: { from: [{ status: 'no-answer' }, { status: 'completed' }], to: [] } }) },
      { details: { firstLegTries: 2, agentLeg: { status: 'completed' } } },
      v3,
    ),
  ],
  [
    24,
    'a first leg of v3 that was tried once',
    read(
      look,
      { body: v3With({ legs: { from: [{ status: 'completed' }], to: [] } }) },
      { details: { firstLegTries: 1 } },
      v3,
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
  ...(
    [
      ['AL', 'Allianz'],
      ['AL', 'Aircel'],
      ['VI', 'Videocon'],
      ['VI', 'Vodafone-Idea'],
    ] as const
  ).map(([Operator, OperatorName]): Form => [
    25,
    `the operator ${Operator} is ${OperatorName}`,
    read(number, { body: numberOf({ Operator, OperatorName }) }, { metadata: { operator: OperatorName } }),
  ]),
  ...['AL', 'VI'].map((Operator): Form => [
    25,
    `the operator ${Operator} without a name`,
    read(number, { body: numberOf({ Operator, OperatorName: null }) }, { metadata: { operator: Operator } }),
  ]),
  [
    25,
    'a recording of which Exotel says how long it is kept',
    read(voiceLogOf, { body: voiceLog }, { ...isRecorded, expiresAt: new Date('2022-12-03T17:27:00Z') }),
  ],
  [
    25,
    'a recording of which it does not is not taken to last',
    read(voiceLogOf, { body: { response: { voice_log: lasting } } }, { ...isRecorded, expiresAt: null }),
  ],
];

const all: Form[] = [...rows, ...callbackRows, ...limitRows];

test.each([...all, ...errorRows])('row %s: %s', async (_row, _form, check) => {
  expect.hasAssertions();
  await check();
});

test.each(Array.from({ length: 25 }, (_nothing, index) => index + 1))(
  'row %i has both of its forms',
  (row) => {
    expect(all.filter(([asked]) => asked === row).length).toBeGreaterThanOrEqual(2);
  },
);

test('every function of the client is among those that are never to send what a row forbids', () => {
  const functions = Object.keys(clientOf('http://127.0.0.1:9')).filter((name) => name !== 'close');
  expect(Object.keys(everyAsk).toSorted()).toEqual(functions.toSorted());
});
