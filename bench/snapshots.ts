import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export interface SnapshotWatch {
  /** The longest time, in ms, that any other session held back the cleaning of rows since the watch began. */
  stop(): Promise<number>;
}

/** Looks every 10 ms how long the sessions of a database have held their snapshots. */
export async function watchSnapshots(url: string): Promise<SnapshotWatch> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const stopping = new AbortController();
  let longestMs = 0;
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const found = await client.query<{ ms: number | null }>(
        `select max(extract(epoch from clock_timestamp() - xact_start))::float8 * 1000 as ms from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend' and backend_xmin is not null
           and pid <> pg_backend_pid()`,
      );
      longestMs = Math.max(longestMs, found.rows[0]?.ms ?? 0);
      await delay(10);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await watching;
      await client.end();
      return longestMs;
    },
  };
}
