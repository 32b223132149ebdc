import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { BenchOptions } from './bench-options.ts';
import { writeContactFile } from './contact-file.ts';
import type { ExpectedCounts } from './contact-file.ts';
import { runContestant } from './contestant.ts';
import type { Measured, Order } from './contestant.ts';
import { createEmptyCampaign } from './empty-campaign.ts';
import { contactColumns } from './import-result.ts';
import type { ImportResult, ProductImport } from './import-result.ts';
import type { BenchServer } from './server.ts';
import { settleServer } from './server.ts';
import { atLeast, atMost, median, megabytes, rate, seconds } from './tables.ts';
import type { BenchTable, Bound } from './tables.ts';

/** How many times as many rows show what memory grows by. */
const growth = 4;

/**
 * Loads a list with the product, copies its clean rows as the floor, and loads it the naive way as the peer, in turns.
 * A figure counts only where all of them ended with the same contacts.
 */
export async function importBench(
  server: BenchServer,
  { rows, rounds, say }: BenchOptions,
): Promise<BenchTable> {
  const file = join(server.folder, 'contacts.csv');
  const expected = await writeContactFile(file, rows, 1);
  const clean = join(server.folder, 'clean.copy');
  const product: Measured<ProductImport>[] = [];
  const floor: Measured<ImportResult>[] = [];

  // the first run is not counted: it only makes the floor's rows
  const first = await inFreshDatabase(server, 'product', async (order) => {
    const { result } = await runContestant<ProductImport>('import-product.ts', {
      ...order,
      file,
    });
    requireCounts('the product', result, expected);
    await writeCleanRows(order.url, clean);
    return await fingerprint(order.url);
  });
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    await inFreshDatabase(server, 'product', async (order) => {
      product.push(await runContestant('import-product.ts', { ...order, file }));
      requireSame('the product', await fingerprint(order.url), first);
    });
    await inFreshDatabase(server, 'floor', async (order) => {
      const importId = await openImport(order);
      floor.push(await runContestant('import-floor.ts', { ...order, importId, file: clean }));
      requireSame('the floor', await fingerprint(order.url), first);
    });
  }
  say('the naive way');
  const naive = await inFreshDatabase(server, 'naive', async (order) => {
    const importId = await openImport(order);
    const measured = await runContestant<ImportResult>('import-naive.ts', { ...order, importId, file });
    requireCounts('the naive way', measured.result, expected);
    return measured;
  });
  await rm(clean);
  say(`${growth} times as many rows`);
  const larger = await inFreshDatabase(server, 'product', async (order) => {
    const counts = await writeContactFile(file, rows * growth, 2);
    const measured = await runContestant<ProductImport>('import-product.ts', { ...order, file });
    requireCounts('the product', measured.result, counts);
    return measured;
  });
  await rm(file);
  return tableOfImports(rows, { product, floor, naive, larger });
}

interface Imports {
  product: Measured<ProductImport>[];
  floor: Measured<ImportResult>[];
  naive: Measured<ImportResult>;
  larger: Measured<ProductImport>;
}

function tableOfImports(rows: number, { product, floor, naive, larger }: Imports): BenchTable {
  const floorMs = median(floor.map(({ result }) => result.ms));
  const productMs = median(product.map(({ result }) => result.ms));
  const peak = Math.max(...product.map(({ peakBytes }) => peakBytes));
  const delay = Math.max(...product.map(({ result }) => result.loopDelayP99Ms));
  const ratio = floorMs / productMs;
  const bytesPerRow = Math.max(0, larger.peakBytes - peak) / (rows * (growth - 1));
  const line = (what: string, of: number, ms: number, bytes: number, delayMs: string) => [
    what,
    seconds(ms),
    rate(of, ms),
    (floorMs / ms / (rows / of)).toFixed(2),
    megabytes(bytes),
    delayMs,
  ];
  return {
    title: `Import of ${rows} rows, from the file to committed contacts`,
    columns: ['way', 'time', 'rows', 'floor / time', 'peak memory', 'loop delay p99'],
    rows: [
      line('floor: COPY of the clean rows', rows, floorMs, median(floor.map((one) => one.peakBytes)), ''),
      line('dialer', rows, productMs, peak, `${delay.toFixed(1)} ms`),
      line('csv-parse + libphonenumber-js + INSERT', rows, naive.result.ms, naive.peakBytes, ''),
      line(
        `dialer, ${rows * growth} rows`,
        rows * growth,
        larger.result.ms,
        larger.peakBytes,
        `${larger.result.loopDelayP99Ms.toFixed(1)} ms`,
      ),
    ],
    bounds: [
      ...boundsOfSpeed(ratio, peak),
      atMost('memory for each further row', bytesPerRow, 34, 'bytes'),
      atMost('loop delay p99 while it runs', Math.max(delay, larger.result.loopDelayP99Ms), 20, 'ms'),
    ],
  };
}

/** Either fast within 400 MB, or a little slower within 250. */
function boundsOfSpeed(ratio: number, peakBytes: number): Bound[] {
  const small = peakBytes <= 250e6 && ratio < 0.85;
  return [
    atLeast('floor / time', ratio, small ? 0.74 : 0.85),
    atMost('peak memory', peakBytes / 1e6, small ? 250 : 400, 'MB'),
  ];
}

async function inFreshDatabase<Result>(
  server: BenchServer,
  name: string,
  work: (order: Omit<Order, 'file'>) => Promise<Result>,
): Promise<Result> {
  const url = await server.fresh(name);
  const campaignId = await createEmptyCampaign(url);
  await settleServer(url);
  const result = await work({ url, campaignId, importId: 0 });
  await server.drop(name);
  return result;
}

async function openImport({ url, campaignId }: Omit<Order, 'file'>): Promise<number> {
  return await withClient(url, async (client) => {
    const opened = await client.query<{ id: string }>(
      `insert into imports (campaign_id, file_name, sha256, size_bytes, actor)
       values ($1, 'contacts.csv', '', 0, 'bench') returning id`,
      [campaignId],
    );
    return Number(opened.rows[0]?.id);
  });
}

async function writeCleanRows(url: string, path: string): Promise<void> {
  await withClient(url, async (client) => {
    const rows = client.query(
      copyTo(`copy (select ${contactColumns} from contacts order by row_number) to stdout`),
    );
    await pipeline(rows, createWriteStream(path));
  });
}

/** Tells whether two databases have the same contacts. */
async function fingerprint(url: string): Promise<string> {
  return await withClient(url, async (client) => {
    const found = await client.query<{ fingerprint: string }>(
      `select count(*) || ' contacts, ' || bit_xor(hashtextextended(row(${contactColumns})::text, 0)) as fingerprint
       from contacts`,
    );
    return found.rows[0]?.fingerprint ?? '';
  });
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function requireSame(who: string, is: string, expected: string): void {
  if (is !== expected) throw new Error(`${who} ended with ${is} instead of ${expected}`);
}

function requireCounts(who: string, is: ImportResult, expected: ExpectedCounts): void {
  for (const count of ['accepted', 'rejected', 'duplicates'] as const) {
    if (is[count] === expected[count]) continue;
    throw new Error(`${who} ${count} ${is[count]} rows instead of ${expected[count]}`);
  }
}
