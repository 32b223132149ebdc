import type { Queryable } from '../db/pool.ts';
import { requireSum } from './add-up.ts';
import { placeCells, uniteHeaders } from './own-columns.ts';
import type { ReportRows } from './report-rows.ts';
import { campaignState } from './summary.ts';

/** What a report says of one contact: all but the first two and `attempts` are of the last call that was placed. */
interface ContactLine {
  dialed_number: string;
  contact_state: string;
  outcome: string | null;
  attempts: number;
  last_attempt_at: Date | null;
  agent: string | null;
  caller_id: string | null;
  call_sid: string | null;
  talk_seconds: number | null;
  recording_url: string | null;
}

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
] as const satisfies readonly (keyof ContactLine)[];

/**
 * Every accepted row of a campaign, in the order of its lists. Pages by key, so neither memory nor a snapshot grows
 * with the list.
 * @throws UserError when there is no such campaign
 */
export async function contactRows(queryable: Queryable, name: string): Promise<ReportRows> {
  const state = await campaignState(queryable, name);
  const imports = await loadedImports(queryable, state.id);
  const accepted = imports.reduce((sum, one) => sum + one.accepted, 0);
  const own = uniteHeaders(imports.map((one) => one.header));
  return {
    what: 'contacts',
    own: own.names,
    ours,
    timezone: state.definition.schedule.timezone,
    count: async () => accepted,
    requireAll: (written) => requireSum(name, accepted, written),
    async *pages(rowsAtOnce) {
      for (const [index, { id }] of imports.entries()) {
        const positions = own.positions[index] ?? [];
        for await (const page of pagesOf(queryable, id, rowsAtOnce)) {
          yield page.map((line) => ({
            own: placeCells(line.cells, positions, own.names.length),
            ours: ours.map((column) => line[column]),
          }));
        }
      }
    },
  };
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

interface KeyedLine extends ContactLine {
  row_number: number;
  cells: string[];
}

async function* pagesOf(
  queryable: Queryable,
  importId: number,
  rowsAtOnce: number,
): AsyncGenerator<KeyedLine[], void, void> {
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
): Promise<KeyedLine[]> {
  const found = await queryable.query<KeyedLine>(
    `select c.row_number, c.cells, coalesce(last.number, c.number) as dialed_number, c.state as contact_state,
       (select count(*) from attempts t where t.contact_id = c.id and t.counts) as attempts, last.outcome,
       last.last_attempt_at, last.agent, last.caller_id, last.call_sid, last.talk_seconds, last.recording_url
     from contacts c
     left join lateral (
       select t.number, t.outcome, coalesce(t.placed_at, t.claimed_at) as last_attempt_at,
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
