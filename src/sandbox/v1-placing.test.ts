import { expect, test } from 'vitest';
import { eventually } from './fixture.ts';
import { account, sandboxForV1, type SeenV1, type TestSandboxV1 } from './fixture-v1.ts';

const number = '+919800000001';
const naive = expect.stringMatching(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
const refusalOf = ({ status, body }: SeenV1) => [status, body.RestException.Message];

const allEnded = (sandbox: TestSandboxV1, calls = 1): Promise<void> =>
  eventually(() => {
    expect(sandbox.truth().calls.filter(({ state }) => state === 'terminal')).toHaveLength(calls);
  });

test('answers a placing of two numbers as Exotel does', async () => {
  const sandbox = await sandboxForV1({ speed: 1 });
  const { status, contentType, body } = await sandbox.connect();
  expect([status, contentType]).toEqual([200, 'application/json']);
  const sid = body.Call.Sid;
  expect(sid).toMatch(/^(?=.*[g-z])[0-9a-z]{32}$/);
  const uri = `${account}/Calls/${sid}.json`;
  const call = {
    Sid: sid,
    ParentCallSid: null,
    DateCreated: naive,
    DateUpdated: naive,
    AccountSid: 'sandbox',
    To: '09800000001',
    From: '09000000001',
    PhoneNumberSid: '08045680000',
    Status: 'in-progress',
    StartTime: naive,
    EndTime: null,
    Duration: null,
    Price: null,
    Direction: 'outbound-api',
    AnsweredBy: null,
    ForwardedFrom: null,
    CallerName: null,
    Uri: uri,
    RecordingUrl: null,
    SubResourceUris: { Legs: `${uri}/Legs` },
  };
  expect(body).toEqual({ Call: call });
  expect(Object.keys(body.Call)).toEqual(Object.keys(call));
  const inIndia = Date.parse(`${String(body.Call['DateCreated']).replace(' ', 'T')}+05:30`);
  expect(Math.abs(inIndia - Date.now())).toBeLessThan(60_000);
});

test('answers a placing to a flow with the customer as From and nobody as To, or with the ExoPhone', async () => {
  const sandbox = await sandboxForV1({ speed: 1 });
  const { body } = await sandbox.toFlow();
  expect(body.Call).toMatchObject({ From: '09800000001', To: null, Status: 'in-progress' });
  sandbox.control({
    v1: { flowTo: 'caller_id', numbers: 'e164', endTime: 'epoch', firstStatus: 'queued' },
  });
  expect((await sandbox.toFlow()).body.Call).toMatchObject({
    From: number,
    To: '+918045680000',
    Status: 'queued',
    EndTime: '1970-01-01 05:30:00',
  });
});

test('tells the truth of its calls as of those of v2', async () => {
  const sandbox = await sandboxForV1({ numbers: { [number]: { outcome: 'connected', talk: '30s' } } });
  const sid = (await sandbox.connect()).body.Call.Sid;
  await allEnded(sandbox);
  await sandbox.toFlow({ CustomField: 'attempt-2' });
  await sandbox.connect({ From: '+917700900001', CustomField: 'attempt-3' });
  await allEnded(sandbox, 3);
  const told = sandbox.truth();
  const common = { api: 'v1', to: number, callerId: '+918045680000', outcome: 'connected', talkSeconds: 30 };
  expect(told.calls).toMatchObject([
    { ...common, sid, mode: 'connect', agent: 'agent-001', from: '+919000000001', agentStatus: 'completed' },
    { ...common, mode: 'flow', agent: null, from: null, agentStatus: null, customerStatus: 'completed' },
    { ...common, mode: 'connect', agent: null, from: '+917700900001', customField: 'attempt-3' },
  ]);
  expect(told.placings).toMatchObject([
    { agent: '+919000000001', customer: number, customField: 'attempt-1', sid, status: 200, code: null },
    { agent: null, customer: number, customField: 'attempt-2' },
    { agent: '+917700900001', customer: number, customField: 'attempt-3' },
  ]);
});

test('takes multipart forms, and CallerID for CallerId', async () => {
  const sandbox = await sandboxForV1({ speed: 1 });
  const form = new FormData();
  for (const [name, value] of Object.entries({
    From: '09000000001',
    To: '919800000001',
    CallerID: '08045680000',
  })) {
    form.append(name, value);
  }
  expect((await sandbox.post(form)).body.Call).toMatchObject({ From: '09000000001', To: '09800000001' });
});

test.each([
  ['http://my.exotel.com/exoml/start_voice/208287', 200],
  ['https://my.exotel.com/sandbox/exoml/start_voice/208287', 200],
  ['http://my.exotel.in/exoml/start/12345', 200],
  ['http://my.exotel.com/another/exoml/start_voice/208287', 400],
  ['http://my.exotel.com/sandbox/exoml/start_voice/', 400],
  ['https://flows.example/exoml/start_voice/208287', 400],
])('takes flows of its own only: %s is answered %i', async (Url, status) => {
  const sandbox = await sandboxForV1();
  const seen = await sandbox.toFlow({ Url });
  expect(seen.status).toBe(status);
  expect(seen.body.RestException?.Message ?? 'fine').toBe(
    status === 200 ? 'fine' : "The 'Url' parameter is invalid.",
  );
});

test.each<[Record<string, string | null>, string]>([
  [{ From: null }, "The 'From' parameter is required."],
  [{ To: null }, "The 'To' parameter is required."],
  [{ CallerId: '' }, "The 'CallerId' parameter is required."],
  [{ From: '12' }, "The 'From' parameter is invalid."],
  [{ To: '+91980' }, "The 'To' parameter is invalid."],
  [{ To: 'sip:asha@example.com' }, "The 'To' parameter is invalid."],
  [{ CallerId: '+918045689999' }, "The 'CallerId' parameter is invalid."],
  [{ TimeOut: '0' }, "The 'TimeOut' parameter is invalid."],
  [{ TimeLimit: '14401' }, "The 'TimeLimit' parameter is invalid."],
  [{ Record: 'yes' }, "The 'Record' parameter is invalid."],
  [{ RecordingChannels: 'stereo' }, "The 'RecordingChannels' parameter is invalid."],
  [{ CustomField: 'x'.repeat(129) }, "The 'CustomField' parameter is invalid."],
  [{ StatusCallback: 'dialer.example' }, "The 'StatusCallback' parameter is invalid."],
  [{ 'StatusCallbackEvents[0]': 'hangup' }, "The 'StatusCallbackEvents' parameter is invalid."],
  [{ StatusCallbackContentType: 'text/xml' }, "The 'StatusCallbackContentType' parameter is invalid."],
])('refuses %j', async (given, message) => {
  const sandbox = await sandboxForV1();
  const seen = await sandbox.connect(given);
  expect(seen.body).toEqual({ RestException: { Status: 400, Message: message } });
  expect(seen.status).toBe(400);
  expect(sandbox.truth().calls).toEqual([]);
});

test('cannot read a broken form or a body that is none', async () => {
  const sandbox = await sandboxForV1();
  expect((await sandbox.post('From=1')).status).toBe(400);
  const broken = await fetch(`${sandbox.url}${account}/Calls/connect.json`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('sandbox-key:sandbox-token').toString('base64')}`,
      'content-type': 'multipart/form-data; boundary=x',
    },
    body: 'no part',
  });
  expect([broken.status, Object.keys(JSON.parse(await broken.text()))]).toEqual([400, ['RestException']]);
});

test('writes XML where the path does not end with .json', async () => {
  const sandbox = await sandboxForV1({ speed: 1, doNotDisturb: { numbers: ['+919800000002'] } });
  const placed = await sandbox.connect({ CustomField: '<&>' }, '/Calls/connect');
  expect(placed.contentType).toBe('application/xml');
  const [, sid] = /<TwilioResponse><Call><Sid>([0-9a-z]{32})<\/Sid><ParentCallSid\/>/.exec(placed.text) ?? [];
  expect(placed.text).toContain('<Status>in-progress</Status>');
  sandbox.control({ v1: { customField: 'shown' } });
  expect((await sandbox.read(`/Calls/${sid}?details=true`)).text).toMatch(
    /<CustomField>&lt;&amp;&gt;<\/CustomField>.*<Legs><Leg><Id>1<\/Id>.*<Leg><Id>2<\/Id>/,
  );
  const refused = await sandbox.connect({ To: '+919800000002' }, '/Calls/connect');
  expect(refused.status).toBe(403);
  expect(refused.text).toContain(
    '<TwilioResponse><RestException><Status>403</Status>' +
      '<Message>Call to [+919800000002] cannot be made because of TRAI NDNC regulations</Message>',
  );
});

test.each([
  ['whole', 'Call to [+919000000001] cannot'],
  ['masked', 'Call to [0XXXXX00001] cannot'],
  ['unnamed', 'Call cannot'],
] as const)('refuses an agent’s phone on the register, dialled first, its number %s', async (form, words) => {
  const doNotDisturb = { agents: ['+919000000001'] };
  const sandbox = await sandboxForV1({ doNotDisturb, v1: { numberOnRegister: form } });
  expect(refusalOf(await sandbox.connect())).toEqual([
    403,
    `${words} be made because of TRAI NDNC regulations`,
  ]);
  expect((await sandbox.connect({ From: '+919000000002' })).status).toBe(200);
  expect((await sandbox.toFlow({ From: '+919800000002' })).status).toBe(200);
});

test('refuses for the account and for the number in words of their own', async () => {
  const sandbox = await sandboxForV1({ numbers: { [number]: { outcome: 'do_not_disturb' } } });
  expect(refusalOf(await sandbox.toFlow())).toEqual([
    403,
    'Call to [+919800000001] cannot be made because of TRAI NDNC regulations',
  ]);
  sandbox.control({ account: { fault: 'kyc_missing' } });
  expect(refusalOf(await sandbox.connect())).toEqual([403, 'KYC of this account is not completed']);
  sandbox.control({ account: { fault: 'payment_required' } });
  expect((await sandbox.connect()).status).toBe(402);
  sandbox.control({ account: { fault: 'unknown_account' } });
  expect((await sandbox.read('/Calls.json')).status).toBe(404);
  sandbox.control({ account: { fault: 'server_error' } });
  expect((await sandbox.connect()).status).toBe(500);
  sandbox.control({
    account: { fault: 'unauthorized' },
    v1: { exceptionStatus: 'string', exceptionCode: true },
  });
  expect((await sandbox.connect()).body.RestException).toEqual({
    Status: '401',
    Message: 'Authentication failed. Verify your API key and token.',
    Code: 34_001,
  });
  sandbox.control({ v1: { exceptionsAsOk: true } });
  const hidden = await sandbox.connect();
  expect([hidden.status, hidden.body.RestException.Status]).toEqual([200, '401']);
  expect(sandbox.truth().calls).toEqual([]);
});

test('counts into the same limit as v2', async () => {
  const sandbox = await sandboxForV1({ limit: { requests: 4, retryAfter: 'seconds' } });
  await sandbox.get('/v2/accounts/sandbox/users');
  await sandbox.connect();
  await sandbox.read('/Calls.json');
  await sandbox.read(`/Numbers/${encodeURIComponent(number)}.json`);
  const { status, headers, body } = await sandbox.connect();
  expect([status, body.RestException]).toEqual([429, { Status: 429, Message: 'Rate limit exceeded.' }]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
  expect(sandbox.truth().requests).toMatchObject({
    admitted: 4,
    byKind: { users: 1, place: 2, calls: 1, numbers: 1 },
  });
});

test('disturbs placings as it does those of v2', async () => {
  const sandbox = await sandboxForV1({
    numbers: {
      '+919800000001': { answer: 'cut_before' },
      '+919800000002': { answer: 'cut_after' },
      '+919800000003': { answer: 'error_after' },
      '+919800000004': { answer: 'garbage' },
      '+919800000005': { answer: 'throttled' },
    },
    answers: { errorStatuses: [500] },
  });
  await expect(sandbox.toFlow()).rejects.toThrow('fetch failed');
  await expect(sandbox.toFlow({ From: '+919800000002' })).rejects.toThrow('fetch failed');
  const broken = await sandbox.toFlow({ From: '+919800000003' });
  expect([broken.status, broken.body.RestException.Status]).toEqual([500, 500]);
  await expect(sandbox.toFlow({ From: '+919800000004' })).rejects.toThrow('JSON');
  expect((await sandbox.toFlow({ From: '+919800000005' })).status).toBe(429);
  expect(sandbox.truth().calls.map(({ to }) => to)).toEqual([
    '+919800000002',
    '+919800000003',
    '+919800000004',
  ]);
});

test('learns only by dialling that an agent talks or is off, and marks nobody busy', async () => {
  const sandbox = await sandboxForV1({
    speed: 300,
    agents: { count: 3, busy: 1, off: 1, ownCalls: { free: '0s' } },
  });
  await sandbox.connect();
  const users = await sandbox.get('/v2/accounts/sandbox/users?fields=devices');
  expect(users.body.response).toMatchObject([{ data: { devices: [{ status: 'free' }] } }, {}, {}]);
  await sandbox.connect({ To: '+919800000002' });
  await sandbox.connect({ From: '09000000002', To: '+919800000003' });
  await sandbox.connect({ From: '+919000000003', To: '+919800000004' });
  await allEnded(sandbox, 4);
  expect(sandbox.truth().calls).toMatchObject([
    { outcome: 'connected' },
    { outcome: 'agent_busy', agentStatus: 'busy', customerStatus: null },
    { outcome: 'agent_busy', agent: 'agent-002' },
    { outcome: 'agent_no_answer', agentStatus: 'no-answer', customerDialedAt: null },
  ]);
});

test('keeps a phone that no roster knows to one call at a time', async () => {
  const sandbox = await sandboxForV1({ speed: 400 });
  const From = '+917700900001';
  await sandbox.connect({ From });
  await sandbox.connect({ From: '07700900001', To: '+919800000002' });
  await allEnded(sandbox, 2);
  await sandbox.connect({ From, To: '+919800000003' });
  await allEnded(sandbox, 3);
  expect(sandbox.truth().calls.map(({ outcome }) => outcome)).toEqual([
    'connected',
    'agent_busy',
    'connected',
  ]);
});
