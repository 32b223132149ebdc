import { parse } from 'csv-parse/sync';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Database } from '../../src/db/pool.ts';
import { attemptRows } from '../../src/reports/attempt-rows.ts';
import { writeAttemptsCsv } from '../../src/reports/attempts-csv.ts';
import { writeAttemptsJson, writeAttemptsJsonl } from '../../src/reports/attempts-json.ts';
import { campaignReport, readCampaign } from '../../src/reports/report.ts';
import { testDatabase } from '../support/database.ts';
import { campaignWithoutList, loadedList, textSink, tried } from './dialled.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const header =
  'dialed_number,attempt_id,attempt_number,placed_at,ended_at,agent,caller_id,call_sid,outcome,provider_status,error_code,talk_seconds,recording_url,claimed_at,counted,error_text,list,list_row,name';

async function csv(rowsAtOnce = 5000): Promise<string> {
  const sink = textSink();
  await writeAttemptsCsv(database, 'test', sink.output, { rowsAtOnce });
  return sink.text();
}

async function json(rowsAtOnce = 5000): Promise<Record<string, unknown>> {
  const sink = textSink();
  await writeAttemptsJson(database, await campaignReport(database, 'test'), sink.output, { rowsAtOnce });
  return z.record(z.string(), z.unknown()).parse(JSON.parse(sink.text()));
}

async function oneContact() {
  const campaign = await campaignWithoutList(database);
  const { contactIds } = await loadedList(
    database,
    campaign.campaignId,
    ['phone'],
    [{ number: '+919800000001', cells: ['1'], state: 'finished' }],
  );
  return { campaign, contactId: contactIds[0] ?? 0, agentId: campaign.agentIds[0] ?? 0 };
}

test('tells of every attempt, refused ones too, in the order in which they were made', async () => {
  const { campaign, contactId, agentId } = await oneContact();
  const connected = await tried(database, campaign, {
    contactId,
    agentId,
    attemptNumber: 2,
    claimedAt: '2026-12-01T05:00:00Z',
    placedAt: '2026-12-01T05:00:00.400Z',
    endedAt: '2026-12-01T05:01:10Z',
    outcome: 'connected',
    callSid: 'sid-2',
    providerStatus: 'completed',
    talkSeconds: 40,
    recordingUrl: 'https://recordings.example/a,b.mp3',
  });
  const refused = await tried(database, campaign, {
    contactId,
    agentId,
    claimedAt: '2026-12-01T04:59:00Z',
    endedAt: '2026-12-01T04:59:00Z',
    outcome: 'agent_busy',
    errorCode: '10706',
  });
  expect(await csv()).toBe(
    `${header}\n` +
      `+919800000001,${refused},1,,2026-12-01T10:29:00.000+05:30,agent-001,+918045680000,,agent_busy,,10706,,,2026-12-01T10:29:00.000+05:30,no,,list.csv,2,\n` +
      `+919800000001,${connected},2,2026-12-01T10:30:00.400+05:30,2026-12-01T10:31:10.000+05:30,agent-001,+918045680000,sid-2,connected,completed,,40,"https://recordings.example/a,b.mp3",2026-12-01T10:30:00.000+05:30,no,,list.csv,2,\n`,
  );
});

test('writes every attempt once, even those made within the same ms and at a page’s edge', async () => {
  const { campaign, contactId } = await oneContact();
  const instants = ['.000001', '.000001', '.000900', '.000900', '.001100', '.001100', '.001100'];
  const ids: string[] = [];
  for (const [index, fraction] of instants.entries()) {
    const claimedAt = `2026-12-01T05:00:00${fraction}Z`;
    ids.push(
      await tried(database, campaign, { contactId, attemptNumber: index + 1, claimedAt, outcome: 'unsent' }),
    );
  }
  for (const rowsAtOnce of [1, 2, 3, 7]) {
    const [, ...rows] = parse(await csv(rowsAtOnce));
    expect(rows).toHaveLength(ids.length);
    expect(new Set(rows.map((cells) => cells[1]))).toEqual(new Set(ids));
    const document = await json(rowsAtOnce);
    expect(document['attemptRows']).toHaveLength(ids.length);
  }
});

test('the attempts beside a report are those that it counts, though the campaign dials on', async () => {
  const { campaign, contactId, agentId } = await oneContact();
  await tried(database, campaign, { contactId, agentId, outcome: 'busy', callSid: 'sid' });
  const sink = textSink();
  const { report, lastClaim } = await readCampaign(database, 'test');
  await tried(database, campaign, {
    contactId,
    agentId,
    attemptNumber: 2,
    claimedAt: '2026-12-01T04:31:00Z',
  });
  await writeAttemptsJson(database, report, sink.output, { lastClaim });
  const document = JSON.parse(sink.text());
  expect([document.attempts.total, document.attemptRows.length]).toEqual([1, 1]);
});

test('as JSON the attempts stand beside the report, in one document', async () => {
  const { campaign, contactId, agentId } = await oneContact();
  expect(await json()).toEqual({ ...(await campaignReport(database, 'test')), attemptRows: [] });
  const id = await tried(database, campaign, {
    contactId,
    agentId,
    outcome: 'busy',
    callSid: 'sid',
    talkSeconds: 0,
  });
  await tried(database, campaign, {
    contactId,
    agentId,
    attemptNumber: 2,
    claimedAt: '2026-12-01T05:00:00Z',
    outcome: 'unsent',
  });
  expect((await json(1))['attemptRows']).toMatchObject([
    { attemptId: id, dialedNumber: '+919800000001', talkSeconds: 0, callbacks: [] },
    { attemptNumber: 2, outcome: 'unsent' },
  ]);
});

test('as JSON lines an attempt has all that is known of it, with its details and callbacks as they came', async () => {
  const { campaign, contactId, agentId } = await oneContact();
  const id = await tried(database, campaign, {
    contactId,
    agentId,
    placedAt: '2026-12-01T05:00:00Z',
    outcome: 'connected',
    callSid: 'sid',
    talkSeconds: 40,
  });
  await database.query(
    `update attempts set details = '{"call_sid": "sid", "legs": [{"Status": "completed"}]}', customer_leg_status = 'completed'`,
  );
  await database.query(
    `insert into callbacks (account_id, attempt_id, received_at, issued_at, content_type, body, state, processed_at)
     values ($1, $2, '2026-12-01T05:01:00Z', '2026-12-01T05:00:00Z', 'text/plain', 'Status=completed', 'settled', now()),
       ($1, $2, '2026-12-01T05:01:01Z', '2026-12-01T05:00:00Z', null, '\\xff00', 'malformed', now())`,
    [campaign.accountId, id],
  );
  const sink = textSink();
  expect(await writeAttemptsJsonl(database, 'test', sink.output)).toBe(1);
  expect(sink.text()).toMatch(/^\{"dialed_number":.*\}\n$/);
  expect(JSON.parse(sink.text())).toMatchObject({
    dialed_number: '+919800000001',
    attempt_id: id,
    list: 'list.csv',
    list_row: 2,
    state: 'settled',
    placed_at: '2026-12-01T10:30:00.000+05:30',
    outcome: 'connected',
    customer_leg_status: 'completed',
    settled_by: 'callback',
    recording_url: null,
    details: { call_sid: 'sid', legs: [{ Status: 'completed' }] },
    callbacks: [
      {
        received_at: '2026-12-01T10:31:00.000+05:30',
        issued_at: '2026-12-01T10:30:00.000+05:30',
        state: 'settled',
        note: null,
        content_type: 'text/plain',
        query: null,
        body: 'Status=completed',
      },
      { content_type: null, state: 'malformed', body_base64: '/wA=' },
    ],
  });
});

test('of a period has the attempts from its beginning on and before its end, page after page', async () => {
  const { campaign, contactId } = await oneContact();
  const minutes = ['04:59:59.999', '05:00:00', '05:30:00', '05:59:59.999', '06:00:00'];
  for (const [index, time] of minutes.entries()) {
    await tried(database, campaign, {
      contactId,
      attemptNumber: index + 1,
      claimedAt: `2026-12-01T${time}Z`,
      outcome: 'unsent',
    });
  }
  // claimed before the period, and placed within it
  await database.query(`update attempts set placed_at = '2026-12-01T05:00:00.100Z' where attempt_number = 1`);
  const period = { since: new Date('2026-12-01T05:00:00Z'), until: new Date('2026-12-01T06:00:00Z') };
  const sink = textSink();
  await writeAttemptsCsv(database, 'test', sink.output, { period, rowsAtOnce: 2 });
  const [, ...rows] = parse(sink.text());
  expect(rows.map((cells) => cells[2])).toEqual(['1', '2', '3', '4']);
  const lines = textSink();
  expect(await writeAttemptsJsonl(database, 'test', lines.output, { period, rowsAtOnce: 3 })).toBe(4);
  expect(await (await attemptRows(database, 'test', period)).count()).toBe(4);
});
