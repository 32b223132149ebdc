import { expect, test } from 'vitest';
import { eventually, sandboxForTest, subscriber, type TestSandbox } from './fixture.ts';
import { startSandbox } from './server.ts';
import type { ControlPatch } from './settings.ts';

const agentId = (ordinal: number): string => `agent-${String(ordinal).padStart(3, '0')}`;

const allSettled = (sandbox: TestSandbox, calls: number): Promise<void> =>
  eventually(() => {
    const states = sandbox.truth().calls.map(({ state }) => state);
    expect(states).toEqual(Array.from({ length: calls }, () => 'terminal'));
  });

test('knows of every call when each phone rang and was answered', async () => {
  const sandbox = await sandboxForTest({
    numbers: {
      '+919800000001': { outcome: 'connected', talk: '30s' },
      '+919800000002': { outcome: 'agent_no_answer' },
      '+919800000003': { outcome: 'busy' },
    },
  });
  const numbers = ['+919800000001', '+919800000002', '+919800000003'];
  await Promise.all(
    numbers.map((customer, index) =>
      sandbox.place({ from: { user_id: agentId(index + 1) }, to: { customer_contact_uri: customer } }),
    ),
  );
  await allSettled(sandbox, 3);
  const byNumber = new Map(sandbox.truth().calls.map((call) => [call.to, call]));
  const moment = expect.stringMatching(/Z$/);
  expect(byNumber.get('+919800000001')).toMatchObject({
    agent: 'agent-001',
    outcome: 'connected',
    talkSeconds: 30,
    agentAnsweredAt: moment,
    customerRangAt: moment,
    customerAnsweredAt: moment,
    endedAt: moment,
  });
  expect(byNumber.get('+919800000002')).toMatchObject({
    outcome: 'agent_no_answer',
    talkSeconds: 0,
    agentAnsweredAt: null,
    customerDialedAt: null,
    customerRangAt: null,
    customerAnsweredAt: null,
    endedAt: moment,
  });
  expect(byNumber.get('+919800000003')).toMatchObject({
    outcome: 'busy',
    agentAnsweredAt: moment,
    customerDialedAt: moment,
    customerRangAt: null,
    customerAnsweredAt: null,
  });
});

/** Places one call after the other in this order and tells what came of each call to each number. */
async function outcomesOf(order: readonly string[], seed: number): Promise<Record<string, unknown>> {
  const sandbox = await sandboxForTest({
    seed,
    speed: 5_000,
    agents: { count: 50 },
    outcomes: { connected: 5, no_answer: 3, busy: 2, agent_no_answer: 1 },
  });
  const placings = order.map((customer, index) =>
    sandbox.place({ from: { user_id: agentId(index + 1) }, to: { customer_contact_uri: customer } }),
  );
  await Promise.all(placings);
  await allSettled(sandbox, order.length);
  const { calls } = sandbox.truth();
  return Object.fromEntries(
    calls.map(({ to, nth, outcome, talkSeconds }) => [`${to}/${nth}`, [outcome, talkSeconds]]),
  );
}

test('gives the same outcomes for the same seed, in whatever order the requests arrive', async () => {
  const numbers = Array.from({ length: 25 }, (_, index) => `+9198000000${String(index).padStart(2, '0')}`);
  const first = await outcomesOf([...numbers, ...numbers], 7);
  const reversed = await outcomesOf([...numbers, ...numbers].toReversed(), 7);
  const otherSeed = await outcomesOf([...numbers, ...numbers], 8);
  expect(reversed).toEqual(first);
  expect(otherSeed).not.toEqual(first);
});

test('draws SIDs afresh in every run, so that a kept database never meets one twice', async () => {
  const sids = await Promise.all(
    [1, 2].map(async () => {
      const sandbox = await sandboxForTest({ seed: 1 });
      return (await sandbox.place()).body.response.data.call_sid;
    }),
  );
  expect(new Set(sids).size).toBe(2);
});

test('cuts a talk at the time limit and ringing at the attempt time-out', async () => {
  const sandbox = await sandboxForTest({
    numbers: {
      '+919800000001': { outcome: 'connected', talk: '10m' },
      '+919800000002': { outcome: 'no_answer' },
    },
  });
  await sandbox.place({ max_time_limit: 60 });
  await sandbox.place({
    from: { user_id: 'agent-002' },
    to: { customer_contact_uri: '+919800000002' },
    attempt_time_out: 200,
  });
  await allSettled(sandbox, 2);
  const [limited, unanswered] = sandbox.truth().calls;
  expect(limited?.talkSeconds).toBe(60);
  const rang = Date.parse(unanswered?.endedAt ?? '') - Date.parse(unanswered?.customerRangAt ?? '');
  expect(rang).toBeGreaterThanOrEqual(195);
});

test('serves the truth and the log, takes changes and starts anew over HTTP', async () => {
  const sandbox = await sandboxForTest();
  const call = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<[status: number, text: string]> => {
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return [response.status, await response.text()];
  };
  await sandbox.place();
  const [, truth] = await call('GET', '/sandbox/truth');
  expect(JSON.parse(truth)).toMatchObject({ calls: [{ to: '+919800000001' }], placings: [{ status: 200 }] });
  const [, requests] = await call('GET', '/sandbox/requests');
  expect(JSON.parse(requests)).toMatchObject([
    { method: 'POST', kind: 'place', monotonicMs: expect.any(Number) },
  ]);

  expect((await call('POST', '/sandbox/control', { agentStates: { 'agent-002': 'off' } }))[0]).toBe(204);
  expect((await sandbox.place({ from: { user_id: 'agent-002' } })).body.response.error_data?.code).toBe(1012);
  expect(await call('POST', '/sandbox/control', { speeed: 1 })).toEqual([
    400,
    expect.stringContaining('speeed'),
  ]);

  expect((await call('DELETE', '/sandbox/truth'))[0]).toBe(204);
  expect(sandbox.truth()).toMatchObject({ calls: [], placings: [], callbacks: [], requests: { total: 0 } });
  expect((await sandbox.place()).status).toBe(200);
});

test('changes nothing when any part of a change makes no sense', async () => {
  const sandbox = await sandboxForTest();
  const attempt = (patch: ControlPatch) => () => sandbox.control(patch);
  expect(attempt({ limit: { requests: 1 }, agentStates: { 'agent-999': 'off' } })).toThrow(
    'no agent agent-999',
  );
  expect(attempt({ limit: { requests: 0 }, account: { fault: 'unauthorized' } })).toThrow('limit.requests');
  expect(sandbox.settings.current).toMatchObject({ limit: { requests: 200 }, account: { fault: 'none' } });
});

test('merges a change into what stands, and replaces outcomes', async () => {
  const sandbox = await sandboxForTest({ limit: { requests: 7, window: '9s' }, outcomes: { connected: 1 } });
  sandbox.control({
    limit: { requests: 8 },
    outcomes: { busy: 1 },
    numbers: { '+919800000001': { outcome: 'busy' } },
  });
  expect(sandbox.settings.current).toMatchObject({
    limit: { requests: 8, window: 9_000 },
    outcomes: { busy: 1 },
  });
  expect(sandbox.settings.current.outcomes.connected).toBeUndefined();
});

test('ends while calls live, callbacks wait and an answer is slow', async () => {
  const { status_callback } = await subscriber();
  const sandbox = await startSandbox({
    speed: 1,
    answers: { placing: { slow: 1 } },
    outcomes: { connected: 1 },
  });
  const body = { from: { user_id: 'agent-001' }, to: { customer_contact_uri: '+919800000001' } };
  const pending = fetch(`${sandbox.url}/v2/accounts/sandbox/calls`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('sandbox-key:sandbox-token').toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ ...body, virtual_number: '+918045680000', status_callback }),
  }).catch((error: unknown) => error);
  await eventually(() => expect(sandbox.truth().calls).toHaveLength(1));
  await sandbox.close();
  await pending;
  await expect(fetch(sandbox.url)).rejects.toThrow('fetch failed');
});

test('says in one line that a port is taken, and what is wrong with a scenario', async () => {
  const { port } = await sandboxForTest();
  await expect(startSandbox({}, { port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
  await expect(startSandbox({ durations: { talk: { mean: 'long' } } })).rejects.toThrow(
    'durations.talk.mean: "long" is not a length of time',
  );
});
