import type { Queryable } from '../db/pool.ts';

/**
 * What a report says of one contact. `outcome` and what follows it up to `recording_url` are of the last call that was
 * placed, but for the two counts: `attempts` counted against the budget, `calls` all reached Exotel, or may have.
 */
export interface ContactLine {
  dialed_number: string;
  contact_state: string;
  /** why it is in that state, where the state itself does not say */
  state_reason: string | null;
  /** what suppresses its number: the source, and the reason that was given */
  suppression: string | null;
  outcome: string | null;
  attempts: number;
  calls: number;
  last_attempt_at: Date | null;
  agent: string | null;
  caller_id: string | null;
  call_sid: string | null;
  talk_seconds: number | null;
  recording_url: string | null;
  disposition: string | null;
  disposition_at: Date | null;
  disposition_by: string | null;
  disposition_note: string | null;
  disposition_call_at: Date | null;
  /** the list that it came from, and its row there */
  list: string;
  list_row: number;
  /** what a scrub learned of the number; only where the range asks for it */
  circle?: string | null;
  operator?: string | null;
}

/** Each column in SQL. */
const expressions: Record<keyof ContactLine, string> = {
  dialed_number: `case when called.placed then called.number else p.number end`,
  contact_state: 'p.state',
  state_reason: 'p.state_reason',
  suppression: `case when p.state = 'suppressed' then (
    select concat_ws(': ', s.source, s.reason) from suppressions s join campaigns k on k.account_id = s.account_id
    where k.id = p.campaign_id and s.number = any(p.numbers) and s.removed_at is null
      and (s.campaign_id is null or s.campaign_id = k.id)
    order by s.number <> p.number, s.id limit 1) end`,
  outcome: 'case when called.placed then called.outcome end',
  attempts: 'coalesce(called.attempts, 0)',
  calls: 'coalesce(called.calls, 0)',
  last_attempt_at: 'case when called.placed then coalesce(called.placed_at, called.claimed_at) end',
  agent: 'coalesce(g.user_id, g.contact_uri)',
  caller_id: 'case when called.placed then called.caller_id end',
  call_sid: 'case when called.placed then called.call_sid end',
  talk_seconds: 'case when called.placed then called.talk_seconds end',
  recording_url: 'case when called.placed then called.recording_url end',
  disposition: 'said.code',
  disposition_at: 'said.created_at',
  disposition_by: 'said.actor',
  disposition_note: 'said.note',
  disposition_call_at: 'said.call_at',
  // a page is of one list: asked once, not for each row
  list: '(select file_name from list)',
  list_row: 'p.row_number',
  circle: 'm.circle',
  operator: 'm.operator',
};

const columnsOfAll = [
  'dialed_number',
  'contact_state',
  'state_reason',
  'suppression',
  'outcome',
  'attempts',
  'calls',
  'last_attempt_at',
  'agent',
  'caller_id',
  'call_sid',
  'talk_seconds',
  'recording_url',
  'disposition',
  'disposition_at',
  'disposition_by',
  'disposition_note',
  'disposition_call_at',
  'list',
  'list_row',
] as const satisfies readonly (keyof ContactLine)[];

const times = new Set<string>([
  'last_attempt_at',
  'disposition_at',
  'disposition_call_at',
] satisfies (keyof ContactLine)[]);

/** The columns of a campaign's contacts; `numbers`: with what a scrub learned of their numbers. */
export function contactColumns({ numbers }: { numbers: boolean }): readonly (keyof ContactLine)[] {
  return numbers ? [...columnsOfAll, 'circle', 'operator'] : columnsOfAll;
}

interface ListRows {
  importId: number;
  /** with what a scrub learned of their numbers */
  numbers: boolean;
}

/** Rows of one list: those after a row's number, up to another's. */
export interface RowRange extends ListRows {
  after: number;
  upTo: number;
}

/**
 * The contacts of a range of rows, each with its last attempt that reached Exotel or may have, and what people said
 * last. Attempts and dispositions are read by the range of the contacts' ids instead of one contact at a time: measured
 * with 1.2 attempts a contact, that takes little more than half as long.
 */
function contactsOf({ importId, after, upTo, numbers }: RowRange, select: string): string {
  const known = numbers ? `left join number_metadata m on m.number = ${expressions.dialed_number}` : '';
  const ofRange = (contacts: string): string =>
    `${contacts}import_id = ${whole(importId)} and ${contacts}row_number > ${whole(after)} and ${contacts}row_number <= ${whole(upTo)}`;
  const ofPage = 'between (select first from ids) and (select last from ids)';
  return `with list as (
      select file_name from imports where id = ${whole(importId)}
    ), ids as materialized (
      -- id + 0: for an id as it stands, Postgres goes through all of them from either end until it meets one of the range
      select min(id + 0) as first, max(id + 0) as last from contacts where ${ofRange('')}
    ), called as (
      select distinct on (contact_id) contact_id, number, outcome, placed_at, claimed_at, agent_id, caller_id, call_sid,
        talk_seconds, recording_url, call_sid is not null or outcome is not distinct from 'unknown' as placed,
        count(*) filter (where counts) over (partition by contact_id) as attempts,
        count(*) filter (where call_sid is not null or outcome = 'unknown') over (partition by contact_id) as calls
      from attempts where contact_id ${ofPage}
      order by contact_id, (call_sid is not null or outcome is not distinct from 'unknown') desc, attempt_number desc
    ), said as (
      select distinct on (contact_id) contact_id, code, created_at, actor, note, call_at
      from dispositions where contact_id ${ofPage}
      order by contact_id, created_at desc, id desc
    )
    select ${select} from contacts p
    left join called on called.contact_id = p.id
    left join agents g on g.id = called.agent_id and called.placed
    left join said on said.contact_id = p.id
    ${known}
    where ${ofRange('p.')}
    order by p.row_number`;
}

export interface KeyedContact extends ContactLine {
  cells: string[];
}

export async function readContacts(queryable: Queryable, range: RowRange): Promise<KeyedContact[]> {
  const columns = contactColumns(range).map((name) => `${expressions[name]} as ${name}`);
  const found = await queryable.query<KeyedContact>(contactsOf(range, ['p.cells', ...columns].join(', ')));
  return found.rows;
}

/**
 * The same as a query whose every column is text as it stands in a CSV file: the cells of the list first, where
 * `cells` names for each column its place in the row (from 1) or null, then ours. Times are those of the session's zone.
 */
export function contactsAsText(range: RowRange, cells: readonly (number | null)[]): string {
  const own = cells.map((place) => (place === null ? 'null' : `nullif(p.cells[${whole(place)}], '')`));
  const ours = contactColumns(range).map((name) =>
    times.has(name) ? isoTime(expressions[name]) : expressions[name],
  );
  return contactsOf(range, [...own, ...ours].join(', '));
}

/** `2026-12-01T10:00:00.000+05:30`, as `createZonedTime` writes it. */
export function isoTime(expression: string): string {
  return `to_char(${expression}, 'YYYY-MM-DD"T"HH24:MI:SS.MSTZH:TZM')`;
}

/** The rows of a list, some at a time; `rowsAtOnce` is asked before each range. */
export async function* rowRanges(
  queryable: Queryable,
  list: ListRows,
  rowsAtOnce: () => number,
): AsyncGenerator<RowRange, void, void> {
  const found = await queryable.query<{ first: number | null; last: number | null }>(
    'select min(row_number) as first, max(row_number) as last from contacts where import_id = $1',
    [list.importId],
  );
  const { first = null, last = null } = found.rows[0] ?? {};
  if (first === null || last === null) return;
  for (let after = first - 1; after < last;) {
    const upTo = after + rowsAtOnce();
    yield { ...list, after, upTo };
    after = upTo;
  }
}

/** COPY takes no parameters, so numbers are written into the statement. */
function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is not a whole number`);
  return value;
}
