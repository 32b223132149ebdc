import { expect, test } from 'vitest';
import { eventually } from './fixture.ts';
import { formSubscriber, sandboxForV1, type TestSandboxV1 } from './fixture-v1.ts';
import type { ScenarioInput } from './scenario.ts';

const number = '+919800000001';
const naive = expect.stringMatching(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
const talked: ScenarioInput = { numbers: { [number]: { outcome: 'connected', talk: '20s' } } };
const both = { 'StatusCallbackEvents[0]': 'answered', 'StatusCallbackEvents[1]': 'terminal' };

/** Waits until the call is over and all that it had to tell has been told. */
const toldAll = (sandbox: TestSandboxV1): Promise<void> =>
  eventually(() => {
    const { calls, callbacks } = sandbox.truth();
    expect(calls.map(({ state }) => state)).toEqual(['terminal']);
    expect(callbacks.at(-1)).toMatchObject({ event: 'terminal', delivered: true });
    expect(callbacks.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
  });

test('tells in a multipart form of the agent, then of the customer, then of the end', async () => {
  const sandbox = await sandboxForV1(talked);
  const { received, url } = await formSubscriber();
  const sid = (await sandbox.connect({ StatusCallback: url, ...both })).body.Call.Sid;
  await toldAll(sandbox);

  expect(received.every(({ method }) => method === 'POST')).toBe(true);
  expect(received.every(({ contentType }) => contentType.startsWith('multipart/form-data; boundary='))).toBe(
    true,
  );
  const steps = received.map(({ fields }) =>
    ['EventType', 'Status', 'Legs[0][Status]', 'Legs[1][Status]'].map((name) => fields[name]),
  );
  expect(steps).toEqual([
    ['answered', 'in-progress', 'in-progress', ''],
    ['answered', 'in-progress', 'in-progress', 'in-progress'],
    ['terminal', 'completed', 'completed', 'completed'],
  ]);
  const told = received.at(-1)?.fields ?? {};
  expect(told).toEqual({
    CallSid: sid,
    EventType: 'terminal',
    DateCreated: naive,
    DateUpdated: naive,
    Status: 'completed',
    To: '09800000001',
    From: '09000000001',
    PhoneNumberSid: '08045680000',
    StartTime: naive,
    EndTime: naive,
    Direction: 'outbound-api',
    RecordingUrl: expect.stringContaining(`/sandbox/recordings/${sid}.mp3`),
    ConversationDuration: '20',
    CustomField: 'attempt-1',
    'Legs[0][OnCallDuration]': expect.stringMatching(/^\d+$/),
    'Legs[0][Status]': 'completed',
    'Legs[1][OnCallDuration]': '20',
    'Legs[1][Status]': 'completed',
  });
  expect(Number(told['Legs[0][OnCallDuration]'])).toBeGreaterThan(20);
  expect(received[0]?.fields).not.toHaveProperty('ConversationDuration');
  expect(received[0]?.fields).toMatchObject({ EndTime: '' });
});

test('tells in JSON when asked to, with the legs as a list', async () => {
  const sandbox = await sandboxForV1({ numbers: { [number]: { outcome: 'agent_no_answer' } } });
  const { received, url } = await formSubscriber();
  const StatusCallbackContentType = 'application/json';
  await sandbox.connect({ StatusCallback: url, ...both, StatusCallbackContentType });
  await toldAll(sandbox);
  expect(received).toMatchObject([
    {
      contentType: 'application/json',
      fields: {
        EventType: 'terminal',
        Status: 'no-answer',
        RecordingUrl: null,
        ConversationDuration: 0,
        Legs: [
          { OnCallDuration: 0, Status: 'no-answer' },
          { OnCallDuration: 0, Status: null },
        ],
      },
    },
  ]);
});

test.each<[string, Record<string, string>]>([
  ['[]', { 'StatusCallbackEvents[]': 'terminal' }],
  ['bare', { StatusCallbackEvents: 'terminal' }],
  ['a comma', { StatusCallbackEvents: 'answered,terminal' }],
])('takes the events written with %s', async (_form, events) => {
  const sandbox = await sandboxForV1(talked);
  const { received, url } = await formSubscriber();
  await sandbox.connect({ StatusCallback: url, ...events });
  await toldAll(sandbox);
  const wanted = Object.values(events).join().includes('answered')
    ? ['answered', 'answered', 'terminal']
    : ['terminal'];
  expect(received.map(({ fields }) => fields['EventType'])).toEqual(wanted);
});

test('tells in four fields of the end where no event was asked for, and of a flow in any case', async () => {
  for (const placing of ['connect', 'toFlow'] as const) {
    const sandbox = await sandboxForV1({ ...talked, v1: { callbackForm: 'urlencoded' } });
    const { received, url } = await formSubscriber();
    await sandbox[placing]({ StatusCallback: url, ...(placing === 'toFlow' && both) });
    await toldAll(sandbox);
    expect(received).toEqual([
      {
        method: 'POST',
        contentType: 'application/x-www-form-urlencoded',
        fields: {
          CallSid: sandbox.truth().calls[0]?.sid,
          Status: 'completed',
          RecordingUrl: expect.stringContaining('.mp3'),
          DateUpdated: naive,
        },
      },
    ]);
  }
});

test('tells of a flow in full where the scenario says so: of one leg, the customer', async () => {
  const sandbox = await sandboxForV1({ ...talked, v1: { flowCallbacks: 'full' } });
  const { received, url } = await formSubscriber();
  await sandbox.toFlow({ StatusCallback: url, ...both });
  await toldAll(sandbox);
  expect(received.map(({ fields }) => fields['EventType'])).toEqual(['answered', 'terminal']);
  expect(received[1]?.fields).toMatchObject({
    From: '09800000001',
    To: '',
    CustomField: 'attempt-1',
    'Legs[0][Status]': 'completed',
  });
  expect(received[1]?.fields).not.toHaveProperty('Legs[1][Status]');
});

test('writes what is not there as the text null, or leaves it out', async () => {
  const busy: ScenarioInput = { numbers: { [number]: { outcome: 'agent_busy' } } };
  const told = async (callbackNulls: 'text' | 'omitted'): Promise<Record<string, unknown>> => {
    const sandbox = await sandboxForV1({ ...busy, v1: { callbackNulls } });
    const { received, url } = await formSubscriber();
    await sandbox.connect({ StatusCallback: url, ...both });
    await toldAll(sandbox);
    return received[0]?.fields ?? {};
  };
  expect(await told('text')).toMatchObject({ RecordingUrl: 'null', 'Legs[1][Status]': 'null' });
  const omitted = await told('omitted');
  expect(omitted).toMatchObject({ 'Legs[0][Status]': 'busy', 'Legs[1][OnCallDuration]': '0' });
  expect(omitted).not.toHaveProperty('RecordingUrl');
  expect(omitted).not.toHaveProperty('Legs[1][Status]');
});

test('disturbs callbacks of v1 as it does those of v2', async () => {
  const sandbox = await sandboxForV1({
    numbers: { [number]: { outcome: 'connected', callbacks: ['doubled', 'reordered'] } },
  });
  const { received, url } = await formSubscriber();
  await sandbox.connect({ StatusCallback: url, ...both });
  await eventually(() => expect(received).toHaveLength(6));
  expect(received[0]?.fields['EventType']).toBe('terminal');
});
