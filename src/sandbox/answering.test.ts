import { expect, test } from 'vitest';
import { eventually, sandboxForTest, type TestSandbox } from './fixture.ts';
import type { PlacingFault } from './scenario.ts';

const number = '+919800000001';
const withFault = (answer: PlacingFault): Promise<TestSandbox> =>
  sandboxForTest({ numbers: { [number]: { answer } }, answers: { slowBy: '150ms' } });

test.each([
  ['cut_before', 0],
  ['cut_after', 1],
] as const)('cuts the connection for %s, with %i calls placed', async (fault, calls) => {
  const sandbox = await withFault(fault);
  await expect(sandbox.place()).rejects.toThrow('fetch failed');
  const truth = sandbox.truth();
  expect(truth.calls).toHaveLength(calls);
  expect(truth.placings).toMatchObject([
    { fault, status: null, answeredAt: null, sid: truth.calls[0]?.sid ?? null },
  ]);
});

test.each([
  ['error_before', 0],
  ['error_after', 1],
] as const)('answers 5xx for %s, with %i calls placed', async (fault, calls) => {
  const sandbox = await sandboxForTest({
    numbers: { [number]: { answer: fault } },
    answers: { errorStatuses: [500] },
  });
  const { status, body } = await sandbox.place();
  expect([status, body.response.error_data?.code]).toEqual([500, 1100]);
  expect(sandbox.truth().calls).toHaveLength(calls);
});

test('answers other 5xx as a gateway does, without JSON', async () => {
  const sandbox = await sandboxForTest({ answers: { errorStatuses: [502], placing: { error_before: 1 } } });
  await expect(sandbox.place()).rejects.toThrow('not valid JSON');
  expect(sandbox.truth().placings).toMatchObject([{ status: 502, code: null }]);
});

test('places a call and answers half a body', async () => {
  const sandbox = await withFault('garbage');
  await expect(sandbox.place()).rejects.toThrow('JSON');
  expect(sandbox.truth()).toMatchObject({
    calls: [{ to: number }],
    placings: [{ status: 200, fault: 'garbage' }],
  });
});

test('places a call and answers without its SID', async () => {
  const sandbox = await withFault('no_sid');
  const { status, body } = await sandbox.place();
  expect([status, body]).toEqual([200, {}]);
  expect(sandbox.truth().calls).toHaveLength(1);
});

test('places a call and takes its time to answer, whatever the speed', async () => {
  const sandbox = await withFault('slow');
  const startedAt = performance.now();
  const { status } = await sandbox.place();
  expect(status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThan(145);
});

test('knows which answers never reached a client that had gone', async () => {
  const sandbox = await sandboxForTest({ answers: { slowBy: '150ms', placing: { slow: 1 } } });
  const impatient = sandbox.place({}, AbortSignal.timeout(60));
  await expect(impatient).rejects.toThrow('timeout');
  await eventually(() => expect(sandbox.truth().placings[0]?.status).toBe(200));
  expect((await sandbox.place({ from: { user_id: 'agent-002' } })).status).toBe(200);
  const [abandoned, taken] = sandbox.truth().placings;
  expect([abandoned?.answeredAt, taken?.answeredAt]).toEqual([null, expect.any(String)]);
});

test('answers 429 without placing', async () => {
  const sandbox = await withFault('throttled');
  const { status, body } = await sandbox.place();
  expect([status, body.response.error_data?.code]).toEqual([429, 10724]);
  expect(sandbox.truth().calls).toEqual([]);
});

test('disturbs reads too', async () => {
  const sandbox = await sandboxForTest({ answers: { reading: { cut: 1 } } });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  const path = `/v2/accounts/sandbox/calls/${sid}`;
  await expect(sandbox.get(path)).rejects.toThrow('fetch failed');
  sandbox.control({ answers: { reading: { error: 1 }, errorStatuses: [500] } });
  expect((await sandbox.get(path)).status).toBe(500);
  sandbox.control({ answers: { reading: {} } });
  expect((await sandbox.get(path)).status).toBe(200);
});

test('gives a repeated request a fate of its own', async () => {
  const sandbox = await sandboxForTest({
    speed: 10_000,
    agents: { count: 40 },
    answers: { placing: { error_before: 0.5 }, errorStatuses: [500] },
  });
  const placings = Array.from({ length: 40 }, (_, index) =>
    sandbox.place({ from: { user_id: `agent-${String(index + 1).padStart(3, '0')}` } }),
  );
  const statuses = (await Promise.all(placings)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 500).length).toBeGreaterThan(8);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(8);
});
