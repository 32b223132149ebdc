import { expect, test } from 'vitest';
import { parseCallDetails } from './call-details.ts';
import { ended, endedUnderCallDetails, placed, placedInPlace, sid, v3Details } from './testing/payloads.ts';

test('reads a call that was just placed', () => {
  expect(parseCallDetails(placed.response.data)).toEqual({
    api: 'ccm',
    callSid: sid,
    state: 'active',
    givenState: 'active',
    status: null,
    givenStatus: null,
    agentLeg: {
      status: null,
      contactUri: '+919953120000',
      userId: '12898c52573645739e64864ad308f0a9',
      onCallSeconds: null,
    },
    customerLeg: { status: null, contactUri: '+919953190000', userId: null, onCallSeconds: null },
    firstLegTries: null,
    legsTold: true,
    from: '+919953120000',
    to: '+919953190000',
    startedAt: new Date('2021-07-13T12:26:48Z'),
    endedAt: null,
    talkSeconds: null,
    durationSeconds: null,
    recordingUrl: null,
    customField: '12130y124b2f142',
    raw: placed.response.data,
  });
});

test('reads a call that is over, its length from start to end where Exotel leaves the total out', () => {
  expect(parseCallDetails(ended.response.data)).toMatchObject({
    state: 'terminal',
    status: 'completed',
    agentLeg: { status: 'completed' },
    customerLeg: { status: 'completed' },
    endedAt: new Date('2021-07-13T12:27:20Z'),
    talkSeconds: 7,
    durationSeconds: 32,
    recordingUrl: 'https://recordings.example/9133.mp3',
  });
});

test('reads the newest page: number for contact_uri, a boolean for recordings, times in UTC', () => {
  expect(parseCallDetails(placedInPlace.response)).toMatchObject({
    callSid: sid,
    state: 'active',
    customerLeg: { contactUri: '+919900000001' },
    startedAt: new Date('2021-07-13T12:26:48Z'),
    recordingUrl: null,
  });
});

test('reads v3 names and numbers that come as text', () => {
  expect(parseCallDetails(endedUnderCallDetails.response.call_details)).toMatchObject({
    callSid: sid,
    state: 'terminal',
    status: 'completed',
    talkSeconds: 59,
  });
});

test('reads a v3 call that still runs, whose end is printed as 1970', () => {
  expect(parseCallDetails(v3Details(null).response.call_details)).toMatchObject({
    state: 'active',
    status: null,
    endedAt: null,
    durationSeconds: null,
    customField: null,
  });
});

test.each([
  ['completed', 'completed'],
  ['from_leg_unanswered', 'agent_unanswered'],
  ['to_leg_unanswered', 'customer_unanswered'],
  ['from_leg_cancelled', 'agent_canceled'],
  ['from_leg_canceled', 'agent_canceled'],
  ['agent_cancelled', 'agent_canceled'],
  ['from_leg_no_dial', 'agent_no_dial'],
  ['to_leg_no_dial', 'customer_no_dial'],
  ['to_leg_cancelled', 'customer_canceled'],
  ['to_leg_canceled', 'customer_canceled'],
  ['Something_New', 'something_new'],
])('gives the status %s in the words of v2 and keeps what was given', (given, status) => {
  const details = parseCallDetails(v3Details(given).response.call_details);
  expect(details).toMatchObject({ status, givenStatus: given, talkSeconds: 59, durationSeconds: 84 });
});

test('takes the last try of each leg where v3 lists them', () => {
  const legs = {
    from: [{ status: 'no-answer' }, { status: 'Completed', contact_uri: '+919900000002' }],
    to: [{ status: 'busy', contact_uri: '+919900000001' }],
  };
  expect(parseCallDetails({ sid, state: 'terminal', status: 'to_leg_unanswered', legs })).toMatchObject({
    agentLeg: { status: 'completed', contactUri: '+919900000002' },
    customerLeg: { status: 'busy', contactUri: '+919900000001' },
  });
});

test('does not take the word of the envelope for a status of the call', () => {
  expect(parseCallDetails({ call_sid: sid, status: 'success', call_state: 'active' })?.status).toBeNull();
});

test('calls a state unlisted that it does not know, and believes a final status where the state is absent', () => {
  expect(parseCallDetails({ sid, state: 'parked' })).toMatchObject({
    state: 'unlisted',
    givenState: 'parked',
  });
  expect(parseCallDetails({ sid, status: 'completed' })).toMatchObject({ state: 'terminal' });
  expect(parseCallDetails({ sid, status: 'in-progress' })).toMatchObject({ state: 'unlisted' });
});

test('turns one odd field into null instead of losing the call', () => {
  const odd = {
    call_sid: sid,
    call_state: 'terminal',
    call_status: ['completed'],
    customer_details: 'gone',
    start_time: { at: 1 },
    total_talk_time: 'soon',
    total_duration: -1,
    recordings: 'null',
    custom_field: { a: 1 },
  };
  expect(parseCallDetails(odd)).toMatchObject({
    callSid: sid,
    state: 'terminal',
    status: null,
    customerLeg: { status: null, contactUri: null },
    startedAt: null,
    talkSeconds: null,
    durationSeconds: null,
    recordingUrl: null,
    customField: null,
  });
});

test.each([{}, { call_sid: null }, { call_sid: '' }, { sid: 'null' }, { call_sid: {} }])(
  'finds no call in %o',
  (fields) => {
    expect(parseCallDetails(fields)).toBeNull();
  },
);

test('knows of a leg that was given up that it rang, though v3 tells no legs', () => {
  expect(parseCallDetails(v3Details('to_leg_cancelled').response.call_details)).toMatchObject({
    state: 'terminal',
    customerLeg: { status: 'canceled' },
  });
});
