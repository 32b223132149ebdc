import { beforeEach, expect, test } from 'vitest';
import { disposeContact } from '../../src/contacts/dispose-contact.ts';
import type { Database } from '../../src/db/pool.ts';
import { pageFacts } from '../../src/reports/html/page-facts.ts';
import { renderPage } from '../../src/reports/html/page.ts';
import { someNumbers } from '../support/rig.ts';
import { testDatabase } from '../support/database.ts';
import type { Seeded } from '../support/seed.ts';
import { campaignWithoutList, loadedList, tried } from './dialled.ts';
import type { Tried } from './dialled.ts';

let database: Database;
let campaign: Seeded;
let contactIds: number[];
beforeEach(async () => {
  ({ database } = await testDatabase());
  campaign = await campaignWithoutList(database, 2);
  const states = ['finished', 'finished', 'exhausted', 'pending'];
  const list = someNumbers(4).map((number, index) => ({
    number,
    cells: [number],
    state: states[index] ?? '',
  }));
  ({ contactIds } = await loadedList(database, campaign.campaignId, ['phone'], list));
});

async function attempted(
  contact: number,
  attemptNumber: number,
  placedAt: string,
  more: Partial<Tried>,
): Promise<void> {
  await tried(database, campaign, {
    contactId: contactIds[contact] ?? 0,
    agentId: campaign.agentIds[0] ?? 0,
    attemptNumber,
    claimedAt: placedAt,
    placedAt,
    ...more,
  });
}

async function someAttempts(): Promise<void> {
  const secondAgent = campaign.agentIds[1] ?? 0;
  // Tuesday 00:15 in India is still Monday in UTC
  await attempted(0, 1, '2026-11-30T18:45:00Z', { outcome: 'no_answer', callSid: 'a' });
  await attempted(0, 2, '2026-12-01T04:30:00Z', { outcome: 'agent_busy', errorCode: '10706' });
  await attempted(0, 3, '2026-12-01T04:40:00Z', { outcome: 'connected', callSid: 'b', talkSeconds: 100 });
  await attempted(1, 1, '2026-12-01T05:29:59Z', {
    outcome: 'connected',
    callSid: 'c',
    talkSeconds: 20,
    agentId: secondAgent,
  });
  await attempted(2, 1, '2026-12-01T05:30:00Z', { outcome: 'busy', callSid: 'd' });
}

async function page(): Promise<string> {
  return renderPage(await pageFacts(database, 'test'));
}

/** What a reader sees. */
function words(html: string): string {
  return html
    .replace(/<style>.*<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

test('counts calls by the hour of the campaign’s zone, by caller ID, and until the first that connected', async () => {
  await someAttempts();
  const { report, acceptedRows } = await pageFacts(database, 'test');
  expect(report.byWeekday).toEqual([
    { weekday: 2, hour: 0, calls: 1, ended: 1, connected: 0 },
    { weekday: 2, hour: 10, calls: 2, ended: 2, connected: 2 },
    { weekday: 2, hour: 11, calls: 1, ended: 1, connected: 0 },
  ]);
  expect(report.byCallNumber).toEqual([
    { call: 1, hour: 0, calls: 1, ended: 1, connected: 0 },
    { call: 1, hour: 10, calls: 1, ended: 1, connected: 1 },
    { call: 1, hour: 11, calls: 1, ended: 1, connected: 0 },
    { call: 2, hour: 10, calls: 1, ended: 1, connected: 1 },
  ]);
  expect(report.byCallerId).toEqual([
    { callerId: '+918045680000', calls: 4, ended: 4, connected: 2, talkSeconds: 120 },
  ]);
  // what was refused on the agent's side never rang: it is no call
  expect(report.callsToConnect).toEqual([
    { calls: 1, contacts: 1 },
    { calls: 2, contacts: 1 },
  ]);
  expect([acceptedRows, report.talkSeconds.p90, report.connectRate]).toEqual([4, 100, 0.5]);
});

test('counts the calls of a period, and of a contact those before it too', async () => {
  await someAttempts();
  const { report } = await pageFacts(database, 'test', {
    since: new Date('2026-12-01T04:35:00Z'),
    until: new Date('2026-12-01T05:30:00Z'),
  });
  expect(report.byCallNumber).toEqual([
    { call: 1, hour: 10, calls: 1, ended: 1, connected: 1 },
    { call: 2, hour: 10, calls: 1, ended: 1, connected: 1 },
  ]);
  expect(report.attempts).toMatchObject({ total: 2, refused: 0, outcomes: { connected: 2 } });
  expect(report.callsToConnect).toEqual([
    { calls: 1, contacts: 1 },
    { calls: 2, contacts: 1 },
  ]);
  expect([report.contacts.total, report.talkSeconds.total, report.refusals]).toEqual([4, 120, []]);
  expect(
    words(
      renderPage(await pageFacts(database, 'test', { since: new Date('2026-12-01T04:35:00Z'), until: null })),
    ),
  ).toContain('Calls and attempts from 2026-12-01 10:05:00 +05:30 on; contacts as they stand.');
});

test('tells contacts, calls, talk time, agents and refusals in words as well as in charts', async () => {
  await someAttempts();
  await database.query(`update agents set name = 'Asha Rao' where id = $1`, [campaign.agentIds[0]]);
  const number = someNumbers(1)[0] ?? '';
  for (const code of ['interested', 'sale'] as const) {
    await disposeContact(database, 'test', { number, code, callAt: null, note: null }, 'cli:asha');
  }
  const seen = words(await page());
  for (const told of [
    'finished 2 50 % connected, called back, or closed by people',
    'Reached 2 50 % of contacts',
    'exhausted 1 25 %',
    'pending 1 25 %',
    'accepted rows 4',
    'Calls 4 all ended',
    'Connect rate 50 % 2 of 4 ended',
    'Talk time 2:00 in all',
    'Median talk 0:20',
    'Long talk 1:40',
    'no answer 1 25 %',
    'ended calls 4',
    'Tue 10:00 to 11:00: 2 calls, 2 of 2 ended connected (100 %)',
    '2nd 10:00 to 11:00: 1 calls, 1 of 1 ended connected (100 %)',
    'sale 1 100 % bought, renewed or agreed',
    'Asha Rao agent-001 3 1 33.3 % 1:40',
    'agent-002 1 1 100 % 0:20',
    '+918045680000 4 2 50 % 2:00',
    '10706 1 the user device is busy',
    'The states of the contacts add up to the 4 rows that were accepted.',
  ]) {
    expect(seen).toContain(told);
  }
});

test('is one page that stands alone: no script, nothing loaded, no broken number', async () => {
  await someAttempts();
  const html = await page();
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(html).not.toMatch(/<script|<link|<img|<iframe|\b(?:src|href|on\w+)=|url\(|https?:/i);
  expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/);
});

test('every tag that is opened is closed, in order', async () => {
  await someAttempts();
  const alone = new Set(['meta']);
  const open: string[] = [];
  for (const [, end = '', name = '', empty = ''] of (await page()).matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/g,
  )) {
    if (end !== '') expect(open.pop()).toBe(name);
    else if (empty === '' && !alone.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
});

test('shows what others wrote as text, never as markup', async () => {
  await attempted(0, 1, '2026-12-01T05:00:00Z', { outcome: 'rejected', errorText: '<img src=x onerror=1>' });
  await attempted(1, 1, '2026-12-01T05:00:00Z', { outcome: 'busy', callSid: 'sid' });
  await database.query(`update agents set name = '<b>Asha</b>'`);
  await database.query(
    `update campaigns set status = 'paused', paused_reason = '</p><script>1</script>', paused_by = 'a', paused_code = 'b'`,
  );
  const html = await page();
  expect(html).not.toMatch(/<img|<b>|<script>/);
  expect(html).toContain('&lt;b&gt;Asha&lt;/b&gt;');
  expect(html).toContain('&lt;img src=x onerror=1&gt;');
});

test('of a campaign that has called nobody says so, without empty charts', async () => {
  const seen = words(await page());
  expect(seen).toContain('No call has ended yet.');
  expect(seen).not.toMatch(/Hours|Attempts to connect|Refused|Caller IDs|Dispositions/);
});

test('fails where the contacts are not as many as the accepted rows', async () => {
  await database.query('update imports set accepted = 6');
  await expect(page()).rejects.toThrow('2 are missing');
});

test('while a list is being loaded, says to wait instead of calling the sums wrong', async () => {
  await database.query(`update imports set state = 'open', finished_at = null`);
  await expect(page()).rejects.toThrow('a list of test is being loaded');
});
