import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { callbackify } from 'node:util';
import { z } from 'zod';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { fileFormats } from './write-report.ts';
import type { FileFormat, WantedReport } from './write-report.ts';

/** A report that is made beside the dialling, as `report exports --json` prints it. Times are in UTC. */
export interface Export {
  id: number;
  campaign: string;
  format: FileFormat;
  attempts: boolean;
  state: 'open' | 'done' | 'failed';
  /** in words, such as `1000 contacts` */
  contents: string | null;
  sizeBytes: number | null;
  error: string | null;
  actor: string;
  createdAt: Date;
  finishedAt: Date | null;
  /** when it is deleted */
  expiresAt: Date;
}

const storedOptions = z.strictObject({
  format: z.enum(fileFormats),
  attempts: z.boolean(),
  spreadsheet: z.boolean(),
  period: z.strictObject({ since: z.coerce.date().nullable(), until: z.coerce.date().nullable() }),
});

/** Writes down what is wanted. The caller queues the job that makes it, in the same transaction. */
export async function insertExport(
  transaction: Transaction,
  campaign: string,
  wanted: WantedReport,
  actor: string,
): Promise<{ id: number; expiresAt: Date }> {
  const { format, ...options } = wanted;
  const inserted = await transaction.query<{ id: number; expiresAt: Date }>(
    `insert into exports (campaign_id, format, options, actor)
     select id, $2, $3, $4 from campaigns where name = $1 returning id, expires_at as "expiresAt"`,
    [campaign, format, JSON.stringify(options), actor],
  );
  const row = inserted.rows[0];
  if (row === undefined) {
    throw new UserError(`there is no campaign ${campaign}: \`dialer campaign list\` shows those there are`);
  }
  return row;
}

/** What is still to be made; null where it is done, or was deleted. */
export async function openExport(
  queryable: Queryable,
  id: number,
): Promise<{ campaign: string; wanted: WantedReport } | null> {
  const found = await queryable.query<{ campaign: string; format: string; options: object }>(
    `select k.name as campaign, e.format, e.options from exports e join campaigns k on k.id = e.campaign_id
     where e.id = $1 and e.state = 'open'`,
    [id],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return { campaign: row.campaign, wanted: storedOptions.parse({ format: row.format, ...row.options }) };
}

const partBytes = 1024 * 1024;

/** Writes the file of one run down in parts of about a megabyte, each committed for itself. */
export interface PartWriter {
  output: Writable;
  /** Ends the output and waits until all of it is written. @returns the size of the file in bytes */
  finish(): Promise<number>;
}

export function createPartWriter(database: Queryable, id: number, run: string): PartWriter {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let size = 0;
  let part = 0;

  async function store(): Promise<void> {
    const bytes = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    if (bytes.length === 0) return;
    await database.query('insert into export_parts (export_id, run, part, bytes) values ($1, $2, $3, $4)', [
      id,
      run,
      part,
      bytes,
    ]);
    part += 1;
    size += bytes.length;
  }

  async function take(chunk: Buffer): Promise<void> {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= partBytes) await store();
  }

  const [taken, stored] = [callbackify(take), callbackify(store)];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      taken(chunk, done);
    },
    final(done) {
      stored(done);
    },
  });
  // whoever writes the last chunk need not wait for it; what becomes of it is told by finish()
  output.on('error', () => undefined);
  return {
    output,
    async finish() {
      output.end();
      await finished(output);
      return size;
    },
  };
}

/**
 * Makes the file of a run the export's, unless another run was first.
 * @returns whether it is
 */
export async function finishExport(
  database: Database,
  id: number,
  run: string,
  file: { contents: string; sizeBytes: number },
): Promise<boolean> {
  return await database.transaction(async (transaction) => {
    const done = await transaction.query(
      `update exports set state = 'done', run = $2, contents = $3, size_bytes = $4, finished_at = dialer_now()
       where id = $1 and state = 'open'`,
      [id, run, file.contents, file.sizeBytes],
    );
    if (done.rowCount === 0) return false;
    await transaction.query('delete from export_parts where export_id = $1 and run <> $2', [id, run]);
    return true;
  });
}

export async function failExport(queryable: Queryable, id: number, error: string): Promise<void> {
  await queryable.query(
    `update exports set state = 'failed', error = $2, finished_at = dialer_now() where id = $1 and state = 'open'`,
    [id, error],
  );
}

export async function deleteParts(queryable: Queryable, id: number, run: string): Promise<void> {
  await queryable.query('delete from export_parts where export_id = $1 and run = $2', [id, run]);
}

/** Deletes exports whose time has come. */
export async function deleteExpired(queryable: Queryable): Promise<void> {
  await queryable.query('delete from exports where expires_at <= clock_timestamp()');
}

/** The exports there are, the newest first; of one campaign or (null) of all. */
export async function listExports(queryable: Queryable, campaign: string | null): Promise<Export[]> {
  const found = await queryable.query<Export>(
    `${exportSql} where e.expires_at > clock_timestamp() and ($1::text is null or k.name = $1) order by e.id desc`,
    [campaign],
  );
  return found.rows;
}

const exportSql = `select e.id, k.name as campaign, e.format, (e.options->>'attempts')::boolean as attempts, e.state,
  e.contents, e.size_bytes as "sizeBytes", e.error, e.actor, e.created_at as "createdAt",
  e.finished_at as "finishedAt", e.expires_at as "expiresAt"
  from exports e join campaigns k on k.id = e.campaign_id`;

/** @throws UserError when there is no such export */
export async function exportById(queryable: Queryable, id: number): Promise<Export> {
  const found = await queryable.query<Export>(
    `${exportSql} where e.id = $1 and e.expires_at > clock_timestamp()`,
    [id],
  );
  const one = found.rows[0];
  if (one === undefined) {
    throw new UserError(`there is no export ${id}: \`dialer report exports\` lists those there are`);
  }
  return one;
}

/**
 * The file of an export that is done, a part at a time.
 * @throws UserError when it was deleted meanwhile
 */
export async function* exportFile(
  queryable: Queryable,
  { id, sizeBytes }: Export,
): AsyncGenerator<Buffer, void, void> {
  let size = 0;
  for (let part = 0; ; part += 1) {
    const found = await queryable.query<{ bytes: Buffer }>(
      `select p.bytes from export_parts p join exports e on e.id = p.export_id and e.run = p.run
       where p.export_id = $1 and p.part = $2`,
      [id, part],
    );
    const bytes = found.rows[0]?.bytes;
    if (bytes === undefined) break;
    size += bytes.length;
    yield bytes;
  }
  if (size !== sizeBytes) {
    throw new UserError(`export ${id} was deleted while it was fetched: ask for it again with --background`);
  }
}
