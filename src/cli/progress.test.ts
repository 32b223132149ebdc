import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Progress } from '../reports/progress.ts';
import type { CampaignSummary } from '../reports/summary.ts';
import { percent, renderLine, renderPanel, roughly, standingOf, timeLeft } from './progress.ts';

const minute = 60_000;
const now = new Date('2026-12-01T05:00:00Z');
const plain = (_: unknown, text: string) => text;

const summary: CampaignSummary = {
  name: 'renewal-november',
  mode: 'agents',
  status: 'running',
  reason: null,
  warning: null,
  contacts: {
    total: 500,
    pending: 298,
    dialing: 12,
    finished: 150,
    exhausted: 30,
    suppressed: 5,
    held: 5,
    expired: 0,
    canceled: 0,
  },
  rejectedRows: 3,
  attempts: { total: 230, live: 12, refused: 4, outcomes: { connected: 150, no_answer: 68 } },
  requests: { lastMinute: 180, limit: 198 },
  agents: { total: 20, available: 3, onCall: 12, wrapUp: 0, coolingDown: 4, paused: 0, disabled: 1 },
};

function progress(changes: Partial<Progress> = {}, summaryChanges: Partial<CampaignSummary> = {}): Progress {
  return {
    summary: { ...summary, ...summaryChanges },
    waitingForRetry: 30,
    lastDueAt: null,
    recentlyDone: 100,
    recentMs: 5 * minute,
    now,
    timezone: 'Asia/Kolkata',
    ...changes,
  };
}

describe('what stands where', () => {
  test('adds up to all contacts, and only final states are done', () => {
    expect(standingOf(progress())).toEqual({
      total: 500,
      done: 190,
      live: 12,
      waitingForRetry: 30,
      notYetDialled: 268,
    });
  });

  test('adds up when contacts moved between the two countings', () => {
    const { waitingForRetry, notYetDialled } = standingOf(progress({ waitingForRetry: 300 }));
    expect([waitingForRetry, notYetDialled]).toEqual([298, 0]);
  });
});

describe('the time left', () => {
  test('is what the rest takes at the rate of the last minutes', () => {
    // 310 contacts at 20 a minute
    expect(timeLeft(progress())).toBe(15.5 * minute);
  });

  test('is never less than the last retry has to wait', () => {
    const lastDueAt = new Date(now.getTime() + 120 * minute);
    expect(timeLeft(progress({ lastDueAt }))).toBe(120 * minute);
    expect(timeLeft(progress({ lastDueAt: new Date(now.getTime() - minute) }))).toBe(15.5 * minute);
  });

  const refused: [string, Progress][] = [
    ['before anything was done', progress({ recentlyDone: 0 })],
    ['by the first four contacts', progress({ recentlyDone: 4 })],
    ['by the first seconds', progress({ recentMs: 14_000 })],
    ['while paused', progress({}, { status: 'paused', reason: 'paused by asha' })],
    [
      'while nothing is dialled',
      progress({}, { reason: 'outside calling hours', attempts: { ...summary.attempts, live: 0 } }),
    ],
    ['past two weeks', progress({ recentlyDone: 5, lastDueAt: new Date('2027-01-01') })],
    [
      'when nothing is left',
      progress({}, { contacts: { ...summary.contacts, pending: 0, dialing: 0, finished: 460 } }),
    ],
  ];
  test.each(refused)('is not told %s', (_, given) => {
    expect(timeLeft(given)).toBeNull();
  });

  test('is rounded to what it is worth', () => {
    expect([1, 44_000, 90_000, 59.6 * minute, 101 * minute, 30.2 * 60 * minute].map(roughly)).toEqual([
      '5s',
      '45s',
      '2m',
      '1h',
      '1h40m',
      '1d6h',
    ]);
  });
});

test('a share is 100 % only when it is all, and 0 % only when it is nothing', () => {
  expect([percent(0, 10), percent(1, 1000), percent(999, 1000), percent(10, 10), percent(0, 0)]).toEqual([
    '0 %',
    '1 %',
    '99 %',
    '100 %',
    '0 %',
  ]);
});

describe('the panel', () => {
  const reason =
    'the contacts left wait to be called again, the first on Tue 1 Dec 2026 12:00 (Asia/Kolkata)';

  test.each([60, 80, 140])('keeps within a terminal of %i columns', (columns) => {
    const panel = renderPanel(progress({}, { reason }), { columns, paint: plain });
    expect(Math.max(...panel.split('\n').map((line) => line.length))).toBeLessThan(columns);
  });

  test('says how far it is, what is under way and why it does not dial', () => {
    const panel = renderPanel(progress({}, { reason }), { columns: 80, paint: plain });
    expect(panel.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'renewal-november running 190 of 500 contacts done',
      '',
      expect.stringMatching(/^█+▓+▒+░+ 38 %$/),
      '█ 190 done ▓ 12 live ▒ 30 waiting for retry ░ 268 not yet dialled',
      '',
      'calls 12 live · 150 connected, 69 % of 218 ended',
      'requests ██████████████████░░ 180 of 198 in the last minute',
      'agents 12 on call · 3 available · 4 cooling down · 1 disabled',
      'time left about 16m at this pace',
      'not dialling the contacts left wait to be called again, the first on Tue 1 Dec',
      ' 2026 12:00 (Asia/Kolkata)',
    ]);
  });

  test('has nothing but colours in its colours', () => {
    const paint = (_: unknown, text: string) => `\u001b[32m${text}\u001b[39m`;
    const colored = renderPanel(progress(), { columns: 80, paint });
    expect(stripVTControlCharacters(colored)).toBe(renderPanel(progress(), { columns: 80, paint: plain }));
  });
});

test('the plain line says the same', () => {
  expect(renderLine(progress({}, { reason: 'outside calling hours' }))).toBe(
    '190 of 500 done (38 %), 12 live, 30 waiting for retry, 268 not yet dialled; 150 connected; ' +
      '180 of 198 requests in the last minute; about 16m left; not dialling: outside calling hours',
  );
});
