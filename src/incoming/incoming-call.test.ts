import { expect, test } from 'vitest';
import { readIncomingCall } from './incoming-call.ts';

const read = (query: Record<string, unknown>, body = '') =>
  readIncomingCall({ contentType: null, query, body: Buffer.from(body) });

const fields = {
  CallSid: 'sid-1',
  From: '09999999991',
  To: '08045680000',
  Direction: 'incoming',
  digits: '"9"',
};
const multipart = (of: Record<string, string>) =>
  `${Object.entries(of)
    .map(([name, value]) => `--b0\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--b0--\r\n`;

test.each([
  ['a query string', fields, ''],
  ['JSON', {}, JSON.stringify(fields)],
  ['an urlencoded form', {}, new URLSearchParams(fields).toString()],
  ['a multipart form', {}, multipart(fields)],
  [
    'query and body together',
    { CallSid: 'sid-1', From: '09999999991' },
    new URLSearchParams(fields).toString(),
  ],
])('reads a call from %s', async (_where, query, body) => {
  expect(await read(query, body)).toMatchObject({
    callSid: 'sid-1',
    direction: 'incoming',
    parties: ['09999999991'],
    to: '08045680000',
    digits: '9',
  });
});

test.each([
  ['"9"', '9'],
  ['9', '9'],
  ['"12"', '12'],
  ['""', null],
  ['null', null],
  ['', null],
])('digits %s are the keys %s', async (given, digits) => {
  expect(await read({ digits: given })).toMatchObject({ digits });
});

test.each([
  ['incoming', 'incoming'],
  ['inbound', 'incoming'],
  ['outbound-dial', 'outbound'],
  ['outbound-api', 'outbound'],
  ['sideways', null],
])('direction %s is %s', async (given, direction) => {
  expect(await read({ Direction: given })).toMatchObject({ direction });
});

test.each([
  [{ Status: 'busy', EventType: 'Dial' }, 'busy'],
  [{ EventType: 'Ringing' }, 'busy'],
  [{ EventType: 'answered' }, 'busy'],
  [{ Status: 'free', EventType: 'Answered' }, 'free'],
  [{ Status: 'free', EventType: 'Terminal' }, 'free'],
  [{ EventType: 'Terminal' }, 'free'],
  [{ Status: 'completed' }, null],
])('an event %o finds the agent %s', async (event, agentStatus) => {
  expect(await read({ DialWhomNumber: '09999999999', ...event })).toMatchObject({
    agentNumber: '09999999999',
    agentStatus,
  });
});

test.each(['{"broken', '--b0\r\nbroken', '%%%', '\u0000'])('reads nothing from %j', async (body) => {
  expect(await read({}, body)).toMatchObject({ callSid: null, parties: [], digits: null });
});
