import { beforeEach, describe, expect, test } from 'vitest';
import { renderReport } from '../../src/cli/report-table.ts';
import type { Database } from '../../src/db/pool.ts';
import { campaignProgress } from '../../src/reports/progress.ts';
import { attemptFigures } from '../../src/reports/attempt-figures.ts';
import { always } from '../../src/reports/period.ts';
import { campaignReport } from '../../src/reports/report.ts';
import { wholeCampaign } from '../../src/reports/slices.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { someNumbers } from '../support/rig.ts';
import { testDatabase } from '../support/database.ts';
import type { Seeded } from '../support/seed.ts';
import { campaignWithoutList, loadedList, tried } from './dialled.ts';

let database: Database;
let campaign: Seeded;
let contactIds: number[];
beforeEach(async () => {
  ({ database } = await testDatabase());
  campaign = await campaignWithoutList(database, 2);
  const list = someNumbers(5).map((number) => ({ number, cells: [number], state: 'finished' }));
  ({ contactIds } = await loadedList(database, campaign.campaignId, ['phone'], list));
});

async function connected(index: number, talkSeconds: number, agent = 0): Promise<string> {
  return await tried(database, campaign, {
    contactId: contactIds[index] ?? 0,
    agentId: campaign.agentIds[agent] ?? 0,
    outcome: 'connected',
    counts: true,
    callSid: `sid-${index}`,
    talkSeconds,
  });
}

async function request(attemptId: string, kind: string, result: string | null): Promise<void> {
  await database.query(
    `insert into requests (account_id, epoch, kind, attempt_id, result, answered_at)
     values ($1, 1, $2, $3, $4::text, case when $4::text is not null then clock_timestamp() end)`,
    [campaign.accountId, kind, attemptId, result],
  );
}

describe('the report', () => {
  test('adds talk time, requests and times to the same counts', async () => {
    await connected(0, 10);
    await connected(1, 20);
    await connected(2, 90);
    const missed = {
      contactId: contactIds[3] ?? 0,
      outcome: 'no_answer',
      callSid: 'sid-x',
      talkSeconds: 500,
    };
    await tried(database, campaign, missed);
    await database.query(
      `update campaigns set status = 'completed', started_at = '2026-12-01T04:30:00Z', ended_at = '2026-12-01T05:00:00Z'`,
    );
    const report = await campaignReport(database, 'test');
    const { requests: lastMinute, ...summary } = await campaignSummary(database, 'test');
    const { talkSeconds, requests, startedAt, endedAt } = report;
    expect(report).toMatchObject(summary);
    expect(talkSeconds).toEqual({ total: 120, median: 20, p90: 90 });
    expect(report).toMatchObject({
      connectRate: 0.75,
      outcomes: [
        { outcome: 'connected', calls: 3, unlisted: 0 },
        { outcome: 'no_answer', calls: 1, unlisted: 0 },
      ],
      byAgent: [{ agent: 'agent-001', name: null, calls: 3, ended: 3, connected: 3, talkSeconds: 120 }],
      byCallerId: [{ callerId: '+918045680000', calls: 4, ended: 4, connected: 3, talkSeconds: 120 }],
      callsToConnect: [{ calls: 1, contacts: 3 }],
      since: null,
      until: null,
      timezone: 'Asia/Kolkata',
    });
    expect(requests).toEqual({ placing: 0, polling: 0, throttled: 0, ...lastMinute });
    expect([startedAt, endedAt]).toEqual(['2026-12-01T10:00:00.000+05:30', '2026-12-01T10:30:00.000+05:30']);
  });

  test('counts the requests of its own attempts, those that never left aside', async () => {
    const attempt = await connected(0, 10);
    const results = ['ok', 'throttled', 'unsent', 'unknown', 'refused', 'abandoned', null];
    for (const result of results) await request(attempt, 'place', result);
    for (const result of ['ok', 'throttled', 'unsent', 'failed']) await request(attempt, 'details', result);
    await database.query(`insert into requests (account_id, epoch, kind) values ($1, 1, 'users')`, [
      campaign.accountId,
    ]);
    const { requests } = await campaignReport(database, 'test');
    expect(requests).toEqual({ placing: 6, polling: 3, throttled: 2, lastMinute: 10, limit: 198 });
  });

  test('of a campaign that did nothing yet has nothing in it', async () => {
    await database.query(`update campaigns set status = 'draft', started_at = null`);
    const report = await campaignReport(database, 'test');
    expect(report.talkSeconds).toEqual({ total: 0, median: null, p90: null });
    expect([report.connectRate, report.byCallNumber, report.refusals]).toEqual([null, [], []]);
    expect([report.startedAt, report.endedAt]).toEqual([null, null]);
  });
});

describe('contacts that are done', () => {
  beforeEach(async () => {
    await connected(0, 10);
    const [, called = 0, back = 0, ndnc = 0, held = 0] = contactIds;
    const states: [number, string, string | null][] = [
      [called, 'finished', 'wrong_number'],
      [back, 'finished', 'called_back'],
      [ndnc, 'suppressed', 'do_not_disturb'],
      [held, 'held', 'agent_faults'],
    ];
    for (const [id, state, reason] of states) {
      await database.query('update contacts set state = $2, state_reason = $3 where id = $1', [
        id,
        state,
        reason,
      ]);
    }
    await database.query('update imports set duplicates = 1, rejected = 1');
  });

  test('count as reached only where a call connected or they called back, and each state says why', async () => {
    const { reached, reasons, duplicateRows } = await campaignReport(database, 'test');
    expect([reached, duplicateRows]).toEqual([2, 1]);
    expect(reasons).toEqual([
      { state: 'finished', reason: 'called_back', contacts: 1 },
      { state: 'finished', reason: 'wrong_number', contacts: 1 },
      { state: 'finished', reason: null, contacts: 1 },
      { state: 'held', reason: 'agent_faults', contacts: 1 },
      { state: 'suppressed', reason: 'do_not_disturb', contacts: 1 },
    ]);
  });

  test('are told to people with the reasons and with the rows that were left out', async () => {
    const table = renderReport(await campaignReport(database, 'test'), {
      columns: 80,
      paint: (_, text) => text,
    });
    const lines = table.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
    expect(lines).toEqual(
      expect.arrayContaining([
        'Contacts: 5, beside 1 row rejected and 1 duplicate left out',
        '1 called back',
        '1 wrong number',
        '1 on the do-not-disturb register',
        '1 agents did not take the call',
        'reached 2 of 5 (40 %)',
      ]),
    );
  });

  test('a call under way takes nothing from the connect rate of its agent, its caller ID or its hour', async () => {
    await tried(database, campaign, {
      contactId: contactIds[1] ?? 0,
      agentId: campaign.agentIds[0] ?? 0,
      state: 'placed',
      callSid: 'sid-live',
    });
    const { connectRate, byAgent, byCallerId, byCallNumber } = await campaignReport(database, 'test');
    expect(connectRate).toBe(1);
    for (const [counts] of [byAgent, byCallerId, byCallNumber]) {
      expect(counts).toMatchObject({ calls: 2, ended: 1, connected: 1 });
    }
  });
});

describe('the table for people', () => {
  test('names what came of the calls, what was refused and why, and who took the calls', async () => {
    await connected(0, 65);
    await connected(1, 3600, 1);
    await connected(2, 55, 1);
    const contactId = contactIds[3] ?? 0;
    const agentId = campaign.agentIds[0] ?? 0;
    await tried(database, campaign, { contactId, agentId, outcome: 'no_answer', callSid: 'sid-n' });
    await tried(database, campaign, {
      contactId,
      agentId,
      attemptNumber: 2,
      outcome: 'agent_busy',
      errorCode: '10706',
    });
    await tried(database, campaign, {
      contactId,
      agentId,
      attemptNumber: 3,
      outcome: 'throttled',
      errorCode: '429',
    });
    await tried(database, campaign, { contactId, agentId, attemptNumber: 4, outcome: 'unsent' });
    await tried(database, campaign, {
      contactId,
      agentId,
      attemptNumber: 5,
      outcome: 'rejected',
      errorCode: '99999',
      errorText:
        'a text that only Exotel knows, of such a length that it would not fit into one line of a terminal',
    });
    await database.query(`update agents set name = 'Asha Rao' where id = $1`, [agentId]);
    const table = renderReport(await campaignReport(database, 'test'), {
      columns: 80,
      paint: (_, text) => text,
    });
    const lines = table.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
    expect(lines).toEqual(
      expect.arrayContaining([
        'Contacts: 5',
        'finished 5 100 % connected, called back, or closed by people',
        'reached 3 of 5 (60 %)',
        'Calls: 4',
        'connected 3 75 % ███████████████░░░░░',
        'no answer 1 25 % █████░░░░░░░░░░░░░░░',
        'connect rate 75 % of 4 ended',
        'contacts by calls until one connected: 1: 3',
        'talk time 1:02:00 in all, 1:05 in the median, nine tenths up to 1:00:00',
        'Connect rate in percent by hour and call Asia/Kolkata',
        'hour 10',
        '1st 75',
        'calls 4',
        'Refused or not sent: 4',
        '10706 1 the user device is busy',
        '429 1 too many requests; tried again later',
        '- 1 Exotel could not be reached; tried again later',
        '99999 1 a text that only Exotel knows, of such a length that it',
        'would not fit into one line of a terminal',
        'Agents: 2',
        'agent-002 2 2 100 % 1:00:55',
        'Asha Rao 2 1 50 % 1:05',
      ]),
    );
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('the progress of a campaign', () => {
  test('knows contacts that wait for a retry from those not yet dialled, and when the last falls due', async () => {
    await database.query(`update contacts set state = 'pending'`);
    await database.query(`update contacts set due_at = '2026-12-01T06:00:00Z' where id = any($1)`, [
      contactIds.slice(0, 2),
    ]);
    const { waitingForRetry, lastDueAt, timezone } = await campaignProgress(database, 'test');
    expect([waitingForRetry, lastDueAt?.toISOString(), timezone]).toEqual([
      2,
      '2026-12-01T06:00:00.000Z',
      'Asia/Kolkata',
    ]);
  });

  test('counts contacts that are done by calls of the last five minutes, over the time there was dialling', async () => {
    const before = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
    const settled = async (index: number, ago: number, attemptNumber = 1) =>
      await tried(database, campaign, {
        contactId: contactIds[index] ?? 0,
        attemptNumber,
        outcome: 'connected',
        callSid: `sid-${index}-${attemptNumber}`,
        claimedAt: before(ago),
        endedAt: before(ago - 10),
      });
    await settled(0, 600);
    await settled(1, 100);
    await settled(2, 90);
    await settled(2, 80, 2);
    await database.query(`update contacts set state = 'pending' where id = $1`, [contactIds[3]]);
    await settled(3, 70);
    const { recentlyDone, recentMs } = await campaignProgress(database, 'test');
    expect(recentlyDone).toBe(2);
    expect(recentMs).toBeGreaterThan(99_000);
    expect(recentMs).toBeLessThan(130_000);
  });

  test('has no rate before the first call', async () => {
    const { recentlyDone, recentMs, waitingForRetry, lastDueAt } = await campaignProgress(database, 'test');
    expect([recentlyDone, recentMs, waitingForRetry, lastDueAt]).toEqual([0, 0, 0, null]);
  });
});

describe('the figures of attempts', () => {
  const figures = async (whole = wholeCampaign(campaign.campaignId, always), attemptsAtOnce = 50_000) =>
    await attemptFigures(database, whole, 'Asia/Kolkata', attemptsAtOnce);

  test('are the same in however many slices they are read', async () => {
    for (const [index, contactId] of contactIds.entries()) {
      for (const attemptNumber of [1, 2, 3].slice(0, 1 + (index % 3))) {
        const outcome = ['connected', 'no_answer', 'busy', 'rejected', 'agent_busy'][index % 5] ?? '';
        const refused = attemptNumber === 1 && index % 2 === 0;
        const id = await tried(database, campaign, {
          contactId,
          agentId: campaign.agentIds[attemptNumber % 2] ?? 0,
          attemptNumber,
          ...(index === 4 && attemptNumber === 2 ? { state: 'placed' } : { outcome }),
          claimedAt: `2026-12-0${attemptNumber}T0${index}:30:00Z`,
          ...(refused
            ? { errorCode: '10002', errorText: `why ${index}` }
            : { callSid: `${index}/${attemptNumber}` }),
          talkSeconds: index * 10 + attemptNumber,
        });
        await request(id, 'place', index === 1 ? 'throttled' : 'ok');
      }
    }
    const whole = await figures();
    expect(whole).toMatchObject({
      attempts: { live: 1, refused: 3 },
      refusals: [{ outcome: 'agent_busy' }, { outcome: 'busy' }, { outcome: 'connected' }],
      requests: { placing: 9, throttled: 2 },
      connectedContacts: 1,
    });
    for (const attemptsAtOnce of [1, 2, 3, 5]) {
      expect(await figures(undefined, attemptsAtOnce)).toEqual(whole);
    }
    const period = { since: new Date('2026-12-02T00:00:00Z'), until: new Date('2026-12-02T03:00:00Z') };
    const part = wholeCampaign(campaign.campaignId, period);
    const ofPeriod = await figures(part);
    expect(ofPeriod.attempts.total).toBe(2);
    expect(await figures(part, 1)).toEqual(ofPeriod);
  });

  test('leave out what is claimed after the moment that they are of', async () => {
    await connected(0, 10);
    const lastClaim = '2026-12-01 04:30:00.123456+00';
    const before = await figures();
    await tried(database, campaign, {
      contactId: contactIds[1] ?? 0,
      state: 'placing',
      claimedAt: '2026-12-01T04:30:00.123457Z',
    });
    const whole = wholeCampaign(campaign.campaignId, always);
    expect(await figures({ ...whole, lastClaim })).toEqual(before);
    expect((await figures()).attempts).toMatchObject({ total: 2, live: 1 });
  });

  test('of contacts without a call are none', async () => {
    expect(await figures()).toMatchObject({
      attempts: { total: 0, live: 0, refused: 0, outcomes: {} },
      calls: { connectRate: null, talkSeconds: { total: 0, median: null, p90: null } },
      refusals: [],
      connectedContacts: 0,
    });
  });
});
