import type { Database, Queryable } from '../db/pool.ts';

/** How far the loading of a list has come, in bytes of its file. Some lists are read twice, which counts twice. */
export interface ImportProgress {
  bytesRead: number;
  bytesTotal: number;
}

/** An open import of a campaign, as `campaign show --json` tells it. */
export interface LoadingList extends ImportProgress {
  import: number;
  file: string;
}

export interface ProgressKeeper {
  /** Passes parts of the file on and counts them. */
  count(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void>;
  /** Tells that all is read; nothing is written any more once this returns. */
  end(): Promise<void>;
}

/** Often enough to be looked at, and seldom enough to cost nothing. */
const betweenWrites = 200;

/**
 * Keeps how far an import has come where others see it while its transaction is open. Nobody waits for that: it is
 * written beside the loading, on another connection, and one write that fails is only a look that is old.
 */
export function keepProgress(database: Database, importId: number, bytesTotal: number): ProgressKeeper {
  let bytesRead = 0;
  let writtenAt = -Infinity;
  let underWay: Promise<unknown> | null = null;
  const write = (): void => {
    if (underWay !== null || performance.now() < writtenAt + betweenWrites) return;
    writtenAt = performance.now();
    underWay = writeProgress(database, importId, { bytesRead, bytesTotal }).then(
      () => (underWay = null),
      () => (underWay = null),
    );
  };
  return {
    async *count(parts) {
      for await (const part of parts) {
        yield part;
        bytesRead += part.length;
        write();
      }
    },
    async end() {
      await underWay;
      writtenAt = -Infinity;
      write();
      await underWay;
    },
  };
}

async function writeProgress(
  queryable: Queryable,
  importId: number,
  { bytesRead, bytesTotal }: ImportProgress,
): Promise<void> {
  await queryable.query(
    `insert into import_progress (import_id, bytes_read, bytes_total) values ($1, $2, $3)
     on conflict (import_id) do update set bytes_read = excluded.bytes_read, bytes_total = excluded.bytes_total`,
    [importId, bytesRead, bytesTotal],
  );
}

export async function forgetProgress(queryable: Queryable, importId: number): Promise<void> {
  await queryable.query('delete from import_progress where import_id = $1', [importId]);
}

/** The lists of a campaign that are being loaded or wait for that, in the order in which they came. */
export async function loadingLists(queryable: Queryable, campaignId: number): Promise<LoadingList[]> {
  const found = await queryable.query<LoadingList>(
    `select i.id as import, i.file_name as file, coalesce(p.bytes_read, 0) as "bytesRead",
       coalesce(p.bytes_total, i.size_bytes) as "bytesTotal"
     from imports i left join import_progress p on p.import_id = i.id
     where i.campaign_id = $1 and i.state = 'open' order by i.id`,
    [campaignId],
  );
  return found.rows;
}

/** The whole percents that are read; never 100, since something is left to be done after the last byte. */
export function percentRead({ bytesRead, bytesTotal }: ImportProgress): number {
  return bytesTotal === 0 ? 0 : Math.min(99, Math.floor((bytesRead / bytesTotal) * 100));
}
