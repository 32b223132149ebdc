import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { ExotelClient, ExotelClientOptions } from './client.ts';
import placed from './testing/fixtures/v1-call.json' with { type: 'json' };
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf, someFlow, someNumbers } from './testing/client.ts';
import { fixtureText, restException } from './testing/payloads.ts';

const sid = placed.Call.Sid;

const ways: [name: string, place: (client: ExotelClient) => ReturnType<ExotelClient['connectNumbers']>][] = [
  ['two numbers', (client) => client.connectNumbers(someNumbers)],
  ['a flow', (client) => client.connectToFlow(someFlow)],
];

async function formSentFor(place: (client: ExotelClient) => Promise<unknown>): Promise<unknown> {
  const server = await startAnsweringServer({ body: placed });
  await place(clientOf(server.url, { ccmUrl: 'http://127.0.0.1:9' }));
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      path: '/v1/Accounts/exotel1/Calls/connect.json',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
  ]);
  return Object.fromEntries(new URLSearchParams(server.received[0]?.body));
}

test('asks for a call between two numbers with everything always said', async () => {
  expect(await formSentFor((client) => client.connectNumbers(someNumbers))).toEqual({
    From: '+919900000002',
    To: '+919900000001',
    CallerId: '+918040000000',
    CallType: 'trans',
    TimeOut: '30',
    TimeLimit: '1800',
    Record: 'true',
    RecordingChannels: 'dual',
    CustomField: 'attempt-1',
    StatusCallback: 'https://dialer.example/callbacks/1',
    'StatusCallbackEvents[0]': 'terminal',
    'StatusCallbackEvents[1]': 'answered',
    StatusCallbackContentType: 'application/json',
  });
});

test('asks for a call to a flow by the address of the flow, and for no events', async () => {
  expect(await formSentFor((client) => client.connectToFlow(someFlow))).toEqual({
    From: '+919900000001',
    Url: 'http://my.exotel.com/exotel1/exoml/start_voice/208287',
    CallerId: '+918040000000',
    CallType: 'trans',
    TimeOut: '30',
    TimeLimit: '1800',
    Record: 'true',
    RecordingChannels: 'dual',
    CustomField: 'attempt-1',
    StatusCallback: 'https://dialer.example/callbacks/1',
  });
});

test('asks for no callbacks and no recording where none are wanted', async () => {
  const without = { callbackUrl: null, recording: false };
  for (const form of [
    await formSentFor((client) => client.connectNumbers({ ...someNumbers, ...without })),
    await formSentFor((client) => client.connectToFlow({ ...someFlow, ...without })),
  ]) {
    expect(form).toMatchObject({ Record: 'false' });
    expect(Object.keys(form ?? {}).filter((name) => /StatusCallback|RecordingChannels/.test(name))).toEqual(
      [],
    );
  }
});

test('keeps an odd app id inside its part of the address', async () => {
  const form = await formSentFor((client) => client.connectToFlow({ ...someFlow, appId: '../x?y' }));
  expect(form).toHaveProperty('Url', 'http://my.exotel.com/exotel1/exoml/start_voice/..%2Fx%3Fy');
});

test.each(ways)('sends no custom field to %s that Exotel would cut', async (_name, place) => {
  const server = await startAnsweringServer({ body: placed });
  const client = clientOf(server.url);
  const customField = 'x'.repeat(129);
  const long = {
    ...client,
    connectNumbers: () => client.connectNumbers({ ...someNumbers, customField }),
    connectToFlow: () => client.connectToFlow({ ...someFlow, customField }),
  };
  expect(await place(long)).toMatchObject({ kind: 'unsent', fenced: false });
  expect(server.connections).toHaveLength(0);
});

for (const [name, place] of ways) {
  const against = async (answer: Answer) => {
    const server = await startAnsweringServer(answer);
    const result = await place(clientOf(server.url));
    expect(server.received).toHaveLength(1);
    return result;
  };
  const call = placed.Call;

  test.each([
    ['JSON', placed],
    ['JSON in a wrapper', { TwilioResponse: placed }],
    ['JSON in the other wrapper', { RestResponse: placed }],
    ['a list of one', { Calls: [call] }],
    ['a list of records in their own objects', { Calls: [{ Call: call }] }],
    ['XML', fixtureText('v1-call.xml')],
  ])(`reads a placed call to ${name} in %s`, async (_form, body) => {
    expect(await against({ body })).toMatchObject({
      kind: 'placed',
      callSid: sid,
      details: {
        api: 'v1',
        state: 'active',
        status: 'in-progress',
        legsTold: false,
        from: '+917800000000',
        to: '+919890000000',
        startedAt: new Date('2020-02-20T13:12:19Z'),
        endedAt: null,
      },
    });
  });

  test.each([200, 201, 202])(`a SID under HTTP %i is a placed call to ${name}`, async (status) => {
    expect(await against({ status, body: placed })).toMatchObject({ kind: 'placed', callSid: sid });
  });

  test.each([
    ['nothing', ''],
    ['text', 'OK'],
    ['a page', '<html><body>Welcome</body></html>'],
    ['JSON that was cut', JSON.stringify(placed).slice(0, 90)],
    ['XML that was cut', fixtureText('v1-call.xml').slice(0, 300)],
    ['no call', { Call: null }],
    ['a call without a SID', { Call: { Status: 'queued' } }],
    ['an empty SID', { Call: { Sid: '' } }],
    ['an exception that says nothing', { RestException: {} }],
  ])(`calls HTTP 200 with %s unknown, for ${name}`, async (_what, body) => {
    expect(await against({ body })).toMatchObject({ kind: 'unknown', httpStatus: 200 });
  });

  test.each([500, 502, 503, 504])(`calls HTTP %i unknown, for ${name}`, async (status) => {
    for (const body of [
      '',
      '<html>Bad Gateway</html>',
      restException(status, 'Try later'),
      restException(400, 'x'),
    ]) {
      expect(await against({ status, body })).toMatchObject({ kind: 'unknown', httpStatus: status });
    }
  });

  test(`takes the SID that comes with a 5xx, for ${name}: there is something to ask Exotel about`, async () => {
    expect(await against({ status: 500, body: placed })).toMatchObject({ kind: 'placed', callSid: sid });
  });

  test(`calls an answer that was cut unknown and asks no second time, for ${name}`, async () => {
    expect(await against(({ socket }) => socket.destroy())).toMatchObject({
      kind: 'unknown',
      httpStatus: null,
    });
    const half: Answer = ({ socket }, response) => {
      response.writeHead(200, { 'content-length': '5000' });
      response.write('{"Call":', () => socket.destroy());
    };
    expect(await against(half)).toMatchObject({ kind: 'unknown', httpStatus: null });
  });

  test(`follows no redirect, for ${name}`, async () => {
    const answer = await against({ status: 307, headers: { location: '/v1/elsewhere' }, body: '' });
    expect(answer).toMatchObject({ kind: 'unknown', httpStatus: 307 });
  });

  test(`sends nothing past the fence, for ${name}`, async () => {
    const server = await startAnsweringServer({ body: placed });
    const client = clientOf(server.url, { fence: () => 'the lease is over' });
    expect(await place(client)).toEqual({ kind: 'unsent', why: 'the lease is over', fenced: true });
  });

  test(`opens a connection of its own for every call to ${name}`, async () => {
    const server = await startAnsweringServer({ body: placed });
    const client = clientOf(server.url);
    await place(client);
    await place(client);
    expect(server.connections).toHaveLength(2);
  });
}

describe('the zone of v1’s times', () => {
  const created = placed.Call.DateCreated;
  const shiftOf = async (date: string | null, options: Partial<ExotelClientOptions> = {}) => {
    const server = await startAnsweringServer((_received, response) => {
      response.sendDate = false;
      response.writeHead(200, date === null ? {} : { date });
      response.end(JSON.stringify(placed));
    });
    const client = clientOf(server.url, options);
    const answers = [await client.connectNumbers(someNumbers), await client.connectToFlow(someFlow)];
    return answers.map((answer) => (answer.kind === 'placed' ? answer.zoneShiftMs : answer));
  };

  test('is compared with Exotel’s own clock at each placing', async () => {
    expect(created).toBe('2020-02-20 18:42:19');
    expect(await shiftOf('Thu, 20 Feb 2020 13:12:20 GMT')).toEqual([-1000, -1000]);
    expect(await shiftOf('Thu, 20 Feb 2020 10:42:19 GMT')).toEqual([9_000_000, 9_000_000]);
    const timeZone = 'Asia/Singapore';
    expect(await shiftOf('Thu, 20 Feb 2020 10:42:19 GMT', { timeZone })).toEqual([0, 0]);
  });

  test('is compared with the clock here where an answer has no date', async () => {
    const clock = { ...systemClock, now: () => Date.parse('2020-02-20T13:12:19Z') };
    expect(await shiftOf(null, { clock })).toEqual([0, 0]);
  });
});
