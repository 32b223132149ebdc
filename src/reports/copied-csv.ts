import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { escapeLiteral } from 'pg';
import type { PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Database } from '../db/pool.ts';
import { csvLines } from './csv.ts';
import { withQuotedEdges } from './quoted-edges.ts';

/** A page of CSV that Postgres wrote. */
export interface CsvPage {
  rows: number;
  bytes: Buffer;
}

/** Runs a query whose rows come out as CSV. */
export type CopyPage = (select: string) => Promise<CsvPage>;

/**
 * Writes CSV that Postgres makes, a page after the other, which takes half the time of making it here. A page is read
 * to its end before it is written, and while the one before is: a slow reader keeps no snapshot open. Leaves the output
 * open.
 * @param csv makes its pages with the function it is given; times come out by the clocks of `timezone`
 * @returns how many rows were written
 */
export async function writeCopiedCsv(
  database: Database,
  timezone: string,
  output: Writable,
  signal: AbortSignal | undefined,
  csv: { header: readonly string[]; pages: (copy: CopyPage) => AsyncGenerator<CsvPage, void, void> },
): Promise<number> {
  let rows = 0;

  async function* parts(client: PoolClient): AsyncGenerator<Buffer, void, void> {
    yield Buffer.from(csvLines([csv.header]));
    for await (const page of oneAhead(csv.pages((select) => copied(client, select)))) {
      rows += page.rows;
      yield page.bytes;
    }
  }

  await database.withClient(async (client) => {
    await client.query(`set timezone to ${escapeLiteral(timezone)}`);
    try {
      const source = Readable.from(parts(client), { highWaterMark: 1 });
      await pipeline(source, output, { end: false, ...(signal && { signal }) });
    } finally {
      // nothing else here depends on the zone of a session, so a connection that cannot be reset does no harm
      await client.query('reset timezone').catch(() => undefined);
    }
  });
  return rows;
}

async function copied(client: PoolClient, select: string): Promise<CsvPage> {
  const stream = client.query(copyTo(`copy (${select}) to stdout (format csv)`));
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', resolve);
    stream.on('error', reject);
  });
  return { rows: stream.rowCount, bytes: withQuotedEdges(Buffer.concat(chunks)) };
}

/** Begins with the next item while the one before is used. */
async function* oneAhead<Item>(items: AsyncGenerator<Item, void, void>): AsyncGenerator<Item, void, void> {
  let coming = items.next();
  try {
    for (;;) {
      const item = await coming;
      if (item.done === true) return;
      coming = items.next();
      // told to whoever asks for it; until then nobody listens
      coming.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await coming.catch(() => undefined);
    await items.return();
  }
}
