import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseCallback } from './callback-body.ts';
import type { ExotelClient } from './client.ts';
import { startAnsweringServer } from './testing/answering-server.ts';
import { clientOf, someCall, someNumbers } from './testing/client.ts';
import { toCustomerOnRegister } from './testing/forms.ts';
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

const callbacks: [file: string, expected: object][] = [
  ['v1-terminal.json', v1End],
  ['v1-terminal.form.txt', v1End],
  ['applet-dial.json', applet],
  ['applet-passthru.json', applet],
];

test.each(callbacks)('reads the callback %s', (file, expected) => {
  expect(parseCallback(undefined, Buffer.from(fixtureText(file)), {})).toMatchObject(expected);
});

test('leaves no published payload out', () => {
  const read = [...answers.map(({ file }) => file), ...callbacks.map(([file]) => file)];
  const there = readdirSync(new URL('./testing/fixtures', import.meta.url));
  expect(there.toSorted()).toEqual(read.toSorted());
});
