import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchOptions } from './bench-options.ts';
import { runContestant } from './contestant.ts';
import type { Measured, Order } from './contestant.ts';
import { createEmptyCampaign } from './empty-campaign.ts';
import type { ExportResult, ProductExport } from './export-result.ts';
import { fillAttempts } from './fill-attempts.ts';
import { fillCampaign } from './fill-campaign.ts';
import type { BenchServer } from './server.ts';
import { watchSnapshots } from './snapshots.ts';
import { atLeast, atMost, median, megabytes, rate, seconds } from './tables.ts';
import type { BenchTable } from './tables.ts';

interface Exports {
  product: Measured<ProductExport>[];
  floor: Measured<ExportResult>[];
  snapshotMs: number;
  floorSnapshotMs: number;
  bytes: number;
}

/**
 * Exports a campaign that is over with the product, and by one COPY of one query as the floor, in turns. Both must write
 * the same bytes but for the header.
 */
export async function exportBench(
  server: BenchServer,
  { rows, rounds, say }: BenchOptions,
): Promise<BenchTable> {
  const url = await server.fresh('export');
  const campaignId = await createEmptyCampaign(url);
  say('filling the campaign');
  const importId = await fillCampaign(url, campaignId, rows, 'finished');
  await fillAttempts(url, campaignId);
  const file = join(server.folder, 'export.csv');
  const order: Order = { url, campaignId, importId, file };
  const exports: Exports = { product: [], floor: [], snapshotMs: 0, floorSnapshotMs: 0, bytes: 0 };

  // round 0 is not counted: it brings the tables into memory for both
  for (let round = 0; round <= rounds; round += 1) {
    say(round === 0 ? 'first a round that is not counted' : `round ${round} of ${rounds}`);
    const floor = await watched(url, () => runContestant<ExportResult>('export-floor.ts', order));
    const expected = await hashOfRows(file, { header: false });
    const product = await watched(url, () => runContestant<ProductExport>('export-product.ts', order));
    if ((await hashOfRows(file, { header: true })) !== expected)
      throw new Error('the export and the floor wrote different rows');
    exports.bytes = (await stat(file)).size;
    await rm(file);
    if (round === 0) continue;
    exports.product.push(product.measured);
    exports.floor.push(floor.measured);
    exports.snapshotMs = Math.max(exports.snapshotMs, product.longestMs);
    exports.floorSnapshotMs = Math.max(exports.floorSnapshotMs, floor.longestMs);
  }
  return tableOfExports(rows, exports);
}

function tableOfExports(
  rows: number,
  { product, floor, snapshotMs, floorSnapshotMs, bytes }: Exports,
): BenchTable {
  const floorMs = median(floor.map(({ result }) => result.ms));
  const productMs = median(product.map(({ result }) => result.ms));
  const peak = Math.max(...product.map(({ peakBytes }) => peakBytes));
  const floorPeak = Math.max(...floor.map(({ peakBytes }) => peakBytes));
  const grown = Math.max(
    0,
    ...product.map(({ result: { halves } }) => halves.secondBytes - halves.firstBytes),
  );
  const line = (what: string, ms: number, peakBytes: number, longestMs: number) => [
    what,
    seconds(ms),
    rate(rows, ms),
    (floorMs / ms).toFixed(2),
    megabytes(peakBytes),
    seconds(longestMs),
  ];
  return {
    title: `Export of ${rows} contacts with their attempts as CSV (${megabytes(bytes)})`,
    columns: ['way', 'time', 'rows', 'floor / time', 'peak memory', 'longest snapshot'],
    rows: [
      line('floor: one COPY of one query', floorMs, floorPeak, floorSnapshotMs),
      line('dialer', productMs, peak, snapshotMs),
    ],
    bounds: [
      atLeast('floor / time', floorMs / productMs, 0.85),
      atMost('peak memory', peak / 1e6, 100, 'MB'),
      atMost('growth of memory in the second half', grown / 1e6, 5, 'MB'),
      atMost('longest snapshot', snapshotMs / 1000, 1, 's'),
    ],
  };
}

async function watched<Result>(
  url: string,
  run: () => Promise<Result>,
): Promise<{ measured: Result; longestMs: number }> {
  const watch = await watchSnapshots(url);
  try {
    const measured = await run();
    return { measured, longestMs: await watch.stop() };
  } catch (error) {
    await watch.stop();
    throw error;
  }
}

async function hashOfRows(file: string, { header }: { header: boolean }): Promise<string> {
  const hash = createHash('sha256');
  let rest = header;
  for await (const chunk of createReadStream(file)) {
    const bytes = Buffer.from(chunk);
    hash.update(rest ? bytes.subarray(bytes.indexOf(10) + 1) : bytes);
    rest = false;
  }
  return hash.digest('hex');
}
