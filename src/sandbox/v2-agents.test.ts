import { expect, test } from 'vitest';
import { eventually, sandboxForTest, type Seen, type TestSandbox } from './fixture.ts';
import type { ScenarioInput } from './scenario.ts';

const refusalOf = ({ status, body }: Seen): [status: number, code: number | undefined] => [
  status,
  body.response.error_data?.code,
];

const settled = (sandbox: TestSandbox): Promise<void> =>
  eventually(() => {
    expect(sandbox.truth().calls.map(({ state }) => state)).toEqual(['terminal']);
  });

test('agents are found by user id, by contact URI and by the local form of a number', async () => {
  const sandbox = await sandboxForTest({ speed: 1 });
  const froms = [
    { user_id: 'agent-001' },
    { user_contact_uri: '+919000000002' },
    { user_contact_uri: '09000000003' },
  ];
  const seen = await Promise.all(froms.map((from) => sandbox.place({ from })));
  const users = seen.map(({ body }) => body.response.data['assigned_agent_details']);
  expect(users).toMatchObject(['agent-001', 'agent-002', 'agent-003'].map((id) => ({ user_id: id })));
});

test('agents are busy from the POST to the end of the call and free afterwards', async () => {
  const sandbox = await sandboxForTest({ speed: 100 });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  expect(refusalOf(await sandbox.place())).toEqual([409, 10706]);
  const user = await sandbox.get('/v2/accounts/sandbox/users/agent-001?fields=devices,active_call');
  expect(user.body.response.data).toMatchObject({ active_call: sid, devices: [{ status: 'busy' }] });
  await settled(sandbox);
  const free = await sandbox.get('/v2/accounts/sandbox/users/agent-001?fields=devices,active_call');
  expect(free.body.response.data).toMatchObject({ active_call: null, devices: [{ status: 'free' }] });
  expect((await sandbox.place()).status).toBe(200);
});

test('agents come in pages of 20, at most 50, with their devices only when asked for', async () => {
  const sandbox = await sandboxForTest({ agents: { count: 60, off: 1 } });
  const users = '/v2/accounts/sandbox/users';
  const first = await sandbox.get(users);
  expect(first.body.metadata).toEqual({ total: 60, count: 20, offset: 0, limit: 20 });
  expect(JSON.stringify(first.body.response)).not.toContain('devices');
  const last = await sandbox.get(`${users}?fields=devices&limit=50&offset=58`);
  expect(last.body.metadata).toEqual({ total: 60, count: 2, offset: 58, limit: 50 });
  expect(last.body.response).toMatchObject([
    {
      code: 200,
      status: 'success',
      data: { id: 'agent-059', devices: [{ available: true, verified: true }] },
    },
    {
      data: {
        id: 'agent-060',
        devices: [{ available: false, verified: true, status: 'free', type: 'tel' }],
      },
    },
  ]);
  expect(refusalOf(await sandbox.get(`${users}?limit=51`))).toEqual([400, 1002]);
});

test('agents can be looked up by e-mail and by the number of a device', async () => {
  const sandbox = await sandboxForTest();
  const users = '/v2/accounts/sandbox/users';
  const byNumber = await sandbox.get(`${users}?devices.contact_uri=%2B919000000004`);
  expect(byNumber.body.response).toMatchObject([{ data: { id: 'agent-004' } }]);
  const byEmail = await sandbox.get(`${users}?email=agent-002@sandbox.example`);
  expect(byEmail.body.response).toMatchObject([{ data: { id: 'agent-002' } }]);
  const nobody = await sandbox.get(`${users}?email=nobody@sandbox.example`);
  expect(nobody.body.metadata).toMatchObject({ total: 0, count: 0 });
});

test('agents switch their device off and on', async () => {
  const sandbox = await sandboxForTest();
  const device = '/v2/accounts/sandbox/users/agent-001/devices/100001';
  const off = await sandbox.send('PUT', device, { available: false });
  expect(off.body.response.data).toMatchObject({ id: 100_001, available: false });
  expect(refusalOf(await sandbox.place())).toEqual([409, 1012]);
  await sandbox.send('PUT', device, { available: true });
  expect((await sandbox.place()).status).toBe(200);
  expect(refusalOf(await sandbox.send('PUT', `${device}9`, { available: true }))).toEqual([404, 10702]);
  sandbox.control({ agentStates: { 'agent-001': 'unverified' } });
  expect(refusalOf(await sandbox.send('PUT', device, { available: true }))).toEqual([409, 10809]);
});

test.each<[problem: string, scenario: ScenarioInput, status: number, code: number]>([
  ['without a device', { agents: { count: 1, noDevice: 1 } }, 404, 10806],
  ['whose device is off', { agents: { count: 1, off: 1 } }, 409, 1012],
  ['whose device is not verified', { agents: { count: 1, unverified: 1 } }, 409, 10705],
  ['who is on a call of their own', { agents: { count: 1, busy: 1, ownCalls: { free: '0s' } } }, 409, 10706],
  [
    'on a softphone where VoIP is not allowed',
    {
      account: { voip: false },
      agents: { list: [{ userId: 'agent-001', name: 'Asha Rao', contactUri: 'sip:asha@sandbox.example' }] },
    },
    405,
    10712,
  ],
])('refuses a call by an agent %s', async (_problem, scenario, status, code) => {
  const sandbox = await sandboxForTest(scenario);
  expect(refusalOf(await sandbox.place())).toEqual([status, code]);
});

test('switches a toggling device off and on as time passes', async () => {
  const sandbox = await sandboxForTest({
    agents: { count: 1, toggling: 1, toggle: { on: '50s', off: '50s' } },
  });
  const available = async (): Promise<unknown> => {
    const { body } = await sandbox.get('/v2/accounts/sandbox/users/agent-001?fields=devices');
    return body.response.data['devices'];
  };
  await eventually(async () => expect(await available()).toMatchObject([{ available: false }]));
  await eventually(async () => expect(await available()).toMatchObject([{ available: true }]));
});
