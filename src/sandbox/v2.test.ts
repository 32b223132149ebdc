import { describe, expect, test } from 'vitest';
import { eventually, sandboxForTest, type Seen, type TestSandbox } from './fixture.ts';

const refusalOf = ({ status, body }: Seen): [status: number, code: number | undefined] => [
  status,
  body.response.error_data?.code,
];

const settled = (sandbox: TestSandbox): Promise<void> =>
  eventually(() => {
    expect(sandbox.truth().calls.map(({ state }) => state)).toEqual(['terminal']);
  });

test('answers an accepted call in the envelope of v2', async () => {
  const sandbox = await sandboxForTest();
  const { status, body } = await sandbox.place();
  expect(status).toBe(200);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30$/);
  expect(body).toEqual({
    request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    method: 'POST',
    http_code: 200,
    metadata: null,
    response: {
      code: 200,
      error_data: null,
      status: 'success',
      data: {
        call_sid: expect.stringMatching(/^[0-9a-z]{32}$/),
        direction: 'outbound',
        virtual_number: '+918045680000',
        call_state: 'active',
        call_status: null,
        assigned_agent_details: {
          user_id: 'agent-001',
          user_name: null,
          contact_uri: '+919000000001',
          group_id: null,
          group_name: null,
          status: null,
        },
        customer_details: { contact_name: null, contact_uri: '+919800000001', status: null },
        created_time: time,
        updated_time: time,
        start_time: time,
        end_time: null,
        total_duration: null,
        total_talk_time: null,
        custom_field: 'attempt-1',
        app_id: null,
        app_name: null,
        digits: null,
        recordings: null,
      },
    },
  });
});

test('shows a call that was completed, with its talk time and a recording that can be fetched', async () => {
  const sandbox = await sandboxForTest({
    numbers: { '+919800000001': { outcome: 'connected', talk: '42s' } },
  });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  await settled(sandbox);
  const { body } = await sandbox.get(`/v2/accounts/sandbox/calls/${sid}`);
  const recording = `${sandbox.url}/sandbox/recordings/${sid}.mp3`;
  expect(body.method).toBe('GET');
  expect(body.response.data).toMatchObject({
    call_state: 'terminal',
    call_status: 'completed',
    assigned_agent_details: { user_name: 'Agent 001', status: 'completed' },
    customer_details: { status: 'completed' },
    end_time: expect.stringMatching(/\+05:30$/),
    total_duration: null,
    total_talk_time: 42,
    recordings: [{ url: recording }],
  });
  const audio = await fetch(recording);
  expect(audio.headers.get('content-type')).toBe('audio/mpeg');
  expect((await audio.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
});

test.each([
  ['no_answer', 'customer_unanswered', 'completed', 'no-answer'],
  ['busy', 'customer_unanswered', 'completed', 'busy'],
  ['unreachable', 'customer_no_dial', 'completed', 'failed'],
  ['agent_no_answer', 'agent_unanswered', 'no-answer', null],
  ['agent_canceled', 'agent_canceled', 'canceled', null],
  ['agent_unreachable', 'agent_no_dial', 'failed', null],
  ['agent_hung_up', 'agent_canceled', 'completed', 'canceled'],
  ['agent_left', 'agent_canceled', 'completed', null],
] as const)(
  'ends a call as %s with status %s, agent leg %s, customer leg %s',
  async (outcome, status, agent, customer) => {
    const sandbox = await sandboxForTest({ numbers: { '+919800000001': { outcome } } });
    const sid = (await sandbox.place()).body.response.data.call_sid;
    await settled(sandbox);
    const { body } = await sandbox.get(`/v2/accounts/sandbox/calls/${sid}`);
    expect(body.response.data).toMatchObject({
      call_status: status,
      assigned_agent_details: { status: agent },
      customer_details: { status: customer },
      total_talk_time: 0,
      recordings: null,
    });
  },
);

test('keeps a call active while it is post-processed, with the agent free again', async () => {
  const sandbox = await sandboxForTest({ durations: { postProcessing: '2h' } });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  await eventually(() => {
    expect(sandbox.truth().calls[0]?.endedAt).not.toBeNull();
  });
  const { body } = await sandbox.get(`/v2/accounts/sandbox/calls/${sid}`);
  expect(body.response.data).toMatchObject({ call_state: 'active', call_status: null, end_time: null });
  expect((await sandbox.place()).status).toBe(200);
});

test('publishes a recording later when the scenario says so', async () => {
  const sandbox = await sandboxForTest({ recordings: { after: '60s' }, durations: { talk: { mean: '1s' } } });
  await sandbox.place();
  await settled(sandbox);
  expect(sandbox.truth().calls[0]?.recordingUrl).toBeNull();
  await eventually(() => {
    expect(sandbox.truth().calls[0]?.recordingUrl).not.toBeNull();
  });
});

test.each<[problem: string, body: Record<string, unknown>, status: number, code: number]>([
  ['no from', { from: undefined }, 400, 1001],
  ['no to', { to: undefined }, 400, 1001],
  ['no virtual_number', { virtual_number: undefined }, 400, 1001],
  ['a from without an agent', { from: {} }, 400, 1002],
  ['unknown recording_channels', { recording_channels: 'stereo' }, 400, 1002],
  ['a time limit that is no number', { max_time_limit: '60' }, 400, 1002],
  [
    'an event that does not exist',
    { status_callback: [{ event: 'ringing', url: 'http://a.example' }] },
    400,
    1002,
  ],
  ['only to.number', { to: { number: '+919800000001' } }, 400, 10725],
  ['a malformed number', { to: { customer_contact_uri: '98000' } }, 400, 10725],
  ['a foreign caller ID', { virtual_number: '+918045689999' }, 404, 10716],
  ['an unknown user', { from: { user_id: 'agent-999' } }, 404, 10731],
])('refuses a call with %s', async (_problem, body, status, code) => {
  const sandbox = await sandboxForTest();
  expect(refusalOf(await sandbox.place(body))).toEqual([status, code]);
  expect(sandbox.truth().calls).toEqual([]);
});

test('refuses a number on the do-not-disturb register', async () => {
  const sandbox = await sandboxForTest({ doNotDisturb: { numbers: ['+919800000001'] } });
  const seen = await sandbox.place();
  expect(refusalOf(seen)).toEqual([403, 10717]);
  expect(seen.body).toEqual({
    request_id: expect.any(String),
    method: 'POST',
    http_code: 403,
    response: {
      code: 403,
      error_data: {
        code: 10717,
        message: expect.stringContaining('TRAI NDNC'),
        description: expect.any(String),
      },
      status: 'failure',
      data: null,
    },
  });
});

describe('variants', () => {
  test('put the call right under response, as the newer page does', async () => {
    const sandbox = await sandboxForTest({ variants: { nesting: 'flat', times: 'utc' } });
    const { response } = (await sandbox.place()).body;
    expect(response).toMatchObject({
      call_sid: expect.any(String),
      customer_details: { number: '+919800000001' },
      recording: true,
      created_time: expect.stringMatching(/Z$/),
    });
    expect(response).not.toHaveProperty('data');
    expect(response).not.toHaveProperty('status');
  });

  test('put the call under call_details', async () => {
    const sandbox = await sandboxForTest({ variants: { nesting: 'call_details' } });
    const { response } = (await sandbox.place()).body;
    expect(response).toMatchObject({
      call_details: { sid: expect.any(String), state: 'active', status: null },
    });
  });

  test('accept to.number', async () => {
    const sandbox = await sandboxForTest({ variants: { acceptToNumber: true } });
    expect((await sandbox.place({ to: { number: '+919800000001' } })).status).toBe(200);
  });

  test('answer a conflict with HTTP 200', async () => {
    const sandbox = await sandboxForTest({ variants: { conflictsAsOk: true } });
    sandbox.control({ agentStates: { 'agent-001': 'off' } });
    const { status, body } = await sandbox.place();
    expect([status, body.http_code, body.response.code, body.response.error_data?.code]).toEqual([
      200, 200, 409, 1012,
    ]);
  });

  test('use the other status or code for busy, switched off and missing devices', async () => {
    const sandbox = await sandboxForTest({
      variants: { busyStatus: 404, unavailableCode: 10703, noDeviceCode: 10702 },
      agents: { ownCalls: { free: '0s' } },
    });
    const refusedAs = async (state: 'busy' | 'off' | 'no_device') => {
      sandbox.control({ agentStates: { 'agent-001': state } });
      return refusalOf(await sandbox.place());
    };
    expect(await refusedAs('busy')).toEqual([404, 10706]);
    expect(await refusedAs('off')).toEqual([404, 10703]);
    expect(await refusedAs('no_device')).toEqual([404, 10702]);
  });

  test('hide devices from the list and not from the single user', async () => {
    const sandbox = await sandboxForTest({ variants: { hideDevices: true } });
    const list = await sandbox.get('/v2/accounts/sandbox/users?fields=devices');
    expect(JSON.stringify(list.body)).not.toContain('devices');
    const one = await sandbox.get('/v2/accounts/sandbox/users/agent-001?fields=devices');
    expect(one.body.response.data['devices']).toHaveLength(1);
  });
});

test('answers 404 with 1021 for a call that is unknown or not yet visible', async () => {
  const sandbox = await sandboxForTest({ answers: { visibleAfter: '2h' } });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  expect(refusalOf(await sandbox.get('/v2/accounts/sandbox/calls/nothing'))).toEqual([404, 1021]);
  expect(refusalOf(await sandbox.get(`/v2/accounts/sandbox/calls/${sid}`))).toEqual([404, 1021]);
});
