import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { createLog } from '../log.ts';
import { printJson } from './output.ts';
import { withDatabaseUrl } from './session.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to the schema of this version (every other command does so by itself)')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: true }) => {
      const config = readConfig(process.env);
      const log = createLog(config.logLevel);
      const applied = await withDatabaseUrl(config, log, (url) => migrate({ url, log }));
      if (options.json) printJson({ applied });
      else process.stdout.write(applied.length === 0 ? 'nothing to do\n' : `applied ${applied.join(', ')}\n`);
    });
}
