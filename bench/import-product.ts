import { monitorEventLoopDelay } from 'node:perf_hooks';
import { importList } from '../src/contacts/import-list.ts';
import { loadImport } from '../src/contacts/load-import.ts';
import { createDatabase } from '../src/db/pool.ts';
import { startJobs } from '../src/jobs/jobs.ts';
import { createLog } from '../src/log.ts';
import { contest } from './contestant.ts';
import { campaignName } from './empty-campaign.ts';
import type { ProductImport } from './import-result.ts';

/** The product: from the file to committed contacts, by the functions that the command and the job call. */
contest<ProductImport>(async ({ url, file }) => {
  const log = createLog('warn');
  const database = createDatabase(url, { log });
  const jobs = await startJobs(url, log);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  try {
    const startedAt = performance.now();
    const { importId } = await importList({
      database,
      jobs,
      campaign: campaignName,
      file,
      mapping: {},
      actor: 'bench',
    });
    const storedAt = performance.now();
    loop.enable();
    await loadImport(database, importId, log);
    loop.disable();
    const endedAt = performance.now();
    const found = await database.query<{ accepted: number; rejected: number; duplicates: number }>(
      'select accepted, rejected, duplicates from imports where id = $1',
      [importId],
    );
    const { accepted = 0, rejected = 0, duplicates = 0 } = found.rows[0] ?? {};
    return {
      ms: endedAt - startedAt,
      loadMs: endedAt - storedAt,
      loopDelayP99Ms: loop.percentile(99) / 1e6,
      accepted,
      rejected,
      duplicates,
    };
  } finally {
    await jobs.stop();
    await database.close();
  }
});
