import { beforeEach, expect, test } from 'vitest';
import { readSheet } from 'read-excel-file/node';
import type { Database } from '../../src/db/pool.ts';
import { attemptRows } from '../../src/reports/attempt-rows.ts';
import { contactRows } from '../../src/reports/contact-rows.ts';
import { writeRowsCsv } from '../../src/reports/rows-csv.ts';
import { writeRowsJsonl } from '../../src/reports/rows-jsonl.ts';
import { writeRowsXlsx } from '../../src/reports/xlsx/rows-xlsx.ts';
import { testDatabase } from '../support/database.ts';
import { campaignWithoutList, loadedList, textSink, tried } from './dialled.ts';

let database: Database;
let attemptId: string;
beforeEach(async () => {
  ({ database } = await testDatabase());
  const campaign = await campaignWithoutList(database);
  const { contactIds } = await loadedList(
    database,
    campaign.campaignId,
    ['phone', '2024', 'outcome', 'outcome'],
    [
      { number: '+919800000001', cells: ['+919800000001', '=1+1', '-5', "it's"], state: 'finished' },
      { number: '+919800000002', cells: ['98000 00002'] },
    ],
  );
  await loadedList(
    database,
    campaign.campaignId,
    ['phone', '=plan'],
    [{ number: '+919800000003', cells: ['+91 98000 00003', ' @gold'] }],
  );
  attemptId = await tried(database, campaign, {
    contactId: contactIds[0] ?? 0,
    agentId: campaign.agentIds[0] ?? 0,
    outcome: 'connected',
    counts: true,
    callSid: 'sid-1',
    placedAt: '2026-12-01T06:00:01.500Z',
    providerStatus: '=completed',
    talkSeconds: 62,
  });
});

test('a CSV for a spreadsheet has a byte order mark and no cell that runs; phone numbers stay as they are', async () => {
  const sink = textSink();
  expect(await writeRowsCsv(await contactRows(database, 'test'), sink.output, { spreadsheet: true })).toBe(3);
  expect(sink.text()).toBe(
    "\ufeffphone,2024,outcome,outcome,'=plan,dialed_number,contact_state,state_reason,suppression,dialer_outcome,attempts,calls,last_attempt_at,agent,caller_id,call_sid,talk_seconds,recording_url,disposition,disposition_at,disposition_by,disposition_note,disposition_call_at,list,list_row\n" +
      "+919800000001,'=1+1,-5,it's,,+919800000001,finished,,,connected,1,1,2026-12-01T11:30:01.500+05:30,agent-001,+918045680000,sid-1,62,,,,,,,list.csv,2\n" +
      '98000 00002,,,,,+919800000002,pending,,,,0,0,,,,,,,,,,,,list.csv,3\n' +
      "'+91 98000 00003,,,,' @gold,+919800000003,pending,,,,0,0,,,,,,,,,,,,list.csv,2\n",
  );
  const attempts = textSink();
  await writeRowsCsv(await attemptRows(database, 'test'), attempts.output, { spreadsheet: true });
  expect(attempts.text()).toMatch(
    /^\ufeffdialed_number,.*\n\+919800000001,.*,connected,'=completed,,62,,.*,yes,,list.csv,2,\n$/,
  );
});

test('JSON lines have the columns of the list under row, in their order, page after page', async () => {
  for (const rowsAtOnce of [1, 100]) {
    const sink = textSink();
    expect(await writeRowsJsonl(await contactRows(database, 'test'), sink.output, { rowsAtOnce })).toBe(3);
    const lines = sink.text().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(
      `{"row":{"phone":"+919800000001","2024":"=1+1","outcome":"-5","outcome (2)":"it's","=plan":""},` +
        '"dialed_number":"+919800000001","contact_state":"finished","state_reason":null,"suppression":null,"outcome":"connected","attempts":1,"calls":1,' +
        '"last_attempt_at":"2026-12-01T11:30:01.500+05:30","agent":"agent-001","caller_id":"+918045680000",' +
        '"call_sid":"sid-1","talk_seconds":62,"recording_url":null,"disposition":null,"disposition_at":null,' +
        '"disposition_by":null,"disposition_note":null,"disposition_call_at":null,"list":"list.csv","list_row":2}',
    );
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({
      row: { phone: '+91 98000 00003', '2024': '', outcome: '', 'outcome (2)': '', '=plan': ' @gold' },
      contact_state: 'pending',
      outcome: null,
      attempts: 0,
    });
  }
});

test('a workbook holds every contact, and another one every attempt', async () => {
  const contacts = textSink();
  expect(await writeRowsXlsx(await contactRows(database, 'test'), contacts.output, { rowsAtOnce: 1 })).toBe(
    3,
  );
  const [, first, second, third] = await readSheet(contacts.bytes(), { trim: false });
  expect(first?.slice(0, 12)).toEqual([
    '+919800000001',
    '=1+1',
    '-5',
    "it's",
    null,
    '+919800000001',
    'finished',
    null,
    null,
    'connected',
    1,
    1,
  ]);
  // a sheet keeps a time as a fraction of days, to about a ms
  expect(Number(first?.[12])).toBeCloseTo(Date.parse('2026-12-01T11:30:01.500Z'), -1);
  expect([second?.[5], third?.[4], third?.[5]]).toEqual(['+919800000002', ' @gold', '+919800000003']);
  const attempts = textSink();
  expect(await writeRowsXlsx(await attemptRows(database, 'test'), attempts.output)).toBe(1);
  const [header, attempt] = await readSheet(attempts.bytes());
  expect(header?.slice(0, 3)).toEqual(['dialed_number', 'attempt_id', 'attempt_number']);
  expect(attempt?.slice(0, 3)).toEqual(['+919800000001', attemptId, 1]);
});

test.each([
  ['JSON lines', writeRowsJsonl],
  ['a workbook', writeRowsXlsx],
])('%s fails where fewer rows came out than were accepted', async (_, write) => {
  await database.query('update imports set accepted = accepted + 1');
  await expect(write(await contactRows(database, 'test'), textSink().output)).rejects.toThrow(
    '5 rows were accepted and 3 written, 2 are missing',
  );
});
