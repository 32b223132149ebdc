import { importList } from '../../src/contacts/import-list.ts';
import { loadImport } from '../../src/contacts/load-import.ts';
import { createDatabase } from '../../src/db/pool.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';

export interface ImportOrder {
  databaseUrl: string;
  campaign: string;
  file: string;
}

/*
 * Takes a list in and loads it, as the command and the job do, in a process that may be killed at any moment. Says when
 * it begins, so that the time to the kill is a time of work.
 */
process.once('message', ({ databaseUrl, campaign, file }: ImportOrder) => {
  void (async () => {
    const log = createLog('warn');
    const database = createDatabase(databaseUrl, { log });
    const jobs = await startJobs(databaseUrl, log);
    process.send?.('begins');
    const { importId } = await importList({ database, jobs, campaign, file, mapping: {}, actor: 'test' });
    await loadImport(database, importId, log);
    await jobs.stop();
    await database.close();
    process.disconnect();
  })();
});
