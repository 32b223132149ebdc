import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCallback } from './callback-body.ts';
import terminal from './testing/fixtures/v1-terminal.json' with { type: 'json' };
import { fixtureText } from './testing/payloads.ts';

type Query = Record<string, unknown>;

const parse = (body: string, { contentType, query = {} }: { contentType?: string; query?: Query } = {}) =>
  parseCallback(contentType, Buffer.from(body), query);

/** The fields of a form, with a list of legs flattened as Exotel does. */
function flat(fields: Record<string, unknown>): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (!Array.isArray(value)) return [[name, String(value)]];
    return value.flatMap((leg: object, index) =>
      Object.entries(leg).map(([part, told]): [string, string] => [
        `${name}[${index}][${part}]`,
        String(told),
      ]),
    );
  });
}

async function multipartOf(fields: [string, string][]): Promise<{ body: string; contentType: string }> {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  const response = new Response(form);
  return { body: await response.text(), contentType: response.headers.get('content-type') ?? '' };
}

const whole = {
  kind: 'callback',
  eventType: 'terminal',
  givenEventType: 'terminal',
  details: {
    api: 'v1',
    callSid: terminal.CallSid,
    state: 'terminal',
    status: 'completed',
    givenStatus: 'completed',
    agentLeg: { status: 'completed', contactUri: '09900000002', userId: null, onCallSeconds: 335 },
    customerLeg: { status: 'completed', contactUri: '09900000001', userId: null, onCallSeconds: 320 },
    legsTold: true,
    from: '09900000002',
    to: '09900000001',
    startedAt: new Date('2019-09-10T07:20:05Z'),
    endedAt: new Date('2019-09-10T07:25:50Z'),
    talkSeconds: 320,
    durationSeconds: 345,
    recordingUrl: 'https://recordings.example/80bf.mp3',
    customField: 'order-1',
  },
};

const jsonType = 'application/json';
const formType = 'application/x-www-form-urlencoded';

test.each([jsonType, formType, 'multipart/form-data', 'nonsense;;', undefined])(
  'reads one end alike in JSON, multipart, urlencoded and query under the content type %s',
  async (contentType) => {
    const { body: multipart } = await multipartOf(flat(terminal));
    const given = contentType === undefined ? {} : { contentType };
    expect(parse(JSON.stringify(terminal), given)).toMatchObject(whole);
    expect(parse(multipart, given)).toMatchObject(whole);
    expect(parse(multipart.replaceAll('\r\n', '\n'), given)).toMatchObject(whole);
    expect(parse(fixtureText('v1-terminal.form.txt'), given)).toMatchObject(whole);
    expect(parse('', { ...given, query: Object.fromEntries(flat(terminal)) })).toMatchObject(whole);
  },
);

test('takes a JSON body whose legs are flattened, or written as JSON text in a form', () => {
  expect(parse(JSON.stringify(Object.fromEntries(flat(terminal))))).toMatchObject(whole);
  const legsAsText = { ...terminal, Legs: JSON.stringify(terminal.Legs) };
  expect(parse(new URLSearchParams(flat(legsAsText)).toString())).toMatchObject(whole);
});

test('reads times in the zone of the account', () => {
  const body = Buffer.from(JSON.stringify(terminal));
  expect(parseCallback(jsonType, body, {}, 'Asia/Singapore')).toMatchObject({
    details: { endedAt: new Date('2019-09-10T04:55:50Z') },
  });
});

test('merges the query with the body, whose word counts unless it says nothing', () => {
  const query = {
    CallSid: 'abc',
    Status: 'busy',
    CustomField: 'from the query',
    RecordingUrl: ['x', 'https://a.example/1'],
  };
  const body = 'Status=completed&CustomField=null&RecordingUrl=';
  expect(parse(body, { query })).toMatchObject({
    details: {
      callSid: 'abc',
      status: 'completed',
      customField: 'from the query',
      recordingUrl: 'https://a.example/1',
    },
  });
});

test.each(['completed', 'failed', 'busy', 'no-answer', 'No-Answer', 'canceled', 'cancelled'])(
  'takes the four fields of a call to a flow with the status %s for its end, without a word on legs',
  async (status) => {
    const four = { CallSid: 'abc', Status: status, RecordingUrl: 'null', DateUpdated: '2019-09-10 12:56:00' };
    const { body } = await multipartOf(flat(four));
    expect(parse(body)).toMatchObject({
      eventType: 'terminal',
      givenEventType: null,
      details: {
        state: 'terminal',
        status: status.toLowerCase().replace('cancelled', 'canceled'),
        givenStatus: status,
        legsTold: false,
        recordingUrl: null,
        customField: null,
      },
    });
  },
);

test.each(['in-progress', 'ringing', 'queued', 'null', '', 'parked'])(
  'takes four fields with the status %o for no end',
  (status) => {
    const callback = parse(`CallSid=abc&Status=${status}`);
    expect(callback).toMatchObject({ kind: 'callback', eventType: 'unlisted' });
    expect(callback).not.toHaveProperty('details.state', 'terminal');
  },
);

test('tells the answered first leg from the answered second by the legs', () => {
  const first =
    'CallSid=abc&EventType=answered&Status=in-progress&Legs[0][Status]=in-progress&Legs[1][Status]=';
  expect(parse(first)).toMatchObject({
    eventType: 'answered',
    details: {
      state: 'active',
      legsTold: true,
      agentLeg: { status: 'in-progress' },
      customerLeg: { status: null },
    },
  });
  expect(parse(`${first}in-progress`)).toMatchObject({
    eventType: 'answered',
    details: { customerLeg: { status: 'in-progress' } },
  });
});

test('shows by the legs that the agent did not answer and the customer was never dialled', () => {
  const legs = [
    { OnCallDuration: 0, Status: 'no-answer' },
    { OnCallDuration: 0, Status: null },
  ];
  const body = { ...terminal, Status: 'no-answer', RecordingUrl: null, ConversationDuration: 0, Legs: legs };
  expect(parse(JSON.stringify(body))).toMatchObject({
    eventType: 'terminal',
    details: {
      status: 'no-answer',
      agentLeg: { status: 'no-answer' },
      customerLeg: { status: null },
      legsTold: true,
      talkSeconds: 0,
      recordingUrl: null,
    },
  });
});

test.each([{ legs: [] }, { legs: null }, { legs: 'null' }, { legs: 'gone' }])(
  'takes $legs for no word on legs',
  ({ legs }) => {
    expect(parse(JSON.stringify({ ...terminal, Legs: legs }))).toMatchObject({
      details: { legsTold: false, agentLeg: { status: null } },
    });
  },
);

test('takes a terminal event for an end by its name, be the status unknown, unless it says that the call runs', () => {
  const withStatus = (status: unknown) =>
    parse(JSON.stringify({ ...terminal, EndTime: null, Status: status }));
  expect(withStatus('parked')).toMatchObject({
    eventType: 'terminal',
    details: { state: 'terminal', status: 'parked' },
  });
  expect(withStatus('in-progress')).toMatchObject({
    eventType: 'unlisted',
    givenEventType: 'terminal',
    details: { state: 'active' },
  });
  expect(withStatus(null)).toMatchObject({ eventType: 'unlisted', givenEventType: 'terminal' });
});

test.each(['applet-dial.json', 'applet-passthru.json'])(
  'never takes %s for an end: its status is an agent’s, and the call is not ours',
  (name) => {
    const callback = parse(fixtureText(name));
    expect(callback).toMatchObject({
      eventType: 'unlisted',
      details: { callSid: '23c162077629863c1a2d7f29263a162m', state: 'unlisted', status: null },
    });
    expect(callback).not.toHaveProperty('details.endedAt', expect.any(Date));
  },
);

test('strips the quote characters from pressed keys', () => {
  expect(parse('CallSid=abc&digits=%2212%22')).toMatchObject({ details: { raw: { digits: '12' } } });
});

test('keeps no signed address of a recording', () => {
  const body = JSON.stringify({ ...terminal, PreSignedRecordingUrl: 'https://signed.example/1' });
  expect(JSON.stringify(parse(body))).not.toContain('signed.example');
});

test('gives an answer to any bytes, fast', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(['callback', 'malformed']).toContain(parseCallback(undefined, Buffer.from(bytes), {}).kind);
    }),
  );
  const began = performance.now();
  for (const part of ['--a\r\n', 'Legs[0][x]=1&', '<a', '--a\r\n\r\n', 'L[9][a]&='])
    parse(part.repeat(100_000));
  expect(performance.now() - began).toBeLessThan(5000);
});
