import type { QueryResultRow } from 'pg';
import { createDatabase } from '../../src/db/pool.ts';
import type { Database, Transaction } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { startService } from '../../src/serve.ts';
import type { DialerOrder, Trap } from './dialer-messages.ts';

/*
 * A dialer in a process of its own, made of the parts that `dialer worker` is made of. Its database is watched from
 * outside the product: at the statement that the test names the process kills or stops itself, or waits to be told.
 */
process.once('message', (order: DialerOrder) => {
  const { config, databaseUrl, trap } = order;
  const log = createLog(config.logLevel);
  const database = watched(createDatabase(databaseUrl, { log }), trap);
  void startService({ config, database, log }, ['worker']).then((service) => {
    process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
    process.send?.('started');
  });
});
process.on('disconnect', () => process.exit(0));

/** The same database, but for one statement at which this process meets its fate. */
function watched(real: Database, trap: Trap | null): Database {
  if (trap === null) return real;
  const pattern = new RegExp(trap.statement);
  let seen = 0;
  const counts = async (): Promise<boolean> =>
    trap.since === undefined || seen > 0 || (await real.query(trap.since)).rowCount !== 0;
  const isTheOne = async (sql: string): Promise<boolean> =>
    pattern.test(sql) && (await counts()) && (seen += 1) === trap.nth;
  const spring = async (found: boolean, when: Trap['when']): Promise<void> => {
    if (!found || when !== trap.when) return;
    await new Promise((resolve) => process.send?.('trapped', resolve));
    if (trap.act.startsWith('hold')) await new Promise((resolve) => process.once('message', resolve));
    if (trap.act.endsWith('lose') || trap.act === 'lose_reply') {
      throw new Error('Connection terminated unexpectedly');
    }
    if (trap.act === 'SIGKILL' || trap.act === 'SIGSTOP') process.kill(process.pid, trap.act);
  };

  async function query<Row extends QueryResultRow>(sql: string, parameters?: readonly unknown[]) {
    const found = await isTheOne(sql);
    await spring(found, 'before');
    const result = await real.query<Row>(sql, parameters);
    await spring(found, 'after_commit');
    return result;
  }

  const transaction: Database['transaction'] = async (work, options) => {
    let foundInside = false;
    const result = await real.transaction((inner) => work(inside(inner)), options);
    await spring(foundInside, 'after_commit');
    return result;

    function inside(inner: Transaction): Transaction {
      return {
        client: inner.client,
        async query<Row extends QueryResultRow>(sql: string, parameters?: readonly unknown[]) {
          const found = await isTheOne(sql);
          foundInside ||= found;
          await spring(found, 'before');
          return await inner.query<Row>(sql, parameters);
        },
      };
    }
  };

  return { ...real, query, transaction };
}
