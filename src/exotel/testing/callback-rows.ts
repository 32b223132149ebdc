import { flat, formData, told } from './callback-route.ts';
import v1End from './fixtures/v1-terminal.json' with { type: 'json' };
import type { Form } from './forms.ts';
import { callback, sid, withLegs } from './payloads.ts';

const fourFields = {
  CallSid: 'a',
  Status: 'completed',
  RecordingUrl: '',
  DateUpdated: '2019-09-10 12:56:00',
};
const isConnected = { state: 'settled', outcome: 'connected', counts: true };
const isEnd = {
  ...isConnected,
  call_sid: v1End.CallSid,
  talk_seconds: 320,
  recording_url: 'https://recordings.example/80bf.mp3',
};
const form = flat(v1End);
const json = { headers: { 'content-type': 'application/json' } };

const answered = { body: callback('answered', withLegs('in-progress', 'in-progress')) };
const terminal = {
  body: callback('terminal', {
    call_state: 'terminal',
    call_status: 'completed',
    ...withLegs('completed', 'completed'),
    total_talk_time: 5,
  }),
};
const v2End = { ...isConnected, call_sid: sid, talk_seconds: 5 };
const isUntouched = { state: 'placing', outcome: null, call_sid: null, callbacks: ['malformed'] };

/** What callbacks can answer of the table, each form sent over HTTP to the address of an attempt. */
export const callbackRows: Form[] = [
  [
    8,
    'a flow reports four fields',
    told('flow', [{ body: formData(fourFields) }], { ...isConnected, call_sid: 'a' }),
  ],
  [
    8,
    'a flow reports events, of its one leg and of its end',
    told(
      'flow',
      [
        {
          body: {
            ...fourFields,
            EventType: 'answered',
            Status: 'in-progress',
            Legs: [{ Status: 'in-progress' }],
          },
        },
        {
          body: {
            ...fourFields,
            EventType: 'terminal',
            Legs: [{ Status: 'completed', OnCallDuration: 9 }],
          },
        },
      ],
      { ...isConnected, customer_answered: true, talk_seconds: null, callbacks: ['noted', 'settled'] },
    ),
  ],
  [9, 'a callback in JSON', told('connect', [{ ...json, body: v1End }], isEnd)],
  [9, 'a callback urlencoded', told('connect', [{ body: new URLSearchParams(form) }], isEnd)],
  [9, 'a callback in multipart', told('connect', [{ body: formData(form) }], isEnd)],
  [9, 'a callback in the query of a POST', told('connect', [{ query: form }], isEnd)],
  [9, 'a callback in the query of a GET', told('connect', [{ method: 'GET', query: form }], isEnd)],
  [
    9,
    'JSON under the type of a form, and a form under that of JSON',
    told(
      'connect',
      [
        { headers: { 'content-type': 'multipart/form-data' }, body: v1End },
        { ...json, body: new URLSearchParams(form).toString() },
      ],
      { ...isEnd, callbacks: ['settled', 'noted'] },
    ),
  ],
  [
    10,
    'a signature in a header is passed over',
    told('connect', [{ headers: { 'x-exotel-signature': 'sha256=0123abcd' }, body: v1End }], isEnd),
  ],
  [10, 'a callback without any signature', told('connect', [{ body: v1End }], isEnd)],
  [
    11,
    'the same callback again and again',
    told('agents', [terminal, terminal, terminal], { ...v2End, callbacks: ['settled', 'noted', 'noted'] }),
  ],
  [
    11,
    'an event that is sent again once the call is over',
    told('agents', [answered, terminal, answered], {
      ...v2End,
      customer_answered: true,
      callbacks: ['noted', 'settled', 'noted'],
    }),
  ],
  [
    19,
    'a callback with the direction outbound',
    told('connect', [{ body: { ...v1End, Direction: 'outbound' } }], isEnd),
  ],
  [
    19,
    'a callback with the direction outbound-api',
    told('connect', [{ body: { ...v1End, Direction: 'outbound-api' } }], isEnd),
  ],
  [
    23,
    'the callback of a campaign’s call as documented touches no attempt',
    told(
      'flow',
      [{ body: { campaign_sid: 'c', call_sid: 'a', number: '+919800000001', status: 'completed' } }],
      isUntouched,
    ),
  ],
  [
    23,
    'the callback of a campaign’s call as a client reads it touches no attempt',
    told(
      'flow',
      [{ body: { campaign_sid: 'c', caller_id: '08040000000', legs: [{ status: 'completed' }] } }],
      isUntouched,
    ),
  ],
  [
    25,
    'the address of a recording stays as it was told when a later callback tells none',
    told('connect', [{ body: v1End }, { body: { ...v1End, RecordingUrl: null } }], isEnd),
  ],
];
