import { pino } from 'pino';
import { expect, test } from 'vitest';
import { hostsByRegion } from './hosts.ts';
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf, credentials, someCall, someFlow, someNumbers } from './testing/client.ts';

const basic = Buffer.from(`${credentials.key}:${credentials.token}`).toString('base64');

const answers: [string, Answer][] = [
  [
    'a page that quotes the request',
    ({ headers }, response) => {
      response.writeHead(403);
      response.end(`<pre>${JSON.stringify(headers)} ${credentials.key} ${credentials.token}</pre>`);
    },
  ],
  ['a reset', ({ socket }) => socket.resetAndDestroy()],
  ['an answer that is not HTTP', ({ socket, headers }) => socket.end(`${headers.authorization}\r\n`)],
  ['a redirect', { status: 302, headers: { location: `/?key=${credentials.token}` }, body: '' }],
];

test.each(answers)('shows no credential in answers and log lines after %s', async (_what, answer) => {
  const server = await startAnsweringServer(answer);
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
  const client = clientOf(server.url, { log });
  const results = [
    await client.placeCall(someCall),
    await client.connectNumbers(someNumbers),
    await client.getCallDetails('1'),
    await client.getV1Call('1'),
    await client.listV1Calls({ sids: ['1'] }),
    await client.listUsers({ offset: 0 }),
  ];
  expect(server.received).toHaveLength(6);
  expect(server.received.every(({ headers }) => headers.authorization === `Basic ${basic}`)).toBe(true);
  expect(server.received.every(({ path }) => !path.includes(credentials.key))).toBe(true);
  expect(lines).toHaveLength(6);
  const shown = JSON.stringify(results) + lines.join('');
  for (const secret of [credentials.key, credentials.token, basic]) expect(shown).not.toContain(secret);
});

test('logs no phone number', async () => {
  const numbers = [someNumbers.from, someNumbers.to].map((number) => number.slice(-10));
  const server = await startAnsweringServer({ status: 400, body: `${numbers.join(' ')} is invalid` });
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
  const client = clientOf(server.url, { log });
  const { from, to } = someNumbers;
  await client.placeCall(someCall);
  await client.connectNumbers(someNumbers);
  await client.connectToFlow(someFlow);
  await client.listV1Calls({ from, to, phoneNumber: to, createdFrom: new Date(0), createdTo: new Date() });
  await client.listUsers({ offset: 0, contactUri: from });
  await client.getNumber(to);
  expect(lines).toHaveLength(6);
  for (const number of numbers) expect(lines.join('')).not.toContain(number);
  await client.getV1Call('40ccc7656e1a3eb66c6cb2be57d1142k');
  expect(lines.at(-1)).toContain('/Calls/40ccc7656e1a3eb66c6cb2be57d1142k.json');
});

test('keeps the account SID and call SIDs inside their part of the path', async () => {
  const server = await startAnsweringServer({ status: 404, body: '' });
  await clientOf(server.url, { accountSid: 'a/b?c' }).getCallDetails('../users');
  expect(server.received).toMatchObject([{ path: '/v2/accounts/a%2Fb%3Fc/calls/..%2Fusers' }]);
});

test('every region has its own hosts', () => {
  const hosts = Object.values(hostsByRegion).flatMap(({ v1Url, ccmUrl }) => [v1Url, ccmUrl]);
  expect(new Set(hosts).size).toBe(4);
  expect(hosts.every((host) => /^https:\/\/[a-z.-]+\.exotel\.com$/.test(host))).toBe(true);
});

test('logs a first leg that Exotel dialled more than once, by the call alone', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const twice = [{ Leg: { Id: 1, Status: 'no-answer' } }, { Leg: { Id: 1, Status: 'completed' } }];
  const once = [{ Leg: { Id: 1 } }, { Leg: { Id: 2 } }];
  for (const Legs of [twice, once]) {
    const server = await startAnsweringServer({
      body: { Call: { Sid: 'a', Status: 'completed', Details: { Legs } } },
    });
    await clientOf(server.url, { log }).getV1Call('a');
  }
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { callSid: 'a', tries: 2, msg: 'Exotel dialled the first phone of a call more than once' },
  ]);
});
