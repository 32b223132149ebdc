import { expect, test } from 'vitest';
import { parseEnvelope } from './envelope.ts';
import {
  endedUnderCallDetails,
  notDisturbXml,
  placed,
  placedInPlace,
  refusal,
  restException,
  sid,
  userPage,
} from './testing/payloads.ts';

const parse = (status: number, body: unknown) =>
  parseEnvelope({ status, body: typeof body === 'string' ? body : JSON.stringify(body) });

test.each([
  ['under response.data', placed, { call_sid: sid }],
  ['directly under response', placedInPlace, { call_sid: sid }],
  ['under response.call_details', endedUnderCallDetails, { sid }],
  ['under a data list', { response: { data: [{ call_sid: sid }] } }, { call_sid: sid }],
  ['in a list of one', { response: [{ code: 200, data: { call_sid: sid } }] }, { call_sid: sid }],
])('finds the data %s', (_where, body, expected) => {
  expect(parse(200, body)).toMatchObject({ kind: 'success', items: [expected] });
});

test('gives every item of a list with its metadata', () => {
  const envelope = parse(200, userPage([{ id: 'u1' }, { id: 'u2' }], 120));
  expect(envelope).toMatchObject({
    kind: 'success',
    items: [{ id: 'u1' }, { id: 'u2' }],
    metadata: { total: 120 },
  });
});

test('finds a call under call_details beside a data that is null', () => {
  const body = {
    response: { code: 200, error_data: null, data: null, call_details: { sid, status: 'completed' } },
  };
  expect(parse(200, body)).toMatchObject({ kind: 'success', items: [{ sid, status: 'completed' }] });
  expect(parse(200, { response: { code: 200, error_data: null, data: null } })).toMatchObject({ items: [] });
});

test('takes an error inside HTTP 200 for an error', () => {
  expect(parse(200, { ...refusal(409, 1008, 'Duplicate resource'), http_code: 200 })).toMatchObject({
    kind: 'failure',
    error: { httpStatus: 200, statedStatus: 409, code: 1008, message: 'Duplicate resource' },
    items: [],
  });
});

test('takes error_data for an error even where every status says success', () => {
  const body = { response: { code: 200, status: 'success', error_data: { code: '10706' }, data: null } };
  expect(parse(200, body)).toMatchObject({ kind: 'failure', error: { code: 10706 } });
});

test('takes a failed http_code in the body for an error', () => {
  const body = { http_code: 503, response: null };
  expect(parse(200, body)).toMatchObject({ kind: 'failure', error: { statedStatus: 503, code: null } });
});

test('takes a status of "failure" without any code for an error', () => {
  expect(parse(200, { response: { status: 'failure', data: null } })).toMatchObject({ kind: 'failure' });
});

test('does not take an empty error_data for an error', () => {
  const body = { response: { code: 200, error_data: {}, data: { call_sid: sid } } };
  expect(parse(200, body).kind).toBe('success');
});

test('keeps the good items of a list beside the error of the bad one', () => {
  const body = {
    http_code: 207,
    metadata: { total: 2, success: 1, failed: 1 },
    response: [
      { code: 200, error_data: null, data: { id: 'u1' } },
      { code: 404, error_data: { code: 10731, message: 'User not found' }, data: null },
    ],
  };
  expect(parse(207, body)).toMatchObject({
    kind: 'failure',
    items: [{ id: 'u1' }],
    error: { statedStatus: 404, code: 10731 },
  });
});

test.each([
  ['JSON', restException(403, 'Forbidden & closed', 34001), 34001],
  [
    'JSON with text where numbers belong',
    restException('403', 'Forbidden & closed', 'RATE_LIMIT_EXCEEDED'),
    null,
  ],
  ['JSON under TwilioResponse', { TwilioResponse: restException(403, 'Forbidden & closed') }, null],
  [
    'XML',
    '<TwilioResponse><RestException><Status>403</Status><Message>Forbidden &amp; closed</Message></RestException></TwilioResponse>',
    null,
  ],
])('recognises a RestException in %s under any status', (_form, body, code) => {
  for (const status of [200, 403, 500]) {
    expect(parse(status, body)).toMatchObject({
      kind: 'failure',
      error: { httpStatus: status, statedStatus: 403, code, message: 'Forbidden & closed' },
    });
  }
});

test('reads the recorded XML error of a number on the register', () => {
  expect(parse(403, notDisturbXml)).toMatchObject({
    error: { statedStatus: 403, message: 'Call to [01234] cannot be made because of TRAI NDNC regulations' },
  });
});

test.each(['', 'OK', '<html><body>hello</body></html>', '[1]', '"text"', 'null', '{"response": {"co'])(
  'calls a 2xx with the body %o unreadable',
  (body) => {
    expect(parse(200, body).kind).toBe('unreadable');
  },
);

test('keeps what a gateway says as one short line', () => {
  const page = `<html><h1>502 Bad\n Gateway</h1>${'x'.repeat(1000)}</html>`;
  const envelope = parse(502, page);
  expect(envelope).toMatchObject({ kind: 'failure', error: { httpStatus: 502, code: null } });
  const message = envelope.kind === 'failure' ? envelope.error.message : null;
  expect(message).toMatch(/^502 Bad Gateway x+…$/);
  expect(message).toHaveLength(300);
});

test('keeps the message of a JSON error in a form that nobody documented', () => {
  expect(parse(400, { message: 'bad request' })).toMatchObject({ error: { message: 'bad request' } });
});
