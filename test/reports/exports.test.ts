import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { writeContactsCsv } from '../../src/reports/contacts-csv.ts';
import {
  createPartWriter,
  deleteExpired,
  exportById,
  exportFile,
  finishExport,
  insertExport,
  listExports,
} from '../../src/reports/export-store.ts';
import { makeInThread } from '../../src/reports/export-worker-thread.ts';
import { askForExport, makeExport, workOnExports } from '../../src/reports/make-export.ts';
import { always } from '../../src/reports/period.ts';
import type { WantedReport } from '../../src/reports/write-report.ts';
import { testDatabase } from '../support/database.ts';
import { one } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';
import { campaignWithoutList, loadedList, textSink } from './dialled.ts';

const log = createLog('fatal');
const csv: WantedReport = { format: 'csv', attempts: false, spreadsheet: false, period: always };

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
  const { campaignId } = await campaignWithoutList(database);
  await loadedList(database, campaignId, ['phone', 'note'], []);
  await database.query(
    `insert into contacts (campaign_id, import_id, row_number, number, numbers, cells)
     select campaign_id, id, row + 1, '+91' || (9800000000 + row), array['+91' || (9800000000 + row)],
       array[row::text, repeat('x', 900)]
     from imports, generate_series(1, 3000) row`,
  );
  await database.query('update imports set accepted = 3000');
});

async function asked(wanted = csv): Promise<number> {
  return await database.transaction(
    async (transaction) => (await insertExport(transaction, 'test', wanted, 'cli:asha')).id,
  );
}

async function fetched(id: number): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of exportFile(database, await exportById(database, id))) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function written(): Promise<string> {
  const sink = textSink();
  await writeContactsCsv(database, 'test', sink.output);
  return sink.text();
}

const partsLeft = async () =>
  await one<{ runs: number; parts: number }>(
    database,
    'select count(distinct run) as runs, count(*) as parts from export_parts',
  );

async function jobs(): Promise<Jobs> {
  const started = await startJobs(database.url, log);
  onTestFinished(() => started.stop());
  return started;
}

test('a worker makes what was asked for, and it is fetched as it would have been written', async () => {
  const queue = await jobs();
  const { id, expiresAt } = await askForExport(database, queue, 'test', csv, 'cli:asha');
  expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
  expect(await exportById(database, id)).toMatchObject({ state: 'open', contents: null, sizeBytes: null });
  await workOnExports(database, queue, log);
  await waitFor(async () => (await exportById(database, id)).state === 'done', {
    what: 'the export',
    timeout: 60_000,
  });
  const text = await written();
  expect(await fetched(id)).toBe(text);
  expect(await listExports(database, 'test')).toMatchObject([
    {
      id,
      campaign: 'test',
      format: 'csv',
      attempts: false,
      state: 'done',
      contents: '3000 contacts',
      sizeBytes: Buffer.byteLength(text),
      actor: 'cli:asha',
    },
  ]);
  expect((await partsLeft()).parts).toBeGreaterThan(1);
});

test('of an unknown campaign nothing is asked for', async () => {
  const queue = await jobs();
  await expect(askForExport(database, queue, 'nope', csv, 'cli:asha')).rejects.toThrow(
    'there is no campaign nope',
  );
});

test('a workbook of more rows than a sheet holds is refused when it is asked for', async () => {
  const queue = await jobs();
  const xlsx: WantedReport = { ...csv, format: 'xlsx' };
  await database.query('update imports set accepted = 1048576');
  await expect(askForExport(database, queue, 'test', xlsx, 'cli:asha')).rejects.toThrow(
    'there are 1048576 contacts, and a sheet of an XLSX file holds 1048575: use --format csv',
  );
  expect(await listExports(database, 'test')).toEqual([]);
  // its attempts are few
  await askForExport(database, queue, 'test', { ...xlsx, attempts: true }, 'cli:asha');
});

describe('a run that ends halfway', () => {
  test('leaves nothing that is fetched, and the next one makes it whole', async () => {
    const id = await asked();
    const killed = createPartWriter(database, id, '00000000-0000-0000-0000-000000000001');
    await new Promise((resolve) => killed.output.write(Buffer.alloc(1_100_000, 'x'), resolve));
    expect(await partsLeft()).toEqual({ runs: 1, parts: 1 });
    expect((await exportById(database, id)).state).toBe('open');
    await makeExport(database, id, log);
    expect(await fetched(id)).toBe(await written());
    expect((await partsLeft()).runs).toBe(1);
  });

  test('that was stopped takes its parts away and can begin anew', async () => {
    const id = await asked();
    await expect(makeExport(database, id, log, AbortSignal.abort())).rejects.toThrow(/abort/i);
    expect(await partsLeft()).toEqual({ runs: 0, parts: 0 });
    await makeExport(database, id, log);
    expect((await exportById(database, id)).state).toBe('done');
  });

  test('in its thread, told to stop, does so, too', async () => {
    const id = await asked();
    const stopping = new AbortController();
    const making = makeInThread(database, id, log, stopping.signal);
    stopping.abort();
    await expect(making).rejects.toThrow(/abort/i);
    expect(await partsLeft()).toEqual({ runs: 0, parts: 0 });
    expect((await exportById(database, id)).state).toBe('open');
    await makeInThread(database, id, log, new AbortController().signal);
    expect(await fetched(id)).toBe(await written());
  });

  test('and comes to life again when another was first changes nothing', async () => {
    const id = await asked();
    const slow = '00000000-0000-0000-0000-000000000001';
    await makeExport(database, id, log);
    const late = createPartWriter(database, id, slow);
    await new Promise((resolve) => late.output.write(Buffer.from('late'), resolve));
    expect(await finishExport(database, id, slow, { contents: 'x', sizeBytes: await late.finish() })).toBe(
      false,
    );
    expect(await fetched(id)).toBe(await written());
    await makeExport(database, id, log);
    expect(await fetched(id)).toBe(await written());
  });
});

describe('a file that comes in one large piece', () => {
  const run = '00000000-0000-0000-0000-000000000001';
  const piece = Buffer.alloc(2_000_000, 'x');

  async function writePiece(id: number): Promise<number> {
    const parts = createPartWriter(database, id, run);
    await pipeline(Readable.from([piece]), parts.output, { end: false });
    return await parts.finish();
  }

  test('is counted and fetched whole, though nobody waited for its last write', async () => {
    const id = await asked();
    const sizeBytes = await writePiece(id);
    expect(sizeBytes).toBe(piece.length);
    await finishExport(database, id, run, { contents: 'x', sizeBytes });
    expect(await fetched(id)).toBe(piece.toString());
  });

  test('fails where that write does', async () => {
    const id = await asked();
    await database.query('delete from exports');
    await expect(writePiece(id)).rejects.toThrow('export_parts');
  });
});

test('one that cannot be made says why, and keeps nothing', async () => {
  await database.query('update imports set accepted = 3001');
  const id = await asked();
  await makeExport(database, id, log);
  expect(await exportById(database, id)).toMatchObject({
    state: 'failed',
    error: expect.stringContaining('1 are missing'),
  });
  expect(await partsLeft()).toEqual({ runs: 0, parts: 0 });
});

test('every form is made, and of a period', async () => {
  const period = { since: new Date('2026-12-01T00:00:00Z'), until: null };
  for (const format of ['json', 'jsonl', 'xlsx', 'html'] as const) {
    const id = await asked({ format, attempts: format === 'jsonl', spreadsheet: false, period });
    await makeExport(database, id, log);
    expect(await exportById(database, id)).toMatchObject({ state: 'done', format });
    if (format === 'json') {
      expect(JSON.parse(await fetched(id))).toMatchObject({ since: '2026-12-01T05:30:00.000+05:30' });
    }
  }
});

test('is deleted with its file when its time has come', async () => {
  const [kept, gone] = [await asked(), await asked()];
  await makeExport(database, gone, log);
  const file = await exportById(database, gone);
  await database.query(`update exports set expires_at = clock_timestamp() where id = $1`, [gone]);
  await expect(exportById(database, gone)).rejects.toThrow(`there is no export ${gone}`);
  await deleteExpired(database);
  expect((await listExports(database, null)).map((left) => left.id)).toEqual([kept]);
  expect(await partsLeft()).toEqual({ runs: 0, parts: 0 });
  await expect(async () => {
    for await (const part of exportFile(database, file)) expect(part).toBeNull();
  }).rejects.toThrow('was deleted while it was fetched');
});
