import { fastify } from 'fastify';
import { expect, onTestFinished } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { startServer } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { callbackAddress } from '../../src/results/callback-address.ts';
import { createCallbackInbox } from '../../src/results/callback-inbox.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';
import { burst } from './burst.ts';
import type { BurstRequest, BurstResult } from './burst.ts';

const secret = 'a secret for this burst';
const endings = ['completed', 'customer_unanswered', 'customer_no_dial', 'agent_unanswered'] as const;
const outcomes: Record<(typeof endings)[number], string> = {
  completed: 'connected',
  customer_unanswered: 'no_answer',
  customer_no_dial: 'unreachable',
  agent_unanswered: 'agent_no_answer',
};

interface Told extends BurstRequest {
  forged: boolean;
}

/**
 * So many callbacks from so many connections at once, a tenth of them forged, three for each call and in no order: proves
 * that each true one was answered, kept and settled as it says, and no forged one was; and that the same bodies sent to
 * a bare handler say what the machine can do.
 */
export async function callbacksAtOnce(
  count: number,
  connections: number,
): Promise<{ ours: BurstResult; bare: BurstResult }> {
  const { database } = await testDatabase();
  const attempts = await placingAttempts(database, Math.round((count * 0.9) / 3));
  const server = await callbackServer(database);
  const told = inNoOrder(
    attempts.flatMap((attempt, index) => callbacksOf(server.url, attempt, index)),
    attempts,
    server.url,
  );
  expect(told.filter((callback) => callback.forged)).toHaveLength(Math.round(count / 10));

  const toBareHandler = await sameToBareHandler(told);
  // both are measured warm
  await burst(toBareHandler.slice(0, 500), connections);
  const bare = await burst(toBareHandler, connections);
  const ours = await burst(told, connections);
  expect(ours.statuses).toEqual(told.map((callback) => (callback.forged ? 404 : 200)));
  const genuine = told.length - count / 10;
  expect(await one(database, 'select count(*) as stored from callbacks')).toEqual({ stored: genuine });
  await waitFor(
    async () =>
      (
        await one<{ left: number }>(
          database,
          `select count(*) as left from callbacks where state = 'received'`,
        )
      ).left === 0,
    {
      timeout: 300_000,
      interval: 200,
      what: 'the settling of every callback',
    },
  );
  const settled = await database.query<{ id: string; outcome: string; call_sid: string }>(
    'select id, outcome, call_sid from attempts order by id',
  );
  expect(settled.rows).toEqual(
    attempts.map((id, index) => ({ id, outcome: outcomes[endingOf(index)], call_sid: `call-${index}` })),
  );
  const states = await database.query<{ state: string; kept: number }>(
    'select state, count(*) as kept from callbacks group by state order by state',
  );
  expect(states.rows).toEqual([
    { state: 'noted', kept: genuine - attempts.length },
    { state: 'settled', kept: attempts.length },
  ]);
  return { ours, bare };
}

const endingOf = (index: number) => endings[index % endings.length] ?? 'completed';

/** Attempts that were just claimed, as many as wished, ordered by id. */
async function placingAttempts(database: Database, count: number): Promise<string[]> {
  const seeded = await seed(database, { agents: 0, numbers: someNumbers(count) });
  const inserted = await database.query<{ id: string }>(
    `with attempt as (
       insert into attempts (id, account_id, campaign_id, contact_id, attempt_number, number, caller_id, epoch, state,
         agent_held, claimed_at, agent_free_at, deadline_at)
       select gen_random_uuid(), $1, campaign_id, id, 1, number, '+918045680000', 1, 'placing', false, dialer_now(),
         dialer_now() + interval '1 minute', dialer_now() + interval '20 minutes' from contacts
       returning id, contact_id
     ), dialing as (
       update contacts set state = 'dialing' from attempt where contacts.id = contact_id
     )
     select id from attempt order by id`,
    [seeded.accountId],
  );
  return inserted.rows.map((row) => row.id);
}

async function callbackServer(database: Database): Promise<{ url: string }> {
  const log = createLog('silent');
  const inbox = createCallbackInbox({ database, log });
  const server = await startServer({ database, inbox, secret, host: '127.0.0.1', port: 0, log });
  onTestFinished(async () => {
    await server.close();
    await inbox.close();
  });
  return server;
}

/** The three callbacks of a call, each of which names it. */
function callbacksOf(url: string, attemptId: string, index: number): Told[] {
  const address = callbackAddress(url, secret, { accountId: 1, attemptId, issuedAt: new Date() });
  const status = endingOf(index);
  return [
    toldOf(address, 'answered', `call-${index}`, null),
    toldOf(address, 'answered', `call-${index}`, null),
    toldOf(address, 'terminal', `call-${index}`, status),
  ];
}

function toldOf(url: string, event: 'answered' | 'terminal', callSid: string, status: string | null): Told {
  const details = {
    call_sid: callSid,
    call_state: status === null ? 'active' : 'terminal',
    call_status: status,
    assigned_agent_details: {
      contact_uri: '+919000000001',
      status: status === null ? 'in-progress' : 'completed',
    },
    customer_details: { contact_uri: '+919810000001', status: status === 'completed' ? 'completed' : null },
    total_talk_time: status === 'completed' ? 42 : null,
    start_time: '2026-11-21T10:00:00+05:30',
    recordings:
      status === 'completed' ? [{ url: 'https://recordings.example.com/a-recording-of-the-call.mp3' }] : [],
  };
  return {
    url,
    forged: false,
    body: JSON.stringify({ event_details: { event_type: event }, call_details: details }),
  };
}

/** Mixes forged callbacks among the true ones: signed with another key, each telling another end of a real attempt. */
function inNoOrder(genuine: Told[], attempts: readonly string[], url: string): Told[] {
  const forged = Array.from({ length: Math.round(genuine.length / 9) }, (_, number): Told => {
    const index = (number * 7) % attempts.length;
    const address = { accountId: 1, attemptId: attempts[index] ?? '', issuedAt: new Date() };
    const told = toldOf(
      callbackAddress(url, 'a guessed secret', address),
      'terminal',
      `forged-${number}`,
      endingOf(index + 1),
    );
    return { ...told, forged: true };
  });
  // a step that shares no factor with the length visits every callback once, far apart
  const all = [...genuine, ...forged];
  const step = 7919;
  return all
    .map((_, position) => all[(position * step) % all.length] ?? all[0])
    .filter((told) => told !== undefined);
}

async function sameToBareHandler(told: readonly Told[]): Promise<BurstRequest[]> {
  const app = fastify({ logger: false });
  app.post('/callbacks/v2/:account/:attemptId/:issued/:signature', async () => ({ status: 'received' }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  return told.map((callbackToldOf) => ({
    url: `${url}${new URL(callbackToldOf.url).pathname}`,
    body: callbackToldOf.body,
  }));
}
