import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Database } from '../../src/db/pool.ts';
import { always } from '../../src/reports/period.ts';
import { fetchRecordings } from '../../src/results/recording-fetch.ts';
import type { FetchOptions, RecordingsFetched } from '../../src/results/recording-fetch.ts';
import { testDatabase } from '../support/database.ts';
import { someNumbers } from '../support/rig.ts';
import type { Seeded } from '../support/seed.ts';
import { campaignWithoutList, loadedList, tried } from './dialled.ts';

let database: Database;
let campaign: Seeded;
let importId: number;
let contactIds: number[];
let folder: string;
const numbers = someNumbers(3);
const sound = Buffer.alloc(20_000, 7);
beforeEach(async () => {
  ({ database } = await testDatabase());
  campaign = await campaignWithoutList(database);
  ({ importId, contactIds } = await loadedList(
    database,
    campaign.campaignId,
    ['phone'],
    numbers.map((number) => ({ number, cells: [number], state: 'finished' })),
  ));
  folder = await mkdtemp(join(tmpdir(), 'recordings-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

interface Asked {
  path: string;
  authorization: string | undefined;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A host of recordings that notes who asked with what. */
async function host(answer: Answer): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the host has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

const whole: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': sound.length });
  response.end(sound);
};

async function recorded(
  index: number,
  recordingUrl: string,
  placedAt = '2026-12-01T05:00:00Z',
): Promise<void> {
  await tried(database, campaign, {
    contactId: contactIds[index] ?? 0,
    number: numbers[index] ?? '',
    agentId: campaign.agentIds[0] ?? 0,
    outcome: 'connected',
    callSid: `sid-${index}`,
    claimedAt: placedAt,
    placedAt,
    talkSeconds: 40,
    recordingUrl,
  });
}

async function fetchAll(apiUrl: string, options: Partial<FetchOptions> = {}): Promise<RecordingsFetched> {
  return await fetchRecordings({
    database,
    campaignId: campaign.campaignId,
    campaign: 'test',
    timezone: 'Asia/Kolkata',
    period: always,
    account: { credentials: { key: 'key', token: 'token' }, ccmUrl: apiUrl, v1Url: apiUrl },
    folder,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    pause: async () => undefined,
    ...options,
  });
}

const fileOf = (index: number): string =>
  `list-${importId}-row-${index + 2}-${(numbers[index] ?? '').slice(1)}-attempt-1.mp3`;

async function indexRows(name = 'test'): Promise<Record<string, string>[]> {
  const text = await readFile(join(folder, `index-${name}.csv`), 'utf8');
  return z.array(z.record(z.string(), z.string())).parse(parse(text, { columns: true }));
}

test('fetches each recording once, under its name, and says in the index which call it is of', async () => {
  const exotel = await host(whole);
  for (const at of [0, 1, 2]) await recorded(at, `${exotel.url}/recordings/${at}.mp3`);
  expect(await fetchAll(exotel.url)).toMatchObject({
    recordings: 3,
    fetched: 3,
    already: 0,
    missing: 0,
    bytes: 60_000,
  });
  expect((await readdir(folder)).toSorted()).toEqual(
    [fileOf(0), fileOf(1), fileOf(2), 'index-test.csv'].toSorted(),
  );
  expect(await readFile(join(folder, fileOf(1)))).toEqual(sound);
  expect((await indexRows()).find((row) => row['call_sid'] === 'sid-0')).toMatchObject({
    file: fileOf(0),
    bytes: '20000',
    problem: '',
    list: 'list.csv',
    row: '2',
    number: numbers[0],
    attempt_number: '1',
    placed_at: '2026-12-01T10:30:00.000+05:30',
    agent: 'agent-001',
    call_sid: 'sid-0',
  });
  expect(await fetchAll(exotel.url)).toMatchObject({ fetched: 0, already: 3, missing: 0 });
  expect(exotel.asked).toHaveLength(3);
});

test('fetches anew what was cut short, and what a stopped run left half', async () => {
  const exotel = await host(whole);
  for (const at of [0, 1]) await recorded(at, `${exotel.url}/recordings/${at}.mp3`);
  await fetchAll(exotel.url);
  await truncate(join(folder, fileOf(0)), 500);
  await rm(join(folder, fileOf(1)));
  await writeFile(join(folder, `${fileOf(1)}.partial`), 'half');
  expect(await fetchAll(exotel.url)).toMatchObject({ fetched: 2, already: 0 });
  expect(await readFile(join(folder, fileOf(0)))).toEqual(sound);
  expect(await readdir(folder)).not.toContain(`${fileOf(1)}.partial`);
});

test('fetches those of a period alone, and keeps the others in the index', async () => {
  const exotel = await host(whole);
  await recorded(0, `${exotel.url}/a.mp3`, '2026-12-01T05:00:00Z');
  await recorded(1, `${exotel.url}/b.mp3`, '2026-12-02T05:00:00Z');
  const second = { since: new Date('2026-12-02T00:00:00Z'), until: null };
  expect(await fetchAll(exotel.url, { period: second })).toMatchObject({ recordings: 1, fetched: 1 });
  expect((await indexRows()).map((row) => row['file'])).toEqual([fileOf(1)]);
  const first = { since: null, until: new Date('2026-12-02T00:00:00Z') };
  expect(await fetchAll(exotel.url, { period: first })).toMatchObject({ recordings: 1, fetched: 1 });
  expect((await indexRows()).map((row) => row['file'])).toEqual([fileOf(0), fileOf(1)]);
});

describe('the account’s credentials', () => {
  const basic = `Basic ${Buffer.from('key:token').toString('base64')}`;

  test('go to its own hosts, to no other, and never along with a redirect', async () => {
    const storage = await host(whole);
    const exotel = await host((request, response) => {
      if (request.url === '/moved.mp3')
        response.writeHead(302, { location: `${storage.url}/real.mp3` }).end();
      else if (request.url === '/round.mp3') response.writeHead(307, { location: '/here.mp3' }).end();
      else whole(request, response);
    });
    await recorded(0, `${exotel.url}/moved.mp3`);
    await recorded(1, `${exotel.url}/round.mp3`);
    await recorded(2, `${storage.url}/foreign.mp3`);
    expect(await fetchAll(exotel.url)).toMatchObject({ fetched: 3, missing: 0 });
    const sent = [...exotel.asked, ...storage.asked].map(({ path, authorization }) => [path, authorization]);
    expect(Object.fromEntries(sent)).toEqual({
      '/moved.mp3': basic,
      '/round.mp3': basic,
      '/here.mp3': undefined,
      '/real.mp3': undefined,
      '/foreign.mp3': undefined,
    });
  });
});

describe('what cannot be fetched is told, and leaves no file:', () => {
  test.each<[string, Answer, string, number]>([
    ['gone', (_, response) => response.writeHead(404).end(), 'does not have it (404)', 1],
    ['refused', (_, response) => response.writeHead(401).end(), "refuses the account's credentials (401)", 1],
    [
      'a page to log in at',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      'no recording',
      1,
    ],
    ['busy', (_, response) => response.writeHead(503).end(), 'out of order or busy (503)', 3],
    [
      'empty',
      (_, response) => response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(),
      'it is empty',
      3,
    ],
    [
      'cut short',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': sound.length });
        response.write(sound.subarray(0, 1000), () => response.destroy());
      },
      'it broke off',
      3,
    ],
    ['a circle', (_, response) => response.writeHead(302, { location: '/again' }).end(), 'without end', 18],
  ])('%s', async (_name, answer, reason, requests) => {
    const exotel = await host(answer);
    await recorded(0, `${exotel.url}/a.mp3`);
    const fetched = await fetchAll(exotel.url);
    expect(fetched).toMatchObject({
      fetched: 0,
      missing: 1,
      missingOnes: [{ row: 2, number: numbers[0], callSid: 'sid-0' }],
    });
    expect(fetched.missingOnes[0]?.reason).toContain(reason);
    expect(exotel.asked).toHaveLength(requests);
    expect(await readdir(folder)).toEqual(['index-test.csv']);
    expect((await indexRows())[0]).toMatchObject({
      file: '',
      row: '2',
      problem: expect.stringContaining(reason),
    });
  });

  test('what works when it is tried again is fetched', async () => {
    let times = 0;
    const exotel = await host((request, response) => {
      times += 1;
      if (times === 1) response.destroy();
      else whole(request, response);
    });
    await recorded(0, `${exotel.url}/a.mp3`);
    expect(await fetchAll(exotel.url)).toMatchObject({ fetched: 1, missing: 0 });
  });

  test('a connected call without a recording is counted, and in the index', async () => {
    await recorded(0, 'ftp://example.net/a.mp3');
    await recorded(1, 'ftp://example.net/a.mp3', '2026-12-02T05:00:00Z');
    await database.query('update attempts set recording_url = null');
    const first = { since: null, until: new Date('2026-12-02T00:00:00Z') };
    expect(await fetchAll('http://127.0.0.1:9', { period: first })).toMatchObject({
      recordings: 0,
      withoutRecording: 1,
      missing: 0,
    });
    expect(await indexRows()).toMatchObject([
      {
        file: '',
        bytes: '',
        problem: 'Exotel has told no recording of it so far',
        call_sid: 'sid-0',
        recording_url: '',
      },
    ]);
  });
});

test('of two campaigns in one folder each keeps its index', async () => {
  const exotel = await host(whole);
  await recorded(0, `${exotel.url}/a.mp3`);
  await fetchAll(exotel.url);
  const before = await indexRows();
  await fetchAll(exotel.url, { campaignId: campaign.campaignId + 1, campaign: 'other' });
  expect([before.length, await indexRows(), await indexRows('other')]).toEqual([1, before, []]);
});

test('when it is stopped, what it has is in the index, and the next run goes on', async () => {
  const stop = new AbortController();
  const exotel = await host((request, response) => {
    if (request.url === '/0.mp3') whole(request, response);
    else stop.abort();
  });
  for (const at of [0, 1, 2]) await recorded(at, `${exotel.url}/${at}.mp3`, `2026-12-01T05:0${at}:00Z`);
  const first = fetchAll(exotel.url, { signal: stop.signal });
  await expect(first).rejects.toThrow(/abort/i);
  expect((await indexRows()).every((row) => row['bytes'] === '20000')).toBe(true);
  expect((await readdir(folder)).filter((file) => file.endsWith('.partial'))).toEqual([]);
});
