import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { escapeLiteral } from 'pg';
import type { PoolClient } from 'pg';
import { copyOut } from '../db/copy-out.ts';
import type { Database } from '../db/pool.ts';
import { csvLines } from './csv.ts';
import { withQuotedEdges } from './quoted-edges.ts';

/** A page of CSV that Postgres wrote. */
export interface CsvPage {
  rows: number;
  bytes: Buffer;
}

export interface PagedCsv {
  header: readonly string[];
  /** a query for each page, whose rows come out as CSV */
  selects: AsyncGenerator<string, void, void>;
  /** hears of each page; the one behind it is asked for already */
  onPage?: (page: CsvPage) => void;
}

/**
 * Writes CSV that Postgres makes, a page after the other, which takes half the time of making it here. Two connections
 * read in turns, so that one page is looked up while the one before is sent. A page is read to its end before it is
 * written, and while others are: a slow reader keeps no snapshot open. Leaves the output open.
 * @param csv times come out by the clocks of `timezone`
 * @returns how many rows were written
 */
export async function writeCopiedCsv(
  database: Database,
  timezone: string,
  output: Writable,
  signal: AbortSignal | undefined,
  { header, selects, onPage }: PagedCsv,
): Promise<number> {
  let rows = 0;

  async function* parts(clients: readonly PoolClient[]): AsyncGenerator<Buffer, void, void> {
    yield Buffer.from(csvLines([header]));
    for await (const page of readInTurns(clients, selects)) {
      rows += page.rows;
      onPage?.(page);
      yield page.bytes;
    }
  }

  await withSettings(database, timezone, (first) =>
    withSettings(database, timezone, async (second) => {
      const bytes = parts([first, second]);
      try {
        const source = Readable.from(bytes, { highWaterMark: 1 });
        await pipeline(source, output, { end: false, ...(signal && { signal }) });
      } finally {
        // what fails leaves pages under way, and the connections are theirs until they are read
        await bytes.return();
      }
    }),
  );
  return rows;
}

/**
 * Lends a connection with the clocks of a zone, and without the compiling of queries: a page takes some ms, and yet in a
 * table of millions Postgres expects so much of it, since its ranges show only as it runs, that it would compile each.
 */
async function withSettings<Result>(
  database: Database,
  timezone: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  return await database.withClient(async (client) => {
    await client.query(`set timezone to ${escapeLiteral(timezone)}; set jit to off`);
    try {
      return await work(client);
    } finally {
      // nothing else here depends on them, so a connection that cannot be reset does no harm
      await client.query('reset timezone; reset jit').catch(() => undefined);
    }
  });
}

/** Pages in the order of their queries, at most one under way for each of the clients. */
async function* readInTurns(
  clients: readonly PoolClient[],
  selects: AsyncGenerator<string, void, void>,
): AsyncGenerator<CsvPage, void, void> {
  const free = [...clients];
  const underWay: { client: PoolClient; page: Promise<CsvPage> }[] = [];
  let usualBytes = firstBytes;

  const taken = async (): Promise<CsvPage[]> => {
    const next = underWay.shift();
    if (next === undefined) return [];
    const page = await next.page;
    free.push(next.client);
    usualBytes = page.bytes.length + roomBytes;
    return [page];
  };

  try {
    for await (const select of selects) {
      const client = free.shift();
      if (client === undefined) throw new Error('every connection has a page under way');
      const page = copied(client, select, usualBytes);
      // told to whoever takes it; until then nobody listens
      page.catch(() => undefined);
      underWay.push({ client, page });
      if (free.length === 0) yield* await taken();
    }
    while (underWay.length > 0) yield* await taken();
  } finally {
    await Promise.allSettled(underWay.map(({ page }) => page));
  }
}

/** Pages are of about one size, but for the first. */
const firstBytes = 262_144;
const roomBytes = 16_384;

/** @param usualBytes how large a page becomes, as a rule */
async function copied(client: PoolClient, select: string, usualBytes: number): Promise<CsvPage> {
  let bytes = Buffer.allocUnsafeSlow(usualBytes);
  let length = 0;
  const rows = await copyOut(client, `copy (${select}) to stdout (format csv)`, (row) => {
    const line = withQuotedEdges(row);
    if (length + line.length > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length + line.length, bytes.length * 2));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
    bytes.set(line, length);
    length += line.length;
  });
  return { rows, bytes: bytes.subarray(0, length) };
}
