import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced, markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { settleAsUnknown } from '../../src/dialing/settle.ts';
import { startServer } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { callbackAddress } from '../../src/results/callback-address.ts';
import { createCallbackInbox } from '../../src/results/callback-inbox.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, one, seed } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

const secret = 'a secret for these tests';
const log = createLog('silent');
let database: Database;
let url: string;
let logged: string[];

beforeEach(async () => {
  ({ database } = await testDatabase());
  const inbox = createCallbackInbox({ database, log });
  logged = [];
  const told = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const server = await startServer({ database, inbox, secret, host: '127.0.0.1', port: 0, log: told });
  url = server.url;
  onTestFinished(async () => {
    await server.close();
    await inbox.close();
  });
});

const addressOf = (attemptId: string) =>
  callbackAddress(url, secret, { accountId: 1, attemptId, issuedAt: new Date() });

/** Attempts that were just claimed, in the order of their claims. */
async function claimedAttempts(count: number): Promise<string[]> {
  const seeded = await seed(database, { agents: count, numbers: someNumbers(count) });
  const ids: string[] = [];
  while (ids.length < count) ids.push((await claimed(seeded.claiming)).attemptId);
  return ids;
}

/** Posts bytes with exactly these headers, and gives the status of the answer. */
async function post(
  to: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest(to, { method: 'POST', headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject);
    request.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const terminal = (callSid: string, status = 'completed', more: object = {}) =>
  JSON.stringify({
    event_details: { event_type: 'terminal' },
    call_details: {
      call_sid: callSid,
      call_state: 'terminal',
      call_status: status,
      assigned_agent_details: { status: 'completed' },
      customer_details: { status: status === 'completed' ? 'completed' : 'no-answer' },
      total_talk_time: 42,
      ...more,
    },
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
    { timeout: 5000, what: 'every callback’s processing' },
  );
const attempt = (id: string) =>
  one<{ state: string; outcome: string | null; call_sid: string | null; talk_seconds: number | null }>(
    database,
    'select state, outcome, call_sid, talk_seconds from attempts where id = $1',
    [id],
  );
const states = async () =>
  (await database.query<{ state: string }>('select state from callbacks order by id')).rows.map(
    (row) => row.state,
  );

describe('a callback that cannot be stored where it belongs', () => {
  const oddities: Record<string, object> = {
    'a NUL in a text that is kept': { recordings: [{ url: 'https://recordings.example.com/\u0000.mp3' }] },
    'a NUL anywhere': { note: 'a\u0000b' },
    'half a surrogate pair': { note: '\ud800' },
    'a talk time with a fraction': { total_talk_time: 42.5 },
    'a talk time beyond any call': { total_talk_time: 99_999_999_999 },
    'an end beyond any calendar': { end_time: '9999999-01-01T00:00:00+05:30' },
  };

  test('for an odd field costs that field, not its call, and holds up no other callback', async () => {
    const attempts = await claimedAttempts(Object.keys(oddities).length + 1);
    for (const [index, oddity] of [...Object.values(oddities), {}].entries()) {
      const body = terminal(`sid-${index}`, 'completed', oddity);
      expect(await post(addressOf(attempts[index] ?? ''), body, json)).toBe(200);
    }
    await processed();
    const outcomes = await Promise.all(attempts.map(attempt));
    const told = [...Object.keys(oddities), 'nothing odd'].map((oddity, index) => [
      oddity,
      outcomes[index]?.outcome,
    ]);
    expect(told).toEqual([...Object.keys(oddities), 'nothing odd'].map((oddity) => [oddity, 'connected']));
  });

  test('for being nested absurdly deep costs its record, not its call, and holds up no other callback', async () => {
    const [first = '', second = ''] = await claimedAttempts(2);
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const body = terminal('sid-1', 'completed', { note: 'deep' }).replace('"deep"', nested);
    expect(await post(addressOf(first), body, json)).toBe(200);
    expect(await post(addressOf(second), terminal('sid-2'), json)).toBe(200);
    await processed();
    expect(await attempt(first)).toMatchObject({ outcome: 'connected', call_sid: 'sid-1' });
    expect(await attempt(second)).toMatchObject({ outcome: 'connected' });
  });

  test('with a SID of absurd length tells of no call', async () => {
    const [first = ''] = await claimedAttempts(1);
    expect(await post(addressOf(first), terminal(randomBytes(5000).toString('hex')), json)).toBe(200);
    await processed();
    expect(await states()).toEqual(['malformed']);
    expect(await attempt(first)).toMatchObject({ state: 'placing', call_sid: null });
  });

  test.each(['54000', '42703', 'P0001', 'XX000'])(
    'for a reason that nobody listed (%s) is marked, and holds up no other callback',
    async (sqlState) => {
      const [first = '', second = ''] = await claimedAttempts(2);
      await refuseSid('sid-1', sqlState);
      await post(addressOf(first), terminal('sid-1'), json);
      await post(addressOf(second), terminal('sid-2'), json);
      await processed();
      expect(await states()).toEqual(['malformed', 'settled']);
      expect(await attempt(second)).toMatchObject({ outcome: 'connected' });
    },
  );

  test('for a reason that passes waits, holds up no other callback, and is settled once it has passed', async () => {
    const [first = '', second = ''] = await claimedAttempts(2);
    const accept = await refuseSid('sid-1', '55P03');
    await post(addressOf(first), terminal('sid-1'), json);
    await post(addressOf(second), terminal('sid-2'), json);
    await waitFor(async () => (await attempt(second)).outcome === 'connected');
    expect(await states()).toEqual(['received', 'settled']);
    await accept();
    await processed();
    expect(await attempt(first)).toMatchObject({ outcome: 'connected' });
  });

  test('a SID that is another attempt’s holds up no other callback and settles nothing', async () => {
    const [first = '', second = '', third = ''] = await claimedAttempts(3);
    await markPlaced(database, first, 'sid-1', new Date(), new Date());
    await post(addressOf(second), terminal('sid-1'), json);
    await post(addressOf(third), terminal('sid-3'), json);
    await processed();
    expect(await states()).toEqual(['contradicts', 'settled']);
    expect(await attempt(first)).toMatchObject({ state: 'placed', call_sid: 'sid-1' });
    expect(await attempt(second)).toMatchObject({ state: 'placing', call_sid: null });
    expect(await attempt(third)).toMatchObject({ outcome: 'connected' });
  });
});

/** Has the database refuse a call by its SID, until the function that it gives is called. */
async function refuseSid(sid: string, sqlState: string): Promise<() => Promise<void>> {
  await database.query(`create function refuse() returns trigger language plpgsql as $$
    begin raise exception 'as the test wishes' using errcode = '${sqlState}'; end $$`);
  await database.query(`create trigger refuse before update on attempts for each row
    when (new.call_sid = '${sid}') execute function refuse()`);
  return async () => {
    await database.query('drop trigger refuse on attempts');
  };
}

/** Has every change of an attempt fail as on a full disk, until the function that it gives is called. */
async function fillDisk(): Promise<() => Promise<void>> {
  await database.query(`create function disk_full() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`);
  await database.query(
    'create trigger disk_full before insert or update on attempts for each row execute function disk_full()',
  );
  return async () => {
    await database.query('drop trigger disk_full on attempts');
  };
}

test('a callback that the database could not settle is settled once it can, without another one coming', async () => {
  const seeded = await seed(database);
  const { attemptId } = await claimed(seeded.claiming);
  const freeDisk = await fillDisk();
  expect(await post(addressOf(attemptId), terminal('sid-1'), json)).toBe(200);
  await waitFor(async () => (await states()).length === 1);
  await freeDisk();
  await processed();
  expect(await attempt(attemptId)).toMatchObject({ outcome: 'connected' });
});

describe('what comes late or twice', () => {
  test('a terminal callback long after the attempt was closed as unknown decides it anew, once', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await markUnknownIfPlacing(database, attemptId, 'timeout');
    await settleAsUnknown(database, attemptId);
    await database.query(`update clock set shift = interval '30 days'`);
    for (const body of [terminal('sid-1'), terminal('sid-1'), terminal('sid-1', 'customer_unanswered')]) {
      expect(await post(addressOf(attemptId), body, json)).toBe(200);
      await processed();
    }
    expect(await states()).toEqual(['settled', 'noted', 'contradicts']);
    expect(await attempt(attemptId)).toMatchObject({
      outcome: 'connected',
      call_sid: 'sid-1',
      talk_seconds: 42,
    });
    expect(await one(database, 'select state from contacts')).toEqual({ state: 'finished' });
  });

  test('fifty copies at once settle once and are all kept', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => post(addressOf(attemptId), terminal('sid-1'), json)),
    );
    expect(new Set(answers)).toEqual(new Set([200]));
    await processed();
    const counted = await states();
    expect(counted.filter((state) => state === 'settled')).toHaveLength(1);
    expect(counted.filter((state) => state === 'noted')).toHaveLength(49);
  });

  test('a terminal callback before the answer to placing is stored: the answer finds the call settled and changes nothing', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    await post(addressOf(attemptId), terminal('sid-1'), json);
    await processed();
    await markPlaced(database, attemptId, 'sid-1', new Date(), new Date());
    expect(
      await one(database, 'select state, outcome, next_poll_at, call_sid from attempts where id = $1', [
        attemptId,
      ]),
    ).toEqual({ state: 'settled', outcome: 'connected', next_poll_at: null, call_sid: 'sid-1' });
  });
});

describe('a body in another encoding', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
  const utf16 = { 'content-type': 'application/json; charset=utf-16' };
  type Sent = (body: string) => [body: Buffer | string, headers: Record<string, string>];
  const readable: Record<string, Sent> = {
    'JSON with a byte order mark': (body) => [`\uFEFF${body}`, json],
    'JSON without a content type': (body) => [body, {}],
    'JSON with a charset that does not exist': (body) => [
      body,
      { 'content-type': 'application/json; charset=klingon' },
    ],
    'JSON with a content type that is none': (body) => [body, { 'content-type': 'json' }],
    'JSON with an empty content type': (body) => [body, { 'content-type': '' }],
    'JSON with bytes that are no UTF-8': (body) => [
      Buffer.from(body.replace('a note', 'caf\u00e9'), 'latin1'),
      json,
    ],
  };
  const unreadable: Record<string, Sent> = {
    'UTF-16': (body) => [Buffer.from(body, 'utf16le'), utf16],
    gzip: (body) => [gzipSync(body), { ...json, 'content-encoding': 'gzip' }],
    'a form': (body) => [`payload=${encodeURIComponent(body)}`, form],
    'a multipart form': () => [
      '--x\r\ncontent-disposition: form-data; name="Note"\r\n\r\nsid\r\n--x--',
      multipart,
    ],
    'half a document': (body) => [body.slice(0, 60), json],
    'no bytes at all': () => ['', json],
    'an array': (body) => [`[${body}]`, json],
  };

  test('is kept as it came, and read where it can be', async () => {
    const cases = Object.entries({ ...readable, ...unreadable });
    const attempts = await claimedAttempts(cases.length);
    const sent: Buffer[] = [];
    for (const [index, [, send]] of cases.entries()) {
      const [body, headers] = send(terminal(`sid-${index}`, 'completed', { note: 'a note' }));
      sent.push(Buffer.from(body));
      expect(await post(addressOf(attempts[index] ?? ''), body, headers)).toBe(200);
    }
    await processed();
    const kept = await database.query<{ state: string; body: Buffer; outcome: string | null }>(
      'select c.state, c.body, t.outcome from callbacks c join attempts t on t.id = c.attempt_id order by c.id',
    );
    expect(kept.rows.map(({ state, outcome }, index) => [cases[index]?.[0], state, outcome])).toEqual([
      ...Object.keys(readable).map((name) => [name, 'settled', 'connected']),
      ...Object.keys(unreadable).map((name) => [name, 'malformed', null]),
    ]);
    expect(kept.rows.map((row) => row.body)).toEqual(sent);
  });

  test('larger than any callback is turned away, changes nothing, and is told of in the log without what it says', async () => {
    const seeded = await seed(database);
    const { attemptId } = await claimed(seeded.claiming);
    const address = addressOf(attemptId);
    const forged = `${address.slice(0, -4)}aaaa`;
    for (const to of [forged, address]) {
      const answered = await post(to, Buffer.alloc(2 * 1024 * 1024, 'x'), json).catch(() => 413);
      expect(answered).toBe(413);
    }
    expect(await states()).toEqual([]);
    const told = await waitFor(() => (logged.length > 0 ? logged : null));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(new RegExp(`"attempt":"${attemptId}".*"a callback could not be read"`));
    expect(told[0]).not.toContain('xxx');
  });
});

test('an inbox that was closed amidst a failure does not try again', async () => {
  const [attemptId = ''] = await claimedAttempts(1);
  await fillDisk();
  let asked = 0;
  const inbox = createCallbackInbox({
    log,
    database: {
      ...database,
      query: async (sql, parameters) => {
        asked += 1;
        return await database.query(sql, parameters);
      },
    },
  });
  const address = { accountId: 1, attemptId, issuedAt: new Date() };
  const callback = { address, contentType: 'application/json', query: {} };
  inbox.start();
  for (const sid of ['sid-1', 'sid-2']) {
    await inbox.receive({ ...callback, body: Buffer.from(terminal(sid)) });
  }
  await waitFor(() => asked > 4, { what: 'a second try' });
  await inbox.receive({ ...callback, body: Buffer.from(terminal('sid-3')) });
  await inbox.close();
  const before = asked;
  const until = performance.now() + 1500;
  await waitFor(() => performance.now() > until);
  expect(asked).toBe(before);
});
