import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queryable } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { csvLines } from './csv.ts';
import { besideOwn, placeCells, uniteHeaders } from './own-columns.ts';
import { campaignState } from './summary.ts';
import { createZonedTime } from './zoned-time.ts';

const ours = [
  'dialed_number',
  'contact_state',
  'outcome',
  'attempts',
  'last_attempt_at',
  'agent',
  'caller_id',
  'call_sid',
  'talk_seconds',
  'recording_url',
] as const;

export interface ExportOptions {
  signal?: AbortSignal;
  rowsAtOnce?: number;
}

/**
 * Writes every accepted row of a campaign as CSV, in the order of its lists: its own columns as they were given, then
 * what came of it. Pages by key, so neither memory nor a snapshot grows with the list.
 * @returns how many contacts were written
 * @throws UserError when there is no such campaign, or when the rows written are not as many as were accepted
 */
export async function writeContactsCsv(
  queryable: Queryable,
  name: string,
  output: Writable,
  { signal, rowsAtOnce = 5000 }: ExportOptions = {},
): Promise<number> {
  const state = await campaignState(queryable, name);
  const iso = createZonedTime(state.definition.schedule.timezone);
  const imports = await loadedImports(queryable, state.id);
  let rows = 0;

  async function* lines(): AsyncGenerator<string, void, void> {
    const own = uniteHeaders(imports.map((one) => one.header));
    yield csvLines([[...own.names, ...besideOwn(own.names, ours)]]);
    for (const [index, { id }] of imports.entries()) {
      const positions = own.positions[index] ?? [];
      for await (const page of pagesOf(queryable, id, rowsAtOnce)) {
        rows += page.length;
        yield csvLines(
          page.map((row) => [...placeCells(row.cells, positions, own.names.length), ...oursOf(row, iso)]),
        );
      }
    }
  }

  await pipeline(Readable.from(lines()), output, { end: false, ...(signal && { signal }) });
  const accepted = imports.reduce((sum, one) => sum + one.accepted, 0);
  if (rows !== accepted) throw doesNotAddUp(name, accepted, rows);
  return rows;
}

function doesNotAddUp(name: string, accepted: number, rows: number): UserError {
  const difference = rows < accepted ? `${accepted - rows} are missing` : `${rows - accepted} are too many`;
  return new UserError(
    `the export of ${name} is not complete: ${accepted} rows were accepted and ${rows} written, ${difference}; ` +
      'do not use it, and look whether somebody changes the contacts of this campaign in the database',
  );
}

interface LoadedImport {
  id: number;
  header: string[];
  accepted: number;
}

async function loadedImports(queryable: Queryable, campaignId: number): Promise<LoadedImport[]> {
  const found = await queryable.query<LoadedImport>(
    `select id, coalesce(header, '{}') as header, accepted from imports
     where campaign_id = $1 and state = 'done' order by id`,
    [campaignId],
  );
  return found.rows;
}

interface ContactRow {
  row_number: number;
  cells: string[];
  dialed_number: string;
  state: string;
  attempts: number;
  outcome: string | null;
  attempted_at: Date | null;
  agent: string | null;
  caller_id: string | null;
  call_sid: string | null;
  talk_seconds: number | null;
  recording_url: string | null;
}

async function* pagesOf(
  queryable: Queryable,
  importId: number,
  rowsAtOnce: number,
): AsyncGenerator<ContactRow[], void, void> {
  for (let after = -1; ;) {
    const page = await contactsAfter(queryable, importId, after, rowsAtOnce);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < rowsAtOnce) return;
    after = last.row_number;
  }
}

/** The contacts of one page, each with its last attempt that reached Exotel or may have. */
async function contactsAfter(
  queryable: Queryable,
  importId: number,
  after: number,
  limit: number,
): Promise<ContactRow[]> {
  const found = await queryable.query<ContactRow>(
    `select c.row_number, c.cells, coalesce(last.number, c.number) as dialed_number, c.state,
       (select count(*) from attempts t where t.contact_id = c.id and t.counts) as attempts,
       last.outcome, last.attempted_at, last.agent, last.caller_id, last.call_sid, last.talk_seconds, last.recording_url
     from contacts c
     left join lateral (
       select t.number, t.outcome, coalesce(t.placed_at, t.claimed_at) as attempted_at,
         coalesce(g.user_id, g.contact_uri) as agent, t.caller_id, t.call_sid, t.talk_seconds, t.recording_url
       from attempts t left join agents g on g.id = t.agent_id
       where t.contact_id = c.id and (t.call_sid is not null or t.outcome = 'unknown')
       order by t.attempt_number desc limit 1
     ) last on true
     where c.import_id = $1 and c.row_number > $2
     order by c.row_number limit $3`,
    [importId, after, limit],
  );
  return found.rows;
}

function oursOf(row: ContactRow, iso: (instant: Date) => string): string[] {
  return [
    row.dialed_number,
    row.state,
    row.outcome ?? '',
    String(row.attempts),
    row.attempted_at === null ? '' : iso(row.attempted_at),
    row.agent ?? '',
    row.caller_id ?? '',
    row.call_sid ?? '',
    row.talk_seconds === null ? '' : String(row.talk_seconds),
    row.recording_url ?? '',
  ];
}
