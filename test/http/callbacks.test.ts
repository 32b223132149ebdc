import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { startServer } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { callbackAddress } from '../../src/results/callback-address.ts';
import { createCallbackInbox } from '../../src/results/callback-inbox.ts';
import { oddCallbacks } from '../../src/results/odd-callbacks.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, one, seed } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

const secret = 'a secret for these tests';
const log = createLog('silent');
let database: Database;
let url: string;

beforeEach(async () => {
  ({ database } = await testDatabase());
  const inbox = createCallbackInbox({ database, log });
  const server = await startServer({ database, inbox, secret, host: '127.0.0.1', port: 0, log });
  url = server.url;
  onTestFinished(async () => {
    await server.close();
    await inbox.close();
  });
});

const addressOf = (attemptId: string) =>
  callbackAddress(url, secret, { accountId: 1, attemptId, issuedAt: new Date() });

async function post(to: string, body: unknown, type = 'application/json'): Promise<number> {
  const response = await fetch(to, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

const callback = (event: 'answered' | 'terminal', details: Record<string, unknown>) => ({
  event_details: { event_type: event },
  call_details: { call_sid: 'sid-1', call_state: event === 'terminal' ? 'terminal' : 'active', ...details },
});
const leg = (status: string | null) => ({ contact_uri: null, status });

const agentAnswered = callback('answered', {
  assigned_agent_details: leg('in-progress'),
  customer_details: leg(null),
});
const customerAnswered = callback('answered', {
  assigned_agent_details: leg('in-progress'),
  customer_details: leg('in-progress'),
});
const completed = callback('terminal', {
  call_status: 'completed',
  assigned_agent_details: leg('completed'),
  customer_details: leg('completed'),
  total_talk_time: 42,
  recordings: [{ url: 'https://recordings.example.com/1.mp3' }],
});

const processed = () =>
  waitFor(
    async () =>
      (
        await one<{ left: number }>(
          database,
          `select count(*) as left from callbacks where state = 'received'`,
        )
      ).left === 0,
  );
const attempt = (id: string) =>
  one(
    database,
    `select state, outcome, call_sid, talk_seconds, agent_answered_at is not null as agent_answered,
       customer_answered_at is not null as customer_answered from attempts where id = $1`,
    [id],
  );

test('callbacks that come before the answer to placing adopt the call and settle it, in whatever order they come', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  for (const body of [completed, customerAnswered, agentAnswered, completed]) {
    expect(await post(addressOf(attemptId), body)).toBe(200);
  }
  await processed();
  expect(await attempt(attemptId)).toEqual({
    state: 'settled',
    outcome: 'connected',
    call_sid: 'sid-1',
    talk_seconds: 42,
    agent_answered: true,
    customer_answered: true,
  });
  expect(await one(database, 'select state from contacts')).toEqual({ state: 'finished' });
});

test('a callback that comes by GET, all of it in the query, is taken in; a HEAD is not', async () => {
  const seeded = await seed(database, { definition: { mode: 'connect' } });
  const { attemptId } = await claimed(seeded.claiming);
  const fields = new URLSearchParams({
    CallSid: 'sid-1',
    EventType: 'terminal',
    Status: 'completed',
    ConversationDuration: '42',
    'Legs[0][Status]': 'completed',
    'Legs[1][Status]': 'completed',
  });
  const address = `${addressOf(attemptId)}?${fields.toString()}`;
  expect((await fetch(address, { method: 'HEAD' })).status).toBe(404);
  expect(await one(database, 'select count(*) as stored from callbacks')).toEqual({ stored: 0 });
  const response = await fetch(address);
  expect([response.status, await response.json()]).toEqual([200, { status: 'received' }]);
  await processed();
  expect(await attempt(attemptId)).toMatchObject({
    outcome: 'connected',
    call_sid: 'sid-1',
    talk_seconds: 42,
  });
});

test('the agent’s answer alone is not the customer’s', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  await post(addressOf(attemptId), agentAnswered);
  await processed();
  expect(await attempt(attemptId)).toMatchObject({
    state: 'placed',
    agent_answered: true,
    customer_answered: false,
  });
});

test('a forged callback is turned away and changes nothing', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  const forged = callbackAddress(url, 'another secret', { accountId: 1, attemptId, issuedAt: new Date() });
  expect(await post(forged, completed)).toBe(404);
  expect(await one(database, 'select count(*) as stored from callbacks')).toEqual({ stored: 0 });
  expect(await attempt(attemptId)).toMatchObject({ state: 'placing' });
});

test('what cannot be read is kept and marked, whatever its encoding says', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  expect(await post(addressOf(attemptId), '{"broken', 'application/json')).toBe(200);
  expect(await post(addressOf(attemptId), 'a=b&c=d', 'application/x-www-form-urlencoded')).toBe(200);
  expect(await post(addressOf(attemptId), '', 'text/plain')).toBe(200);
  await processed();
  expect(
    await one(
      database,
      `select count(*) as kept from callbacks where state = 'malformed' and note is not null`,
    ),
  ).toEqual({ kept: 3 });
  expect(await attempt(attemptId)).toMatchObject({ state: 'placing' });
});

test('JSON is read whatever the content type says', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  await post(addressOf(attemptId), JSON.stringify(completed), 'text/plain');
  await processed();
  expect(await attempt(attemptId)).toMatchObject({ outcome: 'connected' });
});

test('a callback of another call than the one that is known settles nothing', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  await post(addressOf(attemptId), agentAnswered);
  await processed();
  await post(addressOf(attemptId), {
    ...completed,
    call_details: { ...completed.call_details, call_sid: 'sid-2' },
  });
  await processed();
  expect(await attempt(attemptId)).toMatchObject({ state: 'placed', call_sid: 'sid-1' });
  expect(await one(database, `select count(*) as found from callbacks where state = 'contradicts'`)).toEqual({
    found: 1,
  });
});

test('a callback for an attempt that nobody knows is kept as unmatched', async () => {
  await seed(database);
  expect(await post(addressOf('0b5f3c1e-6d1a-4b5e-9a51-0d7c6d0f7a11'), completed)).toBe(200);
  await processed();
  expect(await one(database, 'select state, note from callbacks')).toEqual({
    state: 'unmatched',
    note: 'no attempt has this id',
  });
  expect(await oddCallbacks(database, 10)).toMatchObject([
    { state: 'unmatched', account: 'main', body: JSON.stringify(completed) },
  ]);
});

test('health is told without a token, and a path that is not there is not', async () => {
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
});
