import { expect, test } from 'vitest';
import { createRig, someNumbers } from '../../test/support/rig.ts';
import { waitFor } from '../../test/support/wait.ts';
import { callbackRows } from './testing/callback-rows.ts';
import { clientOf, someCall, someFlow } from './testing/client.ts';
import { errorRows } from './testing/error-forms.ts';
import activeCalls from './testing/fixtures/v3-active-calls.json' with { type: 'json' };
import callList from './testing/fixtures/v1-call-list.json' with { type: 'json' };
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
  sends,
  v1Look,
} from './testing/forms.ts';
import type { Form } from './testing/forms.ts';
import { laterRows } from './testing/later-rows.ts';
import { limitRows } from './testing/limit-rows.ts';
import {
  endedUnderCallDetails,
  fixtureText,
  placed,
  placedInPlace,
  refusal,
  sid,
  v1CallWith,
  v2Call,
  v3Details,
} from './testing/payloads.ts';

// Where Exotel's pages, its official files and the clients that work contradict each other, the client sends what all
// of them take and reads what any of them shows. Each row is one such question, each entry one of its forms.

const startIs = (iso: string) => ({ details: { startedAt: new Date(iso) } });
const isPlaced = { kind: 'placed', callSid: sid };
const isV1Placed = { kind: 'placed', callSid: v1Call.Call.Sid };

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
];

const all: Form[] = [...rows, ...laterRows, ...callbackRows, ...limitRows];

test.each([...all, ...errorRows])('row %s: %s', async (_row, _form, check) => {
  expect.hasAssertions();
  await check();
});

test('row 12: requests of every kind stand in the record that the limit counts, and none meets a 429', async () => {
  const rig = await createRig({
    scenario: { speed: 60, limit: { requests: 40, window: '3s' }, agents: { count: 3 } },
    requestsPerMinute: 40,
    windowMs: 3000,
    callbacks: false,
  });
  await rig.start();
  const phones = someNumbers(3, 80_000_000);
  const names = [
    await rig.create({
      name: 'calls',
      numbers: someNumbers(4),
      file: { mode: 'flow', flow: { appId: '208287' } },
    }),
    await rig.create({ name: 'phones', numbers: someNumbers(4, 100), phones, file: { mode: 'connect' } }),
    await rig.create({ name: 'users', numbers: someNumbers(4, 200) }),
  ];
  const over = async () => {
    // looks wait for tens of seconds of the dialer's day, and the calls here are over in one or two
    await rig.moveClock('5 seconds');
    const summaries = await Promise.all(names.map((name) => rig.summary(name)));
    return summaries.every(({ status }) => status === 'completed');
  };
  await waitFor(over, { timeout: 80_000, interval: 250, what: 'the end of the campaigns' });
  const told = rig.sandbox.truth().requests;
  expect(Object.keys(told.byKind)).toEqual(expect.arrayContaining(['place', 'call', 'calls', 'users']));
  expect(told).toMatchObject({ throttled: 0 });
  const recorded = async () => {
    const found = await rig.database.query<{ total: number }>(
      `select count(*) as total from requests where result is distinct from 'unsent'`,
    );
    return found.rows[0]?.total === rig.sandbox.truth().requests.total;
  };
  // one may be under way
  await waitFor(recorded, { timeout: 10_000, what: 'a record of each request' });
}, 120_000);

test.each(Array.from({ length: 25 }, (_nothing, index) => index + 1))(
  'row %i has both of its forms',
  (row) => {
    expect(all.filter(([asked]) => asked === row).length).toBeGreaterThanOrEqual(2);
  },
);

test('every function of the client is among those that are never to send what a row forbids', () => {
  const sendNothing = new Set(['close', 'knowsHostOfVoiceLogs']);
  const functions = Object.keys(clientOf('http://127.0.0.1:9')).filter((name) => !sendNothing.has(name));
  expect(Object.keys(everyAsk).toSorted()).toEqual(functions.toSorted());
});
