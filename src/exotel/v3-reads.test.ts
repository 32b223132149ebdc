import { expect, test } from 'vitest';
import activeCalls from './testing/fixtures/v3-active-calls.json' with { type: 'json' };
import voiceLog from './testing/fixtures/v3-voice-log.json' with { type: 'json' };
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf } from './testing/client.ts';
import { refusal, sid } from './testing/payloads.ts';

/** A client of two hosts, the second of which is v1's. */
async function clientOfTwo(ccm: Answer, v1: Answer) {
  const [first, second] = [await startAnsweringServer(ccm), await startAnsweringServer(v1)];
  const client = clientOf(first.url, { v1Url: second.url });
  return { client, asked: () => [first.received.length, second.received.length] };
}

const nothing = { status: 404, body: '' };

test('asks for the calls that run, and reads them', async () => {
  const server = await startAnsweringServer({ body: activeCalls });
  expect(await clientOf(server.url).listActiveCalls()).toEqual({
    kind: 'active',
    calls: [
      { callSid: sid, status: 'in-progress', from: '+919900000002', to: '+919900000001' },
      { callSid: 'd6c3aba6b7b84c9ba7ab4ba21fbb16b3', status: 'ringing', from: '09900000003', to: null },
    ],
  });
  expect(server.received).toMatchObject([{ method: 'GET', path: '/v3/accounts/exotel1/calls/active' }]);
});

test.each([
  ['under data', { response: { code: 200, status: 'success', data: activeCalls.response } }],
  [
    'with records that tell nothing',
    { response: { active_calls: [...activeCalls.response.active_calls, {}, null] } },
  ],
])('reads the calls that run %s', async (_where, body) => {
  const server = await startAnsweringServer({ body });
  const answer = await clientOf(server.url).listActiveCalls();
  expect(answer.kind === 'active' && answer.calls).toHaveLength(2);
});

test.each([{ response: {} }, { response: { active_calls: null } }, {}, []])(
  'takes %o for no knowledge of calls, not for no calls',
  async (body) => {
    const server = await startAnsweringServer({ body });
    expect(await clientOf(server.url).listActiveCalls()).toMatchObject({ kind: 'failed' });
  },
);

test('tells that no call runs', async () => {
  const server = await startAnsweringServer({ body: { response: { active_calls: [], total_active: 0 } } });
  expect(await clientOf(server.url).listActiveCalls()).toEqual({ kind: 'active', calls: [] });
});

test('asks where a recording lies, and reads it', async () => {
  const server = await startAnsweringServer({ body: voiceLog });
  expect(await clientOf(server.url).getVoiceLog(sid)).toEqual({
    kind: 'voice_log',
    status: 'available',
    recordingUrl: 'https://recordings.example/9133.mp3',
    expiresAt: new Date('2022-12-03T17:27:00Z'),
  });
  expect(server.received).toMatchObject([
    { method: 'GET', path: `/v3/accounts/exotel1/calls/${sid}/voice-logs` },
  ]);
});

test.each(['processing', 'not_available', 'expired', 'Something_New'])(
  'reads a recording that is %s',
  async (status) => {
    const body = { response: { voice_log: { call_sid: sid, status, recording_url: null } } };
    const server = await startAnsweringServer({ body });
    expect(await clientOf(server.url).getVoiceLog(sid)).toEqual({
      kind: 'voice_log',
      status: status.toLowerCase(),
      recordingUrl: null,
      expiresAt: null,
    });
  },
);

test('reads no recording of another call', async () => {
  const server = await startAnsweringServer({ body: voiceLog });
  expect(await clientOf(server.url).getVoiceLog('other')).toMatchObject({ kind: 'failed' });
});

test('takes a 404 or the code for an unknown call for "no recording"', async () => {
  for (const answer of [nothing, { status: 404, body: refusal(404, 1021) }, { body: refusal(404, 1021) }]) {
    const server = await startAnsweringServer(answer);
    expect(await clientOf(server.url).getVoiceLog(sid)).toEqual({ kind: 'not_found' });
  }
});

test('turns to the other host after a 404, one request a question, and stays with the host that answers', async () => {
  const { client, asked } = await clientOfTwo(nothing, { body: activeCalls });
  expect(await client.listActiveCalls()).toMatchObject({ kind: 'failed', httpStatus: 404 });
  expect(asked()).toEqual([1, 0]);
  expect(await client.listActiveCalls()).toMatchObject({ kind: 'active' });
  expect(await client.listActiveCalls()).toMatchObject({ kind: 'active' });
  expect(asked()).toEqual([1, 2]);
});

test('keeps asking both hosts in turn while neither answers, for voice logs apart from active calls', async () => {
  const { client, asked } = await clientOfTwo(nothing, nothing);
  for (const expected of [
    [1, 0],
    [1, 1],
    [2, 1],
    [2, 2],
  ]) {
    await client.getVoiceLog(sid);
    expect(asked()).toEqual(expected);
  }
  await client.listActiveCalls();
  expect(asked()).toEqual([3, 2]);
});

test('does not leave a host that has answered before, nor one that fails otherwise', async () => {
  let answered = 0;
  const { client, asked } = await clientOfTwo((_request, response) => {
    answered += 1;
    response.writeHead(answered === 2 ? 200 : answered === 1 ? 503 : 404);
    response.end(answered === 2 ? JSON.stringify(voiceLog) : '');
  }, nothing);
  for (const kind of ['failed', 'voice_log', 'not_found', 'not_found']) {
    expect(await client.getVoiceLog(sid)).toHaveProperty('kind', kind);
  }
  expect(asked()).toEqual([4, 0]);
});
