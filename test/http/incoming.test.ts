import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { completeDone } from '../../src/campaigns/sweep.ts';
import type { Database } from '../../src/db/pool.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { startServer } from '../../src/http/server.ts';
import { incomingAddress } from '../../src/incoming/incoming-address.ts';
import type { IncomingPurpose } from '../../src/incoming/incoming-address.ts';
import { createLog } from '../../src/log.ts';
import { createCallbackInbox } from '../../src/results/callback-inbox.ts';
import { oddCallbacks } from '../../src/results/odd-callbacks.ts';
import { contactStates } from '../contacts/suppressing.ts';
import { patient, untilWaiting } from '../contacts/waiting.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, one, seed } from '../support/seed.ts';
import type { SeedOptions, Seeded } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

const secret = 'a secret for these tests';
const publicUrl = 'https://dialer.example.com';
const log = createLog('silent');
const customer = '+919800000001';
const exoPhone = '08045680000';
let database: Database;
let url: string;

beforeEach(async () => {
  ({ database } = await testDatabase());
  const inbox = createCallbackInbox({ database, log });
  const server = await startServer({ database, inbox, secret, host: '127.0.0.1', port: 0, publicUrl, log });
  url = server.url;
  onTestFinished(async () => {
    await server.close();
    await inbox.close();
  });
});

type Fields = Record<string, string>;

async function get(purpose: IncomingPurpose, fields: Fields): Promise<Response> {
  const address = incomingAddress(url, secret, { accountId: 1, purpose });
  return await fetch(`${address}?${new URLSearchParams(fields).toString()}`);
}

/** What the applets of a flow send when a customer calls the ExoPhone. */
const callFrom = (national: string, more: Fields = {}): Fields => ({
  CallSid: randomUUID().replaceAll('-', ''),
  CallFrom: national,
  CallTo: exoPhone,
  Direction: 'incoming',
  From: national,
  To: exoPhone,
  ...more,
});

async function told(purpose: IncomingPurpose, fields: Fields): Promise<void> {
  const response = await get(purpose, fields);
  expect([response.status, await response.text()]).toEqual([200, 'OK']);
}

const numbersToRing = async (fields: Fields) => {
  const answer: unknown = await (await get('connect', fields)).json();
  return answer;
};
const ring = (...numbers: string[]) => expect.objectContaining({ destination: { numbers } });

const withdrawing: SeedOptions = { definition: { onCallBack: 'withdraw' } };
const states = (campaignId: number) => contactStates(database, campaignId);
const stored = () => one<{ rows: number }>(database, 'select count(*) as rows from incoming_calls');

describe('a customer who calls back', () => {
  test('is withdrawn from every campaign that says so before the applet is answered, and from no other', async () => {
    const numbers = [customer, '+919800000002'];
    const first = await seed(database, { ...withdrawing, numbers });
    const accountId = first.accountId;
    const planned = await seed(database, { ...withdrawing, name: 'planned', status: 'scheduled', accountId });
    const keeping = await seed(database, { name: 'keeping', accountId });
    await database.query(
      `with other as (insert into accounts (name, sid) values ('other', 'other') returning id)
       insert into leases (account_id) select id from other`,
    );
    const elsewhere = await seed(database, { ...withdrawing, name: 'elsewhere', accountId: accountId + 1 });
    await told('passthru', callFrom('09800000001'));
    expect(await states(first.campaignId)).toEqual(['finished called_back', 'pending']);
    expect(await states(planned.campaignId)).toEqual(['finished called_back']);
    expect(await states(keeping.campaignId)).toEqual(['pending']);
    expect(await states(elsewhere.campaignId)).toEqual(['pending']);
    expect(await one(database, 'select number, state, note, direction from incoming_calls')).toEqual({
      number: customer,
      state: 'done',
      note: 'contacts withdrawn: 2',
      direction: 'incoming',
    });
    expect(
      await one(database, `select count(*) as told from trail where what = 'contact_called_back'`),
    ).toEqual({ told: 2 });
  });

  test('is in no claim that commits after the answer, and the answer comes well within a second', async () => {
    const numbers = Array.from({ length: 5 }, (_, index) => `+91980000001${index}`);
    const seeded = await seed(database, { ...withdrawing, numbers });
    const took: number[] = [];
    for (const number of numbers) {
      const begun = performance.now();
      await told('passthru', callFrom(number.replace('+91', '0')));
      took.push(performance.now() - begun);
    }
    expect(Math.min(...took)).toBeLessThan(1000);
    expect((await claimNext(seeded.claiming)).kind).toBe('nothing');
    expect(await completeDone(database, seeded.accountId)).toBe(1);
  });

  test('is withdrawn only once a claim under way has committed, which is then left alone', async () => {
    const seeded = await seed(database, { ...withdrawing, numbers: [customer] });
    const underWay: Promise<unknown>[] = [];
    await database.transaction(async (claim) => {
      await claim.query('select 1 from accounts where id = $1 for share', [seeded.accountId]);
      underWay.push(told('passthru', callFrom('09800000001')));
      await untilWaiting(database);
      await claim.query(`update contacts set state = 'dialing'`);
    }, patient);
    await Promise.all(underWay);
    await waitFor(async () => (await one(database, 'select state from incoming_calls'))['state'] === 'done');
    expect(await states(seeded.campaignId)).toEqual(['dialing']);
  });

  test('is known by any of the numbers of a contact, and left alone where a call is under way', async () => {
    const called = await seed(database, withdrawing);
    await claimed(called.claiming);
    const waiting = await seed(database, { ...withdrawing, name: 'waiting', accountId: called.accountId });
    await database.query('update contacts set numbers = $1', [[customer, '+919800000009']]);
    await told('passthru', callFrom('09800000009'));
    expect(await states(called.campaignId)).toEqual(['dialing']);
    expect(await states(waiting.campaignId)).toEqual(['finished called_back']);
  });

  test('is told once, however often and in whatever encoding Exotel tells it', async () => {
    const seeded = await seed(database, withdrawing);
    const fields = callFrom('09800000001');
    await told('passthru', fields);
    await database.query(`update contacts set state = 'pending', state_reason = null`);
    await told('passthru', fields);
    const address = incomingAddress(url, secret, { accountId: 1, purpose: 'passthru' });
    const posted = await fetch(address, { method: 'POST', body: JSON.stringify(fields) });
    expect(posted.status).toBe(200);
    expect(await stored()).toEqual({ rows: 1 });
    expect(await states(seeded.campaignId)).toEqual(['pending']);
  });

  test('is not taken for one by a step of a call that we placed', async () => {
    const seeded = await seed(database, withdrawing);
    await told('passthru', callFrom('09800000001', { Direction: 'outbound-api' }));
    expect(await states(seeded.campaignId)).toEqual(['pending']);
  });

  test('is withdrawn by another server where the one that was told is gone', async () => {
    const seeded = await seed(database, withdrawing);
    await database.query(
      `insert into incoming_calls (account_id, purpose, received_at, query, body, call_sid)
       values (1, 'passthru', dialer_now() - interval '1 minute', $1, '', 'sid-1')`,
      [JSON.stringify(callFrom('09800000001'))],
    );
    await waitFor(async () => (await one(database, 'select state from incoming_calls'))['state'] === 'done');
    expect(await states(seeded.campaignId)).toEqual(['finished called_back']);
  });
});

describe('what an applet sends', () => {
  test('is turned away and not stored where the address is not one of ours', async () => {
    await seed(database, withdrawing);
    const forged = incomingAddress(url, 'another secret', { accountId: 1, purpose: 'passthru' });
    const query = new URLSearchParams(callFrom('09800000001')).toString();
    expect((await fetch(`${forged}?${query}`)).status).toBe(404);
    const ours = incomingAddress(url, secret, { accountId: 1, purpose: 'passthru' });
    expect((await fetch(`${ours}?${query}`, { method: 'HEAD' })).status).toBe(404);
    expect(await stored()).toEqual({ rows: 0 });
  });

  test('is kept, answered and shown where it cannot be read', async () => {
    await seed(database, withdrawing);
    await told('passthru', callFrom('anonymous'));
    await told('opt_out', { Direction: 'incoming' });
    await told('agent_event', { CallSid: 'sid-1\u0000', Status: 'puzzled' });
    expect(await oddCallbacks(database, 10)).toMatchObject([
      { source: 'agent_event', state: 'malformed', account: 'main', attemptId: null },
      { source: 'opt_out', note: expect.stringContaining('nobody was suppressed') },
      { source: 'passthru', body: expect.stringContaining('anonymous') },
    ]);
  });
});

describe('a Connect applet', () => {
  const phones = ['+919811100001', '+919811100002'];

  async function withAgents(options: SeedOptions = {}): Promise<Seeded> {
    const seeded = await seed(database, { agents: 2, numbers: [customer, '+919800000002'], ...options });
    for (const [index, id] of seeded.agentIds.entries()) {
      await database.query('update agents set contact_uri = $2 where id = $1', [id, phones[index]]);
    }
    return seeded;
  }

  /** As if this agent had spoken with the customer. */
  async function hasSpoken(seeded: Seeded, agentId: number | undefined): Promise<void> {
    const { attemptId } = await claimed(seeded.claiming);
    await database.query(
      `update attempts set state = 'settled', outcome = 'connected', settled_by = 'poll', settled_at = dialer_now(),
         agent_held = false, agent_id = $2 where id = $1`,
      [attemptId, agentId],
    );
  }

  test('rings the agent who spoke with the caller last, by the limits of that campaign', async () => {
    const seeded = await withAgents();
    await hasSpoken(seeded, seeded.agentIds[1]);
    expect(await numbersToRing(callFrom('09800000001'))).toEqual({
      fetch_after_attempt: false,
      destination: { numbers: [phones[1]] },
      record: false,
      recording_channels: 'single',
      max_ringing_duration: 30,
      max_conversation_duration: 600,
      dial_passthru_event_url: incomingAddress(publicUrl, secret, { accountId: 1, purpose: 'agent_event' }),
    });
  });

  test('rings the one who has been idle longest where that agent is not free, or nobody spoke with the caller', async () => {
    const seeded = await withAgents();
    await hasSpoken(seeded, seeded.agentIds[1]);
    await database.query(`update agents set wrap_up_until = dialer_now() + interval '1 hour' where id = $1`, [
      seeded.agentIds[1],
    ]);
    expect(await numbersToRing(callFrom('09800000001'))).toEqual(ring(phones[0] ?? ''));
  });

  test('rings nobody where nobody is free, has a phone, or belongs to a campaign that runs', async () => {
    const nobody = { fetch_after_attempt: false, destination: { numbers: [] } };
    const seeded = await withAgents();
    await database.query(`update agents set contact_uri = 'sip:asha@example.com' where id = $1`, [
      seeded.agentIds[0],
    ]);
    await database.query(
      `update agents set paused_at = dialer_now(), paused_reason = 'a break' where id = $1`,
      [seeded.agentIds[1]],
    );
    expect(await numbersToRing(callFrom('09800000001'))).toEqual(nobody);
    await database.query('update agents set paused_at = null, paused_reason = null');
    await database.query(`update campaigns set status = 'scheduled'`);
    expect(await numbersToRing(callFrom('09800000001'))).toEqual(nobody);
    await database.query(`update campaigns set status = 'running'`);
    expect(await numbersToRing(callFrom('anonymous'))).toEqual(ring(phones[1] ?? ''));
  });

  test('asked twice at once names the same agent, asked by the next applet of the flow another', async () => {
    await withAgents();
    const caller = callFrom('09800000001');
    expect(await numbersToRing(caller)).toEqual(ring(phones[0] ?? ''));
    expect(await numbersToRing(caller)).toEqual(ring(phones[0] ?? ''));
    await database.query(`update clock set shift = '50 s'`);
    expect(await numbersToRing(caller)).toEqual(ring(phones[1] ?? ''));
  });

  test('reserves the agent: no call is placed with them while the phone rings', async () => {
    const { claiming } = await withAgents({ agents: 1 });
    await numbersToRing(callFrom('09811100009'));
    expect((await claimNext(claiming)).kind).toBe('nothing');
    await database.query(`update clock set shift = '46 s'`);
    expect((await claimNext(claiming)).kind).toBe('claimed');
  });

  test('and its events keep the agent for the whole call, and give them back when it is over', async () => {
    const { claiming } = await withAgents({ agents: 1 });
    const caller = callFrom('09811100009');
    await numbersToRing(caller);
    const event = (status: string, type: string) =>
      told('agent_event', { ...caller, DialWhomNumber: '09811100001', Status: status, EventType: type });
    await event('busy', 'Dial');
    await database.query(`update clock set shift = '9 minutes'`);
    expect((await claimNext(claiming)).kind).toBe('nothing');
    await event('free', 'Terminal');
    expect((await claimNext(claiming)).kind).toBe('claimed');
  });

  test('and claims never take the same agent, however many come at once', async () => {
    const { claiming, agentIds } = await withAgents({ agents: 6, numbers: [customer, '+919800000002'] });
    await database.query(`update agents set contact_uri = '+9198111' || lpad(id::text, 5, '0')`);
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, (_, index) => numbersToRing(callFrom(`0980000010${index}`))),
      ...Array.from({ length: 2 }, async () => (await claimNext(claiming)).kind),
    ]);
    expect(answers.filter((answer) => answer === 'claimed')).toHaveLength(2);
    const busy = await database.query<{ id: number }>(
      `select agent_id as id from attempts where agent_held
       union all select id from agents where reserved_until > dialer_now()`,
    );
    expect(busy.rows.map((row) => row.id).toSorted((first, second) => first - second)).toEqual(agentIds);
  });
});

describe('a key pressed in a flow', () => {
  const inFlow: SeedOptions = { definition: { optOut: { digit: '9' } } };
  const pressed = (more: Fields): Fields =>
    callFrom('09800000001', { Direction: 'outbound-api', digits: '"9"', ...more });
  const suppression = () =>
    database.query('select number, campaign_id, source, reason, actor from suppressions');
  const optedOut = {
    number: customer,
    campaign_id: null,
    source: 'dtmf_opt_out',
    reason: 'pressed 9 in a call of test',
    actor: 'customer',
  };

  test.each<[string, (attemptId: string) => Fields]>([
    ['by our id', (attemptId) => pressed({ CustomField: attemptId, From: exoPhone, CallFrom: exoPhone })],
    ['by the SID of the call', () => pressed({ CallSid: 'sid-1', From: '', CallFrom: '' })],
    ['by the number that was called', () => pressed({})],
    [
      'by the number that is not our own',
      () => pressed({ From: exoPhone, CallFrom: exoPhone, To: '09800000001', CallTo: '09800000001' }),
    ],
  ])('suppresses the customer in the whole account at once, found %s', async (_, fieldsOf) => {
    const seeded = await seed(database, inFlow);
    const { attemptId } = await claimed(seeded.claiming);
    await database.query(`update attempts set call_sid = 'sid-1' where id = $1`, [attemptId]);
    const other = await seed(database, { name: 'other', accountId: seeded.accountId });
    await told('passthru', fieldsOf(attemptId));
    expect((await suppression()).rows).toEqual([optedOut]);
    expect(await states(other.campaignId)).toEqual(['suppressed suppressed']);
    expect(await states(seeded.campaignId)).toEqual(['dialing']);
  });

  test('means nothing where it is another key, none, or the same one in a menu for callers', async () => {
    const seeded = await seed(database, inFlow);
    await claimed(seeded.claiming);
    const meaningless: Fields[] = [{ digits: '"1"' }, { digits: 'null' }, { Direction: 'incoming' }];
    for (const fields of meaningless) await told('passthru', pressed(fields));
    expect(await stored()).toEqual({ rows: 3 });
    expect((await suppression()).rows).toEqual([]);
  });

  test('that leads to the branch of its own suppresses whoever is on the line, whatever it is', async () => {
    const seeded = await seed(database);
    await told('opt_out', callFrom('09800000001', { digits: '"3"' }));
    expect((await suppression()).rows).toEqual([{ ...optedOut, reason: 'pressed 3 in a call flow' }]);
    expect(await states(seeded.campaignId)).toEqual(['suppressed suppressed']);
    expect((await claimNext(seeded.claiming)).kind).toBe('nothing');
  });
});
