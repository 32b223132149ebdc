import { expect, test } from 'vitest';
import { credentials, placeBody, eventually, sandboxForTest, type Seen } from './fixture.ts';
import { mostInAnyWindow } from './rate-window.ts';
import { accountFaults, type AccountFault } from './scenario.ts';

const users = '/v2/accounts/sandbox/users';
const refusalOf = ({ status, body }: Seen) => [status, body.response.error_data?.code];

test('admits no more than the limit in any window, at whatever speed calls go', async () => {
  const sandbox = await sandboxForTest({ speed: 10_000, limit: { requests: 5, window: '250ms' } });
  const admitted = () => sandbox.requests().filter((arrival) => arrival.admitted);
  const hammer = async (): Promise<void> => {
    await sandbox.get(users);
    if (admitted().length < 16) await hammer();
  };
  await Promise.all([hammer(), hammer(), hammer()]);

  const moments = admitted().map(({ monotonicMs }) => monotonicMs);
  expect(mostInAnyWindow(moments, 250)).toBe(5);
  expect(sandbox.requests().length).toBeGreaterThan(admitted().length);
  expect(sandbox.truth().requests).toMatchObject({ windowMs: 250, mostAdmittedInWindow: 5 });
});

test('counts every request of every version, whatever its answer', async () => {
  const sandbox = await sandboxForTest({ limit: { requests: 6 } });
  await sandbox.place();
  await sandbox.place({ virtual_number: 'nonsense' });
  await sandbox.get('/v3/accounts/sandbox/calls/active');
  await sandbox.get('/v2/accounts/nobody/users');
  await sandbox.send('POST', '/v2/accounts/sandbox/calls', '{broken');
  await fetch(`${sandbox.url}${users}`);
  expect(refusalOf(await sandbox.get(users))).toEqual([429, 10724]);
  expect(refusalOf(await sandbox.send('POST', '/v2/accounts/sandbox/calls', '{broken'))).toEqual([
    429, 10724,
  ]);
  expect(sandbox.truth().requests).toMatchObject({
    total: 8,
    admitted: 6,
    throttled: 2,
    mostArrivalsInWindow: 8,
    byKind: { place: 4, users: 3, active: 1 },
    byStatus: { 200: 2, 404: 2, 400: 1, 401: 1, 429: 2 },
  });
});

test('places no call for a request that it throttles, and tells whose it was', async () => {
  const sandbox = await sandboxForTest({ limit: { requests: 1 } });
  await sandbox.get(users);
  const { status, headers } = await sandbox.place({ custom_field: 'attempt-9' });
  expect(status).toBe(429);
  expect(headers.get('retry-after')).toBeNull();
  const { calls, placings } = sandbox.truth();
  expect(calls).toEqual([]);
  expect(placings).toMatchObject([
    {
      admitted: false,
      status: 429,
      code: 10724,
      sid: null,
      customField: 'attempt-9',
      customer: '+919800000001',
    },
  ]);
});

test('names the wait in Retry-After as seconds or as a date', async () => {
  const sandbox = await sandboxForTest({ limit: { requests: 1, retryAfter: 'seconds' } });
  await sandbox.get(users);
  const seconds = Number((await sandbox.get(users)).headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(55);
  expect(seconds).toBeLessThanOrEqual(60);
  sandbox.control({ limit: { retryAfter: 'date' } });
  const date = Date.parse((await sandbox.get(users)).headers.get('retry-after') ?? '');
  expect(date - Date.now()).toBeGreaterThan(55_000);
  expect(date - Date.now()).toBeLessThanOrEqual(61_000);
});

test('lets a refused request take a place when the scenario says so', async () => {
  const sandbox = await sandboxForTest({ limit: { requests: 2, window: '600ms', countRefused: true } });
  const statuses: number[] = [];
  const hammer = async (until: number): Promise<void> => {
    statuses.push((await sandbox.get(users)).status);
    if (performance.now() < until) await hammer(until);
  };
  await hammer(performance.now() + 1_300);
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
});

test('throttles everything during a storm', async () => {
  const sandbox = await sandboxForTest({ limit: { retryAfter: 'seconds' } });
  sandbox.control({ storm: '200ms' });
  const { status, headers } = await sandbox.get(users);
  expect([status, headers.get('retry-after')]).toEqual([429, '1']);
  await eventually(async () => expect((await sandbox.get(users)).status).toBe(200));
});

test('brings storms at intervals', async () => {
  const sandbox = await sandboxForTest({
    limit: { requests: 5_000, storms: { every: '200ms', lasting: '100ms' } },
  });
  const status = async (): Promise<number> => (await sandbox.get(users)).status;
  await eventually(async () => expect(await status()).toBe(429));
  await eventually(async () => expect(await status()).toBe(200));
  await eventually(async () => expect(await status()).toBe(429));
});

test('refuses wrong credentials and a wrong account', async () => {
  const sandbox = await sandboxForTest();
  const withAuthorization = async (authorization: string): Promise<number> => {
    const { status, body } = await fetch(`${sandbox.url}${users}`, { headers: { authorization } });
    await body?.cancel();
    return status;
  };
  const wrongToken = `Basic ${Buffer.from('sandbox-key:wrong').toString('base64')}`;
  expect(await withAuthorization(wrongToken)).toBe(401);
  expect(await withAuthorization('')).toBe(401);
  expect(await withAuthorization(credentials)).toBe(200);
  expect(refusalOf(await sandbox.get('/v2/accounts/nobody/users'))).toEqual([404, 1017]);
});

const brokenAs: Record<AccountFault, [status: number, code: number]> = {
  unauthorized: [401, 1010],
  unknown_account: [404, 1017],
  payment_required: [402, 402],
  kyc_missing: [403, 10814],
  unknown_caller_id: [404, 10716],
  voip_not_allowed: [405, 10712],
  server_error: [500, 1100],
};

test.each(accountFaults)('breaks the account with %s at run time, and mends it', async (fault) => {
  const sandbox = await sandboxForTest();
  sandbox.control({ account: { fault } });
  expect(refusalOf(await sandbox.place())).toEqual(brokenAs[fault]);
  expect(sandbox.truth().calls).toEqual([]);
  sandbox.control({ account: { fault: 'none' } });
  expect((await sandbox.place()).status).toBe(200);
});

test('answers an unknown path of the API in its envelope', async () => {
  const sandbox = await sandboxForTest();
  expect(refusalOf(await sandbox.get('/v2/accounts/sandbox/legs'))).toEqual([404, 1022]);
  expect(refusalOf(await sandbox.send('POST', '/v2/accounts/sandbox/calls', '[]'))).toEqual([400, 10725]);
});

test('keeps counting while answers are under way', async () => {
  const sandbox = await sandboxForTest({ limit: { requests: 10 }, answers: { latency: { mean: '100ms' } } });
  const seen = await Promise.all(Array.from({ length: 25 }, () => sandbox.get(users)));
  expect(seen.filter(({ status }) => status === 200)).toHaveLength(10);
});

test('tells placings by their body even where the account refuses them', async () => {
  const sandbox = await sandboxForTest({ account: { fault: 'unauthorized' } });
  await sandbox.send('POST', '/v2/accounts/sandbox/calls', placeBody({ custom_field: 'attempt-3' }));
  expect(sandbox.truth().placings).toMatchObject([
    { customField: 'attempt-3', status: 401, code: 1010, sid: null },
  ]);
});
