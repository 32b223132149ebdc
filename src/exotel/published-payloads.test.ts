import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseCallback } from './callback-body.ts';
import type { ExotelClient } from './client.ts';
import { parseJsonObject } from './envelope.ts';
import { readIncomingCall } from '../incoming/incoming-call.ts';
import { startAnsweringServer } from './testing/answering-server.ts';
import { clientOf, someCall, someNumbers } from './testing/client.ts';
import { neverSends, toCustomerOnRegister } from './testing/forms.ts';
import { fixtureText, sid } from './testing/payloads.ts';

interface Published {
  file: string;
  status?: number;
  read: (client: ExotelClient) => Promise<unknown>;
  expected: object;
}

const v1Sid = '40ccc7656e1a3eb66c6cb2be57d1142k';
const placedByV1 = { kind: 'placed', callSid: v1Sid, details: { api: 'v1', status: 'in-progress' } };

/** Answers as Exotel or its clients published them, and what the client makes of each. */
const answers: Published[] = [
  { file: 'v1-call.json', read: (client) => client.connectNumbers(someNumbers), expected: placedByV1 },
  { file: 'v1-call.xml', read: (client) => client.connectNumbers(someNumbers), expected: placedByV1 },
  {
    file: 'v1-do-not-disturb.xml',
    status: 403,
    read: toCustomerOnRegister,
    expected: { kind: 'refused', decision: 'do_not_disturb', httpStatus: 403 },
  },
  {
    file: 'v1-call-details.json',
    read: (client) => client.getV1Call(v1Sid),
    expected: {
      kind: 'details',
      details: {
        callSid: v1Sid,
        talkSeconds: 144,
        legsTold: true,
        agentLeg: { status: 'completed' },
        customerLeg: { status: 'completed' },
        recordingUrl: 'http://rec/x.mp3',
      },
    },
  },
  {
    file: 'v1-call-list.json',
    read: (client) => client.listV1Calls({ sids: ['a'] }),
    expected: {
      kind: 'calls',
      next: 'MTYwMDAwMDAwMDow+xyz=',
      calls: [
        {
          status: 'completed',
          durationSeconds: 169,
          startedAt: new Date('2022-11-03T17:24:41Z'),
          recordingUrl: 'https://recordings.example/d6c3.mp3',
          customField: null,
        },
        { status: 'no-answer', endedAt: null, recordingUrl: null },
      ],
    },
  },
  {
    file: 'v1-number.json',
    read: (client) => client.getNumber('+919900030240'),
    expected: {
      kind: 'number',
      metadata: { dnd: 'yes', circle: 'Gujarat Telecom Circle', operator: 'Reliance', type: 'Mobile' },
    },
  },
  {
    file: 'v2-placed.json',
    read: (client) => client.placeCall(someCall),
    expected: {
      kind: 'placed',
      callSid: sid,
      details: { api: 'ccm', state: 'active', startedAt: new Date('2021-07-13T12:26:48Z') },
    },
  },
  {
    file: 'v1-exception.json',
    status: 403,
    read: (client) => client.connectNumbers(someNumbers),
    expected: { kind: 'refused', decision: 'pause_account', code: 34_001 },
  },
  {
    file: 'v1-rate-limited.json',
    status: 429,
    read: (client) => client.connectNumbers(someNumbers),
    expected: { kind: 'throttled' },
  },
  {
    file: 'v2-placed-in-place.json',
    read: (client) => client.placeCall(someCall),
    expected: { kind: 'placed', callSid: sid, details: { to: '+919900000001' } },
  },
  {
    file: 'v2-terminal.json',
    read: (client) => client.getCallDetails(sid),
    expected: {
      kind: 'details',
      details: {
        state: 'terminal',
        status: 'completed',
        agentLeg: { status: 'completed' },
        customerLeg: { status: 'completed' },
        talkSeconds: 7,
        durationSeconds: 32,
        recordingUrl: 'https://recordings.example/9133.mp3',
      },
    },
  },
  {
    file: 'v2-terminal-nested.json',
    read: (client) => client.getCallDetails(sid),
    expected: { kind: 'details', details: { state: 'terminal', status: 'completed', talkSeconds: 59 } },
  },
  {
    file: 'v2-item-failure.json',
    read: (client) => client.listUsers({ offset: 0 }),
    expected: { kind: 'failed', code: 1008, httpStatus: 200 },
  },
  {
    file: 'v2-partial.json',
    status: 207,
    read: (client) => client.listUsers({ offset: 0 }),
    expected: { kind: 'page', total: 2, users: [{ name: 'Asha Rao' }] },
  },
  {
    file: 'v2-unauthorized.json',
    status: 401,
    read: (client) => client.getCallDetails(sid),
    expected: { kind: 'failed', code: 1010, decision: 'pause_account' },
  },
  {
    file: 'v3-call-active.json',
    read: (client) => client.getCallDetails(sid),
    expected: {
      kind: 'details',
      details: { state: 'active', status: null, endedAt: null, durationSeconds: null, recordingUrl: null },
    },
  },
  {
    file: 'v2-error.json',
    status: 409,
    read: (client) => client.placeCall(someCall),
    expected: {
      kind: 'refused',
      decision: 'pause_account',
      code: 1008,
      listed: false,
      text: "Duplicate resource: Trunk with name 'outbound_trunk' already exists (HTTP 409, code 1008)",
    },
  },
  {
    file: 'v2-users.json',
    read: (client) => client.listUsers({ offset: 0 }),
    expected: {
      kind: 'page',
      total: 1,
      users: [{ userId: '12898c52573645739e64864ad308f0a9', devices: [{ available: true, status: 'free' }] }],
    },
  },
  {
    file: 'v3-call.json',
    read: (client) => client.getCallDetails(sid),
    expected: {
      kind: 'details',
      details: {
        state: 'terminal',
        status: 'completed',
        startedAt: new Date('2022-11-03T17:24:41Z'),
        durationSeconds: 84,
        talkSeconds: 59,
        customField: null,
      },
    },
  },
  {
    file: 'v3-active-calls.json',
    read: (client) => client.listActiveCalls(),
    expected: { kind: 'active', calls: [{ callSid: sid, status: 'in-progress' }, { status: 'ringing' }] },
  },
  {
    file: 'v3-voice-log.json',
    read: (client) => client.getVoiceLog(sid),
    expected: { kind: 'voice_log', status: 'available', recordingUrl: 'https://recordings.example/9133.mp3' },
  },
];

test.each(answers)('reads $file', async ({ file, status = 200, read, expected }) => {
  const contentType = file.endsWith('.xml') ? 'application/xml' : 'application/json';
  const headers = { 'content-type': contentType };
  const server = await startAnsweringServer({ status, headers, body: fixtureText(file) });
  const client = clientOf(server.url, { callDetails: file.startsWith('v3') ? 'v3' : 'v2' });
  expect(await read(client)).toMatchObject(expected);
});

const v1End = {
  eventType: 'terminal',
  details: { status: 'completed', talkSeconds: 320, customField: 'order-1' },
};
const applet = {
  eventType: 'unlisted',
  details: { callSid: '23c162077629863c1a2d7f29263a162m', status: null },
};

function v2Event(
  eventType: string,
  state: string,
  status: string | null,
  [agent, customer]: [string | null, string | null],
): object {
  const legs = { agentLeg: { status: agent }, customerLeg: { status: customer } };
  return { kind: 'callback', eventType, details: { callSid: sid, state, status, legsTold: true, ...legs } };
}

const callbacks: [file: string, expected: object][] = [
  ['v1-terminal.json', v1End],
  ['v1-terminal.form.txt', v1End],
  ['v2-answered-agent.json', v2Event('answered', 'active', null, ['in-progress', null])],
  ['v2-answered-customer.json', v2Event('answered', 'active', null, ['in-progress', 'in-progress'])],
  ['v2-callback-terminal.json', v2Event('terminal', 'terminal', 'completed', ['completed', 'completed'])],
  [
    'v2-callback-failed.json',
    v2Event('terminal', 'terminal', 'customer_unanswered', ['completed', 'no-answer']),
  ],
  ['applet-dial.json', applet],
  ['applet-passthru.json', applet],
  ['applet-passthru-canceled.json', applet],
  ['applet-passthru-no-answer.json', applet],
];

test.each(callbacks)('reads the callback %s', (file, expected) => {
  expect(parseCallback(undefined, Buffer.from(fixtureText(file)), {})).toMatchObject(expected);
});

const applets: [file: string, expected: object][] = [
  ['applet-dial.json', { agentNumber: '09999999999', agentStatus: 'busy' }],
  ['applet-passthru.json', { agentNumber: '09999999999', agentStatus: null }],
  ['applet-passthru-canceled.json', { agentStatus: null }],
  ['applet-passthru-no-answer.json', { agentStatus: null }],
];

test.each(applets)(
  'reads of the applet %s who called whom, in a body and in a query',
  async (file, expected) => {
    const body = Buffer.from(fixtureText(file));
    const call = {
      ...expected,
      callSid: '23c162077629863c1a2d7f29263a162m',
      direction: 'incoming',
      from: '09999999991',
      to: '09999999988',
    };
    expect(await readIncomingCall({ contentType: null, query: {}, body })).toMatchObject(call);
    const query = parseJsonObject(fixtureText(file)) ?? {};
    expect(await readIncomingCall({ contentType: null, query, body: Buffer.alloc(0) })).toMatchObject(call);
  },
);

/** Payloads of resources that the dialer asks nothing of, and why; the last is what such a request would name. */
const notRead: [file: string, why: string, resource: RegExp][] = [
  ['v1-legs.json', 'on request only; details=true of a single call tells the legs', /\/Legs\b/],
  ['v3-legs.json', 'on request only; legs are read where the call has them', /\/legs\b/],
  ['v1-customer-whitelist.json', 'the register is asked by number metadata', /CustomerWhitelist/i],
  ['v1-incoming-phone-numbers.json', 'ExoPhones stand in the campaign file', /IncomingPhoneNumbers/i],
  ['v2-beta-incoming-phone-numbers.json', 'ExoPhones stand in the campaign file', /v2_beta/i],
  ...[
    'campaign-create.json',
    'campaign-status.json',
    'campaign-call-details.json',
    'campaign-callback.json',
    'campaign-contacts.json',
    'campaign-csv-status.json',
  ].map((file): [string, string, RegExp] => [
    file,
    'the dialer is the campaign: Exotel’s own has no agents, hours by number or unknown calls',
    /\/(campaigns|contacts|lists)\b/i,
  ]),
];

test.each(notRead)('never asks for %s: %s', async (file, _why, resource) => {
  expect(parseJsonObject(fixtureText(file))).not.toBeNull();
  await neverSends(resource)();
});

test('takes the callback of a campaign’s call for none of a call of ours', () => {
  expect(parseCallback(undefined, Buffer.from(fixtureText('campaign-callback.json')), {})).toMatchObject({
    kind: 'malformed',
  });
});

test('leaves no published payload out', () => {
  const named = [
    ...answers,
    ...callbacks.map(([file]) => ({ file })),
    ...notRead.map(([file]) => ({ file })),
  ];
  const there = readdirSync(new URL('./testing/fixtures', import.meta.url));
  expect(there.toSorted()).toEqual(named.map(({ file }) => file).toSorted());
});
