import { expect, test } from 'vitest';
import { eventually, sandboxForTest } from './fixture.ts';
import { sandboxForV1 } from './fixture-v1.ts';
import type { CallOutcome } from './scenario.ts';

const v3 = '/v3/accounts/sandbox/calls';
const spacedTime = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+05:30$/);

test('shows an active call with the end at Unix zero in Indian time', async () => {
  const sandbox = await sandboxForTest({ speed: 1 });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  const { body } = await sandbox.get(`${v3}/${sid}`);
  expect(body.response).toEqual({
    call_details: {
      sid,
      direction: 'outbound',
      virtual_number: '+918045680000',
      state: 'active',
      status: null,
      legs: `${v3}/${sid}/legs`,
      created_time: spacedTime,
      updated_time: spacedTime,
      start_time: spacedTime,
      end_time: '1970-01-01 05:30:00+05:30',
      total_duration: null,
      total_talk_time: null,
      custom_field: 'attempt-1',
      app_id: null,
      app_name: null,
      digits: null,
      recordings: null,
    },
  });
});

test.each<[CallOutcome, string]>([
  ['connected', 'completed'],
  ['no_answer', 'to_leg_unanswered'],
  ['unreachable', 'to_leg_no_dial'],
  ['agent_no_answer', 'from_leg_unanswered'],
  ['agent_canceled', 'from_leg_cancelled'],
  ['agent_unreachable', 'from_leg_no_dial'],
])('calls %s %s', async (outcome, status) => {
  const sandbox = await sandboxForTest({ numbers: { '+919800000001': { outcome } } });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  await eventually(async () => {
    const { body } = await sandbox.get(`${v3}/${sid}`);
    expect(body.response).toMatchObject({
      call_details: { state: 'terminal', status, end_time: spacedTime },
    });
  });
});

test('lists the calls that are under way', async () => {
  const sandbox = await sandboxForTest({ speed: 1 });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  const { body } = await sandbox.get(`${v3}/active`);
  expect(body.response).toEqual({
    active_calls: [
      {
        call_sid: sid,
        status: 'ringing',
        from: '+919000000001',
        to: '+919800000001',
        start_time: spacedTime,
        duration: 0,
        recording_enabled: true,
      },
    ],
    total_active: 1,
  });
});

test('takes the customer of a flow for the first leg', async () => {
  const sandbox = await sandboxForV1({ speed: 1, numbers: { '+919800000001': { outcome: 'no_answer' } } });
  const sid = (await sandbox.toFlow()).body.Call.Sid;
  const { body } = await sandbox.get(`${v3}/active`);
  expect(body.response).toMatchObject({
    active_calls: [{ call_sid: sid, from: '+919800000001', to: '+918045680000' }],
  });
});

test.each<[CallOutcome, string]>([
  ['no_answer', 'from_leg_unanswered'],
  ['unreachable', 'from_leg_no_dial'],
])('says of a flow whose customer was %s that %s', async (outcome, status) => {
  const sandbox = await sandboxForV1({ numbers: { '+919800000001': { outcome } } });
  const sid = (await sandbox.toFlow()).body.Call.Sid;
  await eventually(async () => {
    const { body } = await sandbox.get(`${v3}/${sid}`);
    expect(body.response).toMatchObject({ call_details: { state: 'terminal', status } });
  });
});

test('has a voice log for each call: under way, there, or never made', async () => {
  const sandbox = await sandboxForV1({ recordings: { after: '10h' } });
  const logOf = async (sid: string, query = '') =>
    (await sandbox.get(`${v3}/${sid}/voice-logs${query}`)).body.response;
  const late = (await sandbox.toFlow()).body.Call.Sid;
  await eventually(() => expect(sandbox.truth().calls[0]?.state).toBe('terminal'));
  expect(await logOf(late)).toMatchObject({ voice_log: { status: 'processing', recording_url: null } });
  sandbox.control({ recordings: { after: '0s' } });
  const [silent, recorded] = await Promise.all([
    sandbox.toFlow({ Record: 'false', From: '+919800000002' }),
    sandbox.toFlow({ From: '+919800000003' }),
  ]);
  await eventually(() => {
    expect(sandbox.truth().calls.every(({ state }) => state === 'terminal')).toBe(true);
  });
  expect(await logOf(silent.body.Call.Sid)).toMatchObject({ voice_log: { status: 'not_available' } });
  const { Sid: sid } = recorded.body.Call;
  expect(await logOf(sid, '?format=wav&channel=dual')).toEqual({
    voice_log: {
      call_sid: sid,
      status: 'available',
      recording_url: expect.stringContaining(`/${sid}.mp3`),
      recording_duration: expect.any(Number),
      recording_size_bytes: expect.any(Number),
      format: 'wav',
      channel: 'dual',
      created_at: spacedTime,
      expires_at: spacedTime,
    },
  });
  expect((await sandbox.get(`${v3}/${sid}/voice-logs?format=ogg`)).status).toBe(400);
  expect((await sandbox.get(`${v3}/nonsense/voice-logs`)).status).toBe(404);
  expect(sandbox.truth().requests.byKind).toMatchObject({ recordings: 5 });
});

test('places no calls', async () => {
  const sandbox = await sandboxForTest();
  const { status, body } = await sandbox.send('POST', v3, {});
  expect([status, body.response.error_data?.code]).toEqual([404, 1022]);
  expect(sandbox.truth().placings).toEqual([]);
});
