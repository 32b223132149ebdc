import { parse } from 'csv-parse/sync';
import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { writeContactsCsv } from '../../src/reports/contacts-csv.ts';
import { someNumbers } from '../support/rig.ts';
import { testDatabase } from '../support/database.ts';
import { campaignWithoutList, loadedList, textSink, tried } from './dialled.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const ourHeader =
  'dialed_number,contact_state,state_reason,suppression,outcome,attempts,calls,last_attempt_at,agent,caller_id,call_sid,talk_seconds,recording_url,disposition,disposition_at,disposition_by,disposition_note,disposition_call_at,list,list_row';

async function exported(options: { rowsAtOnce?: number } = {}): Promise<string> {
  const sink = textSink();
  await writeContactsCsv(database, 'test', sink.output, options);
  return sink.text();
}

test('tells of each contact what its last call came to, behind the columns of its list', async () => {
  const campaign = await campaignWithoutList(database, 2);
  const [first = 0, second = 0] = campaign.agentIds;
  const { contactIds } = await loadedList(
    database,
    campaign.campaignId,
    ['name', 'phone'],
    [
      { number: '+919800000001', cells: ['Asha', '98000 00001'], state: 'finished' },
      { number: '+919800000002', cells: ['Ravi', '098000-00002'], state: 'pending' },
      { number: '+919800000003', cells: ['Meena', '9800000003'], state: 'held' },
      { number: '+919800000004', cells: ['Zoya', '9800000004'], state: 'dialing' },
    ],
  );
  const [asha = 0, ravi = 0, meena = 0, zoya = 0] = contactIds;
  await tried(database, campaign, {
    contactId: asha,
    agentId: first,
    outcome: 'no_answer',
    counts: true,
    callSid: 'sid-1',
  });
  await tried(database, campaign, {
    contactId: asha,
    agentId: first,
    attemptNumber: 2,
    outcome: 'agent_busy',
    errorCode: '10706',
  });
  await tried(database, campaign, {
    contactId: asha,
    agentId: second,
    attemptNumber: 3,
    outcome: 'connected',
    counts: true,
    callSid: 'sid-3',
    placedAt: '2026-12-01T06:00:01.500Z',
    talkSeconds: 62,
    recordingUrl: 'https://recordings.example/sid-3.mp3',
  });
  await tried(database, campaign, {
    contactId: ravi,
    agentId: first,
    outcome: 'agent_unavailable',
    errorCode: '1012',
  });
  await tried(database, campaign, {
    contactId: meena,
    agentId: first,
    number: '+919800000033',
    outcome: 'unknown',
    counts: true,
    claimedAt: '2026-12-01T07:00:00Z',
  });
  await tried(database, campaign, {
    contactId: zoya,
    agentId: first,
    number: '+919800000004',
    state: 'placed',
    callSid: 'sid-live',
    placedAt: '2026-12-01T08:00:00Z',
  });
  await database.query(
    `insert into dispositions (contact_id, number, code, note, actor, created_at)
     values ($1, '+919800000001', 'call_at', null, 'cli:asha', '2026-12-01T06:00:00Z'),
       ($1, '+919800000001', 'sale', 'two years, paid', 'cli:meena', '2026-12-01T06:30:00.250999Z')`,
    [asha],
  );
  expect(await exported()).toBe(
    `name,phone,${ourHeader}\n` +
      'Asha,98000 00001,+919800000001,finished,,,connected,2,2,2026-12-01T11:30:01.500+05:30,agent-002,+918045680000,sid-3,62,https://recordings.example/sid-3.mp3,sale,2026-12-01T12:00:00.250+05:30,cli:meena,"two years, paid",,list.csv,2\n' +
      'Ravi,098000-00002,+919800000002,pending,,,,0,0,,,,,,,,,,,,list.csv,3\n' +
      'Meena,9800000003,+919800000033,held,,,unknown,1,1,2026-12-01T12:30:00.000+05:30,agent-001,+918045680000,,,,,,,,,list.csv,4\n' +
      'Zoya,9800000004,+919800000004,dialing,,,,0,1,2026-12-01T13:30:00.000+05:30,agent-001,+918045680000,sid-live,,,,,,,,list.csv,5\n',
  );
});

test('says why a contact is out, and of a suppressed one who asked for it', async () => {
  const campaign = await campaignWithoutList(database);
  await loadedList(
    database,
    campaign.campaignId,
    ['phone'],
    [
      { number: '+919800000001', cells: ['1'], state: 'suppressed' },
      { number: '+919800000002', cells: ['2'], state: 'suppressed' },
    ],
  );
  await database.query(
    `update contacts set state_reason = case number when '+919800000001' then 'do_not_disturb' else 'suppressed' end`,
  );
  await database.query(
    `insert into suppressions (account_id, campaign_id, number, source, reason, actor)
     values ($1, null, '+919800000002', 'import', 'complained', 'test')`,
    [campaign.accountId],
  );
  const csv = await exported();
  expect(csv).toContain('1,+919800000001,suppressed,do_not_disturb,,');
  expect(csv).toContain('2,+919800000002,suppressed,suppressed,import: complained,');
});

test('gives an agent without a user id by their contact', async () => {
  const campaign = await campaignWithoutList(database);
  const [agentId = 0] = campaign.agentIds;
  await database.query(`update agents set user_id = null, contact_uri = '+919811100001' where id = $1`, [
    agentId,
  ]);
  const { contactIds } = await loadedList(
    database,
    campaign.campaignId,
    ['phone'],
    [{ number: '+919800000001', cells: ['1'] }],
  );
  await tried(database, campaign, {
    contactId: contactIds[0] ?? 0,
    agentId,
    outcome: 'busy',
    callSid: 'sid',
  });
  expect(await exported()).toContain(',+919811100001,+918045680000,sid,');
});

test('gives every cell back as it was, and fills up rows that are shorter than their header', async () => {
  const campaign = await campaignWithoutList(database);
  const header = ['phone', 'note', '', 'note'];
  const rows = [
    ['+919800000001', 'says "call, later"', ' padded ', 'two\nlines'],
    ['0091-9800000002', '007', '', 'cr\rhere\r\nthere'],
    ['9800000003'],
    ['9800000004', "O'Neil; \\N \\. {a,b}", 'अनीता 😀', '\t=1+1'],
    ['9800000005', 'a', 'b', 'c', ''],
  ];
  const numbers = someNumbers(rows.length);
  await loadedList(
    database,
    campaign.campaignId,
    header,
    rows.map((cells, index) => ({ number: numbers[index] ?? '', cells })),
  );
  const text = await exported();
  expect(text.startsWith('phone,note,,note,dialed_number,')).toBe(true);
  const [, ...read] = parse(text, { record_delimiter: '\n' });
  expect(read.map((cells) => cells.slice(0, 4))).toEqual([
    rows[0],
    rows[1],
    ['9800000003', '', '', ''],
    rows[3],
    ['9800000005', 'a', 'b', 'c'],
  ]);
  expect(read.map((cells) => cells[4])).toEqual(numbers);
});

test('keeps a column of the list that bears one of our names, and gives ours another', async () => {
  const campaign = await campaignWithoutList(database);
  await loadedList(
    database,
    campaign.campaignId,
    ['phone', 'outcome', 'agent'],
    [{ number: '+919800000001', cells: ['9800000001', 'promised', 'field office'] }],
  );
  expect(await exported()).toBe(
    'phone,outcome,agent,dialed_number,contact_state,state_reason,suppression,dialer_outcome,attempts,calls,last_attempt_at,dialer_agent,caller_id,call_sid,talk_seconds,recording_url,disposition,disposition_at,disposition_by,disposition_note,disposition_call_at,list,list_row\n' +
      '9800000001,promised,field office,+919800000001,pending,,,,0,0,,,,,,,,,,,,list.csv,2\n',
  );
});

test('puts the columns of several lists side by side, and leaves a list out that failed', async () => {
  const campaign = await campaignWithoutList(database);
  await loadedList(
    database,
    campaign.campaignId,
    ['phone', 'city'],
    [{ number: '+919800000001', cells: ['1', 'Pune'] }],
  );
  await database.query(
    `insert into imports (campaign_id, state, file_name, sha256, size_bytes, header, error, actor, finished_at)
     values ($1, 'failed', 'bad.csv', '', 0, '{phone,nonsense}', 'unreadable', 'test', dialer_now())`,
    [campaign.campaignId],
  );
  await loadedList(
    database,
    campaign.campaignId,
    ['plan', 'phone'],
    [{ number: '+919800000002', cells: ['gold', '2'] }],
  );
  expect(await exported()).toBe(
    `phone,city,plan,${ourHeader}\n1,Pune,,+919800000001,pending,,,,0,0,,,,,,,,,,,,list.csv,2\n2,,gold,+919800000002,pending,,,,0,0,,,,,,,,,,,,list.csv,2\n`,
  );
});

test('writes every row once and in order, however many pages there are', async () => {
  const campaign = await campaignWithoutList(database);
  const numbers = someNumbers(7);
  await loadedList(
    database,
    campaign.campaignId,
    ['phone'],
    numbers.map((number) => ({ number, cells: [number] })),
  );
  // 7 rows: the last page is short, full, or would be empty
  for (const rowsAtOnce of [2, 3, 7, 100]) {
    const [, ...rows] = parse(await exported({ rowsAtOnce }));
    expect(rows.map((cells) => cells[0])).toEqual(numbers);
  }
});

test('a list of some thousand rows comes out whole, a page after the other', async () => {
  const campaign = await campaignWithoutList(database);
  await loadedList(database, campaign.campaignId, ['phone'], []);
  await database.query(
    `insert into contacts (campaign_id, import_id, row_number, number, numbers, cells)
     select campaign_id, id, row + 1, '+91' || (9800000000 + row), array['+91' || (9800000000 + row)], array[row::text, 'x']
     from imports, generate_series(1, 12001) row`,
  );
  await database.query('update imports set accepted = 12001');
  const sink = textSink();
  expect(await writeContactsCsv(database, 'test', sink.output)).toBe(12_001);
  const [, ...rows] = parse(sink.text());
  expect(rows.map((cells) => Number(cells[0]))).toEqual(
    Array.from({ length: 12_001 }, (_, index) => index + 1),
  );
});

test('rows that were stored in another order come out in that of the list, each with its own calls', async () => {
  const campaign = await campaignWithoutList(database);
  const numbers = someNumbers(7);
  const { importId, contactIds } = await loadedList(
    database,
    campaign.campaignId,
    ['phone'],
    numbers.map((number) => ({ number, cells: [number] })),
  );
  for (const [index, contactId] of contactIds.entries()) {
    await tried(database, campaign, {
      contactId,
      number: numbers[index] ?? '',
      outcome: 'connected',
      callSid: `call-of-${numbers[index]}`,
    });
  }
  await database.query('update contacts set row_number = -row_number where import_id = $1', [importId]);
  for (const rowsAtOnce of [2, 3, 100]) {
    const [header = [], ...rows] = parse(await exported({ rowsAtOnce }));
    const sid = header.indexOf('call_sid');
    expect(rows.map((cells) => [cells[0], cells[sid]])).toEqual(
      numbers.toReversed().map((number) => [number, `call-of-${number}`]),
    );
  }
});

test.each([
  [2, '1 are missing'],
  [0, '1 are too many'],
])('fails where 1 row came out and %i were accepted', async (accepted, difference) => {
  const campaign = await campaignWithoutList(database);
  await loadedList(database, campaign.campaignId, ['phone'], [{ number: '+919800000001', cells: ['1'] }]);
  await database.query('update imports set accepted = $1', [accepted]);
  await expect(exported()).rejects.toThrow(difference);
});

test('a campaign that does not exist is a plain error', async () => {
  await expect(exported()).rejects.toThrow('there is no campaign test');
});

test('stops when told, without waiting for the rest', async () => {
  const campaign = await campaignWithoutList(database);
  await loadedList(database, campaign.campaignId, ['phone'], [{ number: '+919800000001', cells: ['1'] }]);
  const sink = textSink();
  await expect(
    writeContactsCsv(database, 'test', sink.output, { signal: AbortSignal.abort() }),
  ).rejects.toThrow(/abort/i);
});
