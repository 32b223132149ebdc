import { expect, test } from 'vitest';
import { eventually } from './fixture.ts';
import { account, sandboxForV1, type SeenV1, type TestSandboxV1 } from './fixture-v1.ts';

const numbers = ['1', '2', '3', '4', '5'].map((ordinal) => `+91980000000${ordinal}`);
const toOf = ({ body }: SeenV1) => body.Calls.map((call) => call['To']);
const indian = (date: Date): string =>
  new Date(date.getTime() + 5.5 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

const allEnded = (sandbox: TestSandboxV1): Promise<void> =>
  eventually(() => {
    expect(sandbox.truth().calls.every(({ endedAt }) => endedAt !== null)).toBe(true);
  });

/** Five calls of five agents to the five numbers, all of them over. */
async function fiveCalls(): Promise<{ sandbox: TestSandboxV1; sids: string[] }> {
  const sandbox = await sandboxForV1({
    numbers: { '+919800000002': { outcome: 'busy' }, '+919800000003': { outcome: 'no_answer' } },
  });
  const sids: string[] = [];
  for (const [index, To] of numbers.entries()) {
    sids.push((await sandbox.connect({ From: `0900000000${index + 1}`, To })).body.Call.Sid);
  }
  await allEnded(sandbox);
  return { sandbox, sids };
}

test('lists the calls that are over, the newest first', async () => {
  const { sandbox, sids } = await fiveCalls();
  await sandbox.place({ from: { user_id: 'agent-009' } });
  const { status, body } = await sandbox.read('/Calls.json');
  expect(status).toBe(200);
  expect(body.Calls.map(({ Sid }) => Sid)).toEqual(sids.toReversed());
  expect(body.Metadata).toEqual({
    Total: 5,
    PageSize: 50,
    FirstPageUri: `${account}/Calls.json?PageSize=50`,
    PrevPageUri: null,
    NextPageUri: null,
  });
  const [call] = body.Calls;
  expect(call).toMatchObject({ To: '09800000005', PhoneNumber: '08045680000', Status: 'completed' });
  expect(call).not.toHaveProperty('Details');
  expect((await sandbox.read('/Calls')).text).toContain('<Calls><Call><Sid>');
});

test('does not list a call that is under way, not even when asked for it', async () => {
  const sandbox = await sandboxForV1({ speed: 1 });
  const sid = (await sandbox.connect()).body.Call.Sid;
  expect((await sandbox.read(`/Calls.json?Sid=${sid}`)).body).toMatchObject({
    Calls: [],
    Metadata: { Total: 0 },
  });
});

test('lists calls only some time after their end where the scenario says so', async () => {
  const { sandbox } = await fiveCalls();
  sandbox.control({ v1: { listedAfter: '10h' } });
  expect((await sandbox.read('/Calls.json')).body.Calls).toEqual([]);
});

test('finds calls by SID, numbers, status, direction and time', async () => {
  const { sandbox, sids } = await fiveCalls();
  const found = async (query: Record<string, string>): Promise<unknown[]> =>
    toOf(await sandbox.read(`/Calls.json?${new URLSearchParams(query).toString()}`));
  const now = Date.now();
  const between = (fromMs: number, toMs: number): string =>
    `gte:${indian(new Date(now + fromMs))};lte:${indian(new Date(now + toMs))}`;

  expect(await found({ Sid: `${sids[1]},${sids[0]},nonsense` })).toEqual(['09800000002', '09800000001']);
  expect(await found({ To: '+919800000003, 09800000001' })).toEqual(['09800000003', '09800000001']);
  expect(await found({ From: '+919000000004' })).toEqual(['09800000004']);
  expect(await found({ PhoneNumber: '+918045680000' })).toHaveLength(5);
  expect(await found({ PhoneNumber: '+918045689999' })).toEqual([]);
  expect(await found({ Status: 'busy,no-answer' })).toEqual(['09800000003', '09800000002']);
  expect(await found({ Direction: 'inbound' })).toEqual([]);
  expect(await found({ SortBy: 'DateCreated:asc', Direction: 'outbound-api', PageSize: '2' })).toEqual([
    '09800000001',
    '09800000002',
  ]);
  expect(await found({ DateCreated: between(-60_000, 60_000) })).toHaveLength(5);
  expect(await found({ DateCreated: between(-120_000, -60_000) })).toEqual([]);
  expect(
    await found({
      DateCreated: `gte:${indian(new Date(now + 60_000))};lte:${indian(new Date(now + 90_000))}`,
    }),
  ).toEqual([]);
});

test('turns its pages by cursors, forth and back', async () => {
  const { sandbox } = await fiveCalls();
  const first = await sandbox.read('/Calls.json?PageSize=2&Status=completed,busy,no-answer');
  expect(toOf(first)).toEqual(['09800000005', '09800000004']);
  const second = await sandbox.read(first.body.Metadata.NextPageUri ?? '');
  expect(toOf(second)).toEqual(['09800000003', '09800000002']);
  await sandbox.connect({ To: '+919800000009' });
  await allEnded(sandbox);
  const third = await sandbox.read(second.body.Metadata.NextPageUri ?? '');
  expect(toOf(third)).toEqual(['09800000001']);
  expect(third.body.Metadata).toMatchObject({ Total: 6, NextPageUri: null });
  expect(toOf(await sandbox.read(third.body.Metadata.PrevPageUri ?? ''))).toEqual([
    '09800000003',
    '09800000002',
  ]);
  sandbox.control({ v1: { lastPage: 'empty', bulkDetails: true, customField: 'not_available' } });
  const last = await sandbox.read('/Calls.json?details=true');
  expect(last.body.Metadata.NextPageUri).toBe('');
  expect(last.body.Calls[0]).toMatchObject({ CustomField: 'N/A', Details: { Leg1Status: 'completed' } });
});

test.each([
  [{ Sid: Array.from({ length: 101 }, (_, index) => `sid${index}`).join(',') }, 'Sid'],
  [{ To: [...numbers, '+919800000006'].join(',') }, 'To'],
  [{ PageSize: '101' }, 'PageSize'],
  [{ SortBy: 'Price' }, 'SortBy'],
  [{ After: 'c2VjcmV0' }, 'After'],
  [{ DateCreated: 'gte:2026-01-01' }, 'DateCreated'],
  [{ DateCreated: `gte:${indian(new Date(Date.now() - 40 * 86_400_000))}` }, 'DateCreated'],
  [{ DateCreated: 'gte:2019-01-01 00:00:00;lte:2019-01-31 23:59:59' }, 'DateCreated'],
])('refuses %o', async (query, name) => {
  const sandbox = await sandboxForV1();
  const { status, body } = await sandbox.read(`/Calls.json?${new URLSearchParams(query).toString()}`);
  expect([status, body.RestException.Message]).toEqual([400, `The '${name}' parameter is invalid.`]);
});

test('takes a hundred SIDs in one question', async () => {
  const sandbox = await sandboxForV1({ speed: 10_000 });
  const sid = (await sandbox.toFlow()).body.Call.Sid;
  await allEnded(sandbox);
  const sids = [...Array.from({ length: 99 }, (_, index) => `${'0'.repeat(29)}${index + 100}`), sid].join(
    ',',
  );
  const { body } = await sandbox.read(`/Calls.json?Sid=${sids}&PageSize=100`);
  expect(body.Calls).toMatchObject([{ Sid: sid, From: '09800000001', To: null }]);
});
