import { expect, test } from 'vitest';
import { eventually } from './fixture.ts';
import { sandboxForV1, type SeenV1, type TestSandboxV1 } from './fixture-v1.ts';
import { scenarioSchema, type CallOutcome } from './scenario.ts';

const number = '+919800000001';
const naive = expect.stringMatching(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
const refusalOf = ({ status, body }: SeenV1) => [status, body.RestException.Message];

const ended = (sandbox: TestSandboxV1): Promise<void> =>
  eventually(() => {
    expect(sandbox.truth().calls.map(({ state }) => state)).toEqual(['terminal']);
  });

test.each<[CallOutcome, string, string | null, string | null]>([
  ['connected', 'completed', 'completed', 'completed'],
  ['no_answer', 'no-answer', 'completed', 'no-answer'],
  ['busy', 'busy', 'completed', 'busy'],
  ['unreachable', 'failed', 'completed', 'failed'],
  ['agent_no_answer', 'no-answer', 'no-answer', null],
  ['agent_busy', 'busy', 'busy', null],
  ['agent_unreachable', 'failed', 'failed', null],
  ['agent_canceled', 'failed', 'canceled', null],
  ['agent_hung_up', 'failed', 'completed', 'canceled'],
  ['agent_left', 'failed', 'completed', null],
])(
  'says of %s that the call is %s and its legs %s and %s',
  async (outcome, Status, Leg1Status, Leg2Status) => {
    const sandbox = await sandboxForV1({ numbers: { [number]: { outcome, talk: '20s' } } });
    const sid = (await sandbox.connect()).body.Call.Sid;
    await ended(sandbox);
    const { body } = await sandbox.read(`/Calls/${sid}.json?details=true`);
    const talk = outcome === 'connected' ? 20 : 0;
    expect(body.Call).toMatchObject({
      Status,
      EndTime: naive,
      Details: {
        ConversationDuration: talk,
        Leg1Status,
        Leg2Status,
        Legs: [{ Leg: { Id: 1 } }, { Leg: { Id: 2, OnCallDuration: talk } }],
      },
    });
  },
);

test('has one leg in a flow, the customer', async () => {
  const sandbox = await sandboxForV1({ numbers: { [number]: { outcome: 'connected', talk: '20s' } } });
  const sid = (await sandbox.toFlow()).body.Call.Sid;
  await ended(sandbox);
  const { body } = await sandbox.read(`/Calls/${sid}.json?details=true`);
  expect(body.Call['Details']).toEqual({
    ConversationDuration: 20,
    Leg1Status: 'completed',
    Leg2Status: null,
    Legs: [{ Leg: { Id: 1, OnCallDuration: 20 } }],
  });
});

test('tells end and status at once, length, price and recording some time later', async () => {
  const sandbox = await sandboxForV1({
    numbers: { [number]: { outcome: 'connected', talk: '20s' } },
    v1: { detailsAfter: '10h', amounts: 'string', preSigned: true },
  });
  const sid = (await sandbox.connect()).body.Call.Sid;
  await ended(sandbox);
  const call = async () => (await sandbox.read(`/Calls/${sid}.json`)).body.Call;
  const early = await call();
  expect(early).toMatchObject({ Status: 'completed', EndTime: naive, Duration: null, Price: null });
  expect(early).toMatchObject({ RecordingUrl: null, PreSignedRecordingUrl: null });
  expect(early).not.toHaveProperty('Details');
  sandbox.control({ v1: { detailsAfter: '0s' } });
  expect(await call()).toMatchObject({
    Duration: expect.stringMatching(/^\d+$/),
    Price: '0.500',
    RecordingUrl: expect.stringMatching(/\/sandbox\/recordings\/[0-9a-z]{32}\.mp3$/),
    PreSignedRecordingUrl: expect.stringContaining('.mp3?'),
  });
  sandbox.control({ v1: { amounts: 'number' } });
  expect(await call()).toMatchObject({ Duration: expect.any(Number), Price: 0.5 });
  expect(scenarioSchema.parse({}).v1).toMatchObject({ detailsAfter: 120_000, amounts: 'mixed' });
});

test('records unless asked not to, where the scenario does not turn that round', async () => {
  const sandbox = await sandboxForV1({ v1: { detailsAfter: '0s' } });
  const recorded = async (given: Record<string, string>): Promise<boolean> => {
    const sid = (await sandbox.toFlow(given)).body.Call.Sid;
    await eventually(async () =>
      expect(sandbox.truth().calls.find((call) => call.sid === sid)?.state).toBe('terminal'),
    );
    return (await sandbox.read(`/Calls/${sid}.json`)).body.Call['RecordingUrl'] !== null;
  };
  expect([await recorded({}), await recorded({ Record: 'false' })]).toEqual([true, false]);
  sandbox.control({ v1: { recordByDefault: false } });
  expect([await recorded({}), await recorded({ Record: 'true' })]).toEqual([false, true]);
});

test('knows only calls of its own', async () => {
  const sandbox = await sandboxForV1({ answers: { visibleAfter: '10h' } });
  const sidOfV2 = (await sandbox.place()).body.response.data.call_sid;
  const sid = (await sandbox.connect({ From: '+919000000002' })).body.Call.Sid;
  sandbox.control({ answers: { visibleAfter: '0s' } });
  expect((await sandbox.read(`/Calls/${sid}.json`)).status).toBe(200);
  for (const unknown of [sidOfV2, 'nonsense']) {
    expect(refusalOf(await sandbox.read(`/Calls/${unknown}.json`))).toEqual([404, 'No such call']);
  }
  sandbox.control({ answers: { visibleAfter: '10h' } });
  expect((await sandbox.read(`/Calls/${sid}.json`)).status).toBe(404);
  expect((await sandbox.get(`/v2/accounts/sandbox/calls/${sid}`)).status).toBe(404);
});
