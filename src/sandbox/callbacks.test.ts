import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { withoutSecrets } from './callbacks.ts';
import { eventually, sandboxForTest, subscriber, type TestSandbox } from './fixture.ts';

const number = '+919800000001';

/** Waits until every callback that will ever be tried has come to its end. */
const allTold = (sandbox: TestSandbox, callbacks: number): Promise<void> =>
  eventually(() => {
    const { calls, callbacks: told } = sandbox.truth();
    expect(calls.every(({ state }) => state === 'terminal')).toBe(true);
    const finished = told.filter(({ finishedAt, faults }) => finishedAt !== null || faults.includes('lost'));
    expect(finished).toHaveLength(callbacks);
  });

test('tells of the agent, then of the customer, then of the end', async () => {
  const sandbox = await sandboxForTest({ numbers: { [number]: { outcome: 'connected', talk: '5s' } } });
  const { received, status_callback } = await subscriber();
  const { body } = await sandbox.place({ status_callback });
  await allTold(sandbox, 3);

  const told = received.map(({ event_details: { event_type }, call_details: details }) => [
    event_type,
    details.call_status,
    details.assigned_agent_details.status,
    details.customer_details.status,
  ]);
  expect(told).toEqual([
    ['answered', null, 'in-progress', null],
    ['answered', null, 'in-progress', 'in-progress'],
    ['terminal', 'completed', 'completed', 'completed'],
  ]);
  const [, , last] = received;
  expect(Object.keys(last ?? {})).toEqual(['event_details', 'call_details']);
  expect(Object.keys(last?.call_details ?? {})).toEqual(Object.keys(body.response.data));
  expect(last?.call_details).toMatchObject({
    call_sid: body.response.data.call_sid,
    custom_field: 'attempt-1',
    total_talk_time: 5,
    total_duration: null,
    recordings: [{ url: expect.stringContaining('/sandbox/recordings/') }],
  });
});

test('tells only of what was subscribed to', async () => {
  const sandbox = await sandboxForTest();
  const { events, status_callback } = await subscriber();
  await sandbox.place({ status_callback: status_callback.filter(({ event }) => event === 'terminal') });
  await allTold(sandbox, 1);
  expect(events()).toEqual(['terminal']);
});

test('says that a customer did not answer', async () => {
  const sandbox = await sandboxForTest({ numbers: { [number]: { outcome: 'no_answer' } } });
  const { received, status_callback } = await subscriber();
  await sandbox.place({ status_callback });
  await allTold(sandbox, 2);
  expect(received.at(-1)?.call_details).toMatchObject({
    call_status: 'customer_unanswered',
    customer_details: { status: 'no-answer' },
    total_talk_time: 0,
    total_duration: null,
    recordings: null,
  });
});

test('loses callbacks without a word to the subscriber, and says so in the truth', async () => {
  const sandbox = await sandboxForTest({ numbers: { [number]: { callbacks: ['lost'] } } });
  const { received, status_callback } = await subscriber();
  await sandbox.place({ status_callback });
  await allTold(sandbox, 3);
  expect(received).toEqual([]);
  expect(sandbox.truth().callbacks).toMatchObject(
    Array.from({ length: 3 }, () => ({
      faults: ['lost'],
      attemptedAt: null,
      status: null,
      delivered: false,
    })),
  );
});

test('sends every callback twice', async () => {
  const sandbox = await sandboxForTest({ numbers: { [number]: { callbacks: ['doubled'] } } });
  const { events, status_callback } = await subscriber();
  await sandbox.place({ status_callback });
  await allTold(sandbox, 6);
  expect(events().toSorted()).toEqual([
    'answered',
    'answered',
    'answered',
    'answered',
    'terminal',
    'terminal',
  ]);
});

test('sends late callbacks after the delay that the scenario gives', async () => {
  const sandbox = await sandboxForTest({
    numbers: { [number]: { callbacks: ['late'] } },
    callbacks: { lateBy: '200s' },
  });
  const { status_callback } = await subscriber();
  await sandbox.place({ status_callback });
  await allTold(sandbox, 3);
  for (const { occurredAt, attemptedAt } of sandbox.truth().callbacks) {
    expect(Date.parse(attemptedAt ?? '') - Date.parse(occurredAt)).toBeGreaterThanOrEqual(195);
  }
});

test('reorders the callbacks of a call: the end arrives first', async () => {
  const sandbox = await sandboxForTest({ numbers: { [number]: { callbacks: ['reordered'] } } });
  const { received, status_callback } = await subscriber();
  await sandbox.place({ status_callback });
  await allTold(sandbox, 3);
  expect(received.map(({ call_details: details }) => details.customer_details.status)).toEqual([
    'completed',
    'in-progress',
    null,
  ]);
});

test('disturbs as large a share of the callbacks as the scenario says', async () => {
  const sandbox = await sandboxForTest({
    speed: 10_000,
    agents: { count: 100 },
    limit: { requests: 1_000 },
    callbacks: { faults: { lost: 0.3 } },
  });
  const { status_callback } = await subscriber();
  const placings = Array.from({ length: 100 }, (_, index) => {
    const ordinal = String(index + 1).padStart(3, '0');
    const to = { customer_contact_uri: `+919800000${ordinal}` };
    return sandbox.place({ from: { user_id: `agent-${ordinal}` }, to, status_callback });
  });
  await Promise.all(placings);
  await allTold(sandbox, 300);
  const lost = sandbox.truth().callbacks.filter(({ faults }) => faults.includes('lost'));
  expect(lost.length).toBeGreaterThan(60);
  expect(lost.length).toBeLessThan(120);
});

test('tries again only when the scenario says so', async () => {
  const sandbox = await sandboxForTest({ callbacks: { retries: ['5s', '15s'] } });
  const { events, status_callback } = await subscriber(503);
  await sandbox.place({ status_callback: status_callback.filter(({ event }) => event === 'terminal') });
  await allTold(sandbox, 3);
  expect(events()).toEqual(['terminal', 'terminal', 'terminal']);
  expect(sandbox.truth().callbacks).toMatchObject(
    Array.from({ length: 3 }, () => ({ status: 503, delivered: false })),
  );
});

test('records that nobody listens at the subscriber', async () => {
  const sandbox = await sandboxForTest();
  await sandbox.place({ status_callback: [{ event: 'terminal', url: 'http://127.0.0.1:1/callbacks' }] });
  await allTold(sandbox, 1);
  expect(sandbox.truth().callbacks).toMatchObject([
    { status: null, delivered: false, error: expect.stringContaining('ECONNREFUSED') },
  ]);
});

test('has no more callbacks under way than the scenario allows, and gives up on a silent subscriber', async () => {
  let open = 0;
  let most = 0;
  const silent = createServer((request) => {
    open += 1;
    most = Math.max(most, open);
    request.socket.once('close', () => (open -= 1));
  });
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const address = silent.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;

  const sandbox = await sandboxForTest({ callbacks: { concurrency: 2, timeout: '60ms' } });
  const ordinals = ['1', '2', '3', '4', '5', '6'];
  const placings = ordinals.map((ordinal) =>
    sandbox.place({ from: { user_id: `agent-00${ordinal}` }, status_callback: [{ event: 'terminal', url }] }),
  );
  await Promise.all(placings);
  await allTold(sandbox, 6);
  expect(most).toBe(2);
  expect(sandbox.truth().callbacks.every(({ delivered, error }) => !delivered && error !== null)).toBe(true);
});

test('keeps tokens out of the URLs in the truth', () => {
  expect(withoutSecrets('https://dialer.example/callbacks/3f9c2b7de81a4455/17?token=secret')).toBe(
    'https://dialer.example/callbacks/3f9c…/17?…',
  );
  expect(withoutSecrets('https://dialer.example/callbacks')).toBe('https://dialer.example/callbacks');
});
