import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createDatabase } from '../src/db/pool.ts';
import { createLog } from '../src/log.ts';
import { writeContactsCsv } from '../src/reports/contacts-csv.ts';
import { contest } from './contestant.ts';
import { campaignName } from './empty-campaign.ts';
import type { ProductExport } from './export-result.ts';

/** The product: every contact with what came of it, by the function that the command and the job call. */
contest<ProductExport>(async ({ url, file }) => {
  const database = createDatabase(url, { log: createLog('warn') });
  const output = createWriteStream(file);
  const memory: number[] = [];
  const sampling = setInterval(() => memory.push(process.memoryUsage.rss()), 10);
  const startedAt = performance.now();
  const rows = await writeContactsCsv(database, campaignName, output);
  output.end();
  await finished(output);
  const ms = performance.now() - startedAt;
  clearInterval(sampling);
  await database.close();
  const half = Math.floor(memory.length / 2);
  const halves = {
    firstBytes: Math.max(...memory.slice(0, half)),
    secondBytes: Math.max(...memory.slice(half)),
  };
  return { ms, rows, halves };
});
