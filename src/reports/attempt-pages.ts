import { escapeLiteral } from 'pg';
import type { Queryable } from '../db/pool.ts';
import { isoTime } from './contact-page.ts';
import { madeWithin } from './period.ts';
import type { Period } from './period.ts';

/** One decision to place a call, as reports tell it. The names are those of the CSV's columns. */
export interface AttemptLine {
  dialed_number: string;
  attempt_id: string;
  attempt_number: number;
  placed_at: Date | null;
  ended_at: Date | null;
  agent: string | null;
  caller_id: string;
  call_sid: string | null;
  outcome: string | null;
  provider_status: string | null;
  error_code: string | null;
  talk_seconds: number | null;
  recording_url: string | null;
  claimed_at: Date;
  /** whether it counts against its contact's budget */
  counted: 'yes' | 'no';
  error_text: string | null;
  /** the list that its contact came from, and the row and the name there */
  list: string;
  list_row: number;
  name: string | null;
  /** of the number; only where the selection asks for them */
  circle?: string | null;
  operator?: string | null;
}

/** All that is known of an attempt, with what Exotel told of it. */
export interface AttemptDetail extends AttemptLine {
  state: string;
  agent_answered_at: Date | null;
  customer_answered_at: Date | null;
  settled_at: Date | null;
  settled_by: string | null;
  counts: boolean;
  unlisted: boolean;
  excused: boolean;
  agent_leg_status: string | null;
  customer_leg_status: string | null;
  polls: number;
  /** the call's details as Exotel gave them last */
  details: unknown;
  callbacks: StoredCallback[];
}

/** A callback as it came. */
export interface StoredCallback {
  received_at: string;
  issued_at: string;
  state: string;
  note: string | null;
  content_type: string | null;
  query: string | null;
  /** base64 */
  body: string;
}

/** Which attempts of a campaign. */
export interface AttemptSelection {
  campaignId: number;
  period: Period;
  /** those claimed by then, as Postgres writes it; else also those that are made while they are read */
  lastClaim?: string;
  /** with what a scrub learned of their numbers */
  numbers?: boolean;
}

/** Each column in SQL. */
const expressions: Record<keyof AttemptLine, string> = {
  dialed_number: 't.number',
  attempt_id: 't.id',
  attempt_number: 't.attempt_number',
  placed_at: 't.placed_at',
  ended_at: 't.ended_at',
  agent: 'coalesce(g.user_id, g.contact_uri)',
  caller_id: 't.caller_id',
  call_sid: 't.call_sid',
  outcome: 't.outcome',
  provider_status: 't.provider_status',
  error_code: 't.error_code',
  talk_seconds: 't.talk_seconds',
  recording_url: 't.recording_url',
  claimed_at: 't.claimed_at',
  counted: `case when t.counts then 'yes' else 'no' end`,
  error_text: 't.error_text',
  list: 'i.file_name',
  list_row: 'c.row_number',
  name: 'c.name',
  circle: 'm.circle',
  operator: 'm.operator',
};

const columnsOfAll = [
  'dialed_number',
  'attempt_id',
  'attempt_number',
  'placed_at',
  'ended_at',
  'agent',
  'caller_id',
  'call_sid',
  'outcome',
  'provider_status',
  'error_code',
  'talk_seconds',
  'recording_url',
  'claimed_at',
  'counted',
  'error_text',
  'list',
  'list_row',
  'name',
] as const satisfies readonly (keyof AttemptLine)[];

const times = new Set<string>(['placed_at', 'ended_at', 'claimed_at'] satisfies (keyof AttemptLine)[]);

/** The columns of a selection's attempts. */
export function attemptColumns({
  numbers = false,
}: Pick<AttemptSelection, 'numbers'>): (keyof AttemptLine)[] {
  return numbers ? [...columnsOfAll, 'circle', 'operator'] : [...columnsOfAll];
}

function joinsOf({ numbers = false }: AttemptSelection): string {
  const joins = `join contacts c on c.id = t.contact_id join imports i on i.id = c.import_id
    left join agents g on g.id = t.agent_id`;
  return numbers ? `${joins} left join number_metadata m on m.number = t.number` : joins;
}

const detailColumns = `t.state, t.agent_answered_at, t.customer_answered_at, t.settled_at, t.settled_by, t.counts,
  t.unlisted, t.excused, t.agent_leg_status, t.customer_leg_status, t.polls, t.details,
  coalesce((select json_agg(json_build_object('received_at', b.received_at, 'issued_at', b.issued_at, 'state', b.state,
      'note', b.note, 'content_type', b.content_type, 'query', b.query, 'body', encode(b.body, 'base64')) order by b.id)
    from callbacks b where b.attempt_id = t.id), '[]') as callbacks`;

/**
 * All attempts of a selection, refused ones too, in the order in which they were made, a page at a time. Those of a
 * campaign that is dialling come in at the end for as long as the reading goes on.
 */
export function attemptPages(
  queryable: Queryable,
  selection: AttemptSelection,
  rowsAtOnce: number,
): AsyncGenerator<AttemptLine[], void, void> {
  return pagesOf<AttemptLine>(queryable, selection, rowsAtOnce);
}

/** The same in full detail. */
export function attemptDetailPages(
  queryable: Queryable,
  selection: AttemptSelection,
  rowsAtOnce: number,
): AsyncGenerator<AttemptDetail[], void, void> {
  return pagesOf<AttemptDetail>(queryable, selection, rowsAtOnce, detailColumns);
}

/** The instant of the claim as text: a Date would cut its microseconds off, and the next page would begin too early. */
type Keyed<Line> = Line & { claimed: string };

async function* pagesOf<Line extends AttemptLine>(
  queryable: Queryable,
  selection: AttemptSelection,
  rowsAtOnce: number,
  more?: string,
): AsyncGenerator<Line[], void, void> {
  const { campaignId, period, lastClaim = 'infinity' } = selection;
  const own = attemptColumns(selection).map((name) => `${expressions[name]} as ${name}`);
  const columns = [...own, ...(more === undefined ? [] : [more])].join(', ');
  const joins = joinsOf(selection);
  let after = { claimed: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const found = await queryable.query<Keyed<Line>>(
      `select t.claimed_at::text as claimed, ${columns} from attempts t ${joins}
       where t.campaign_id = $1 and (t.claimed_at, t.id) > ($2::timestamptz, $3::uuid) and t.claimed_at <= $7::timestamptz
         and ${madeWithin('t', '$5', '$6')}
       order by t.claimed_at, t.id limit $4`,
      [campaignId, after.claimed, after.id, rowsAtOnce, period.since, period.until, lastClaim],
    );
    const page = found.rows;
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < rowsAtOnce) return;
    after = { claimed: last.claimed, id: last.attempt_id };
  }
}

/** Attempts claimed after an instant and up to another, both as Postgres writes them, to the microsecond. */
export interface ClaimRange {
  after: string;
  upTo: string;
}

/**
 * Splits the attempts of a campaign by the instant of their claim, about so many at once; those claimed at one instant
 * stay together. The last range has no end: what a campaign that dials makes meanwhile is in it.
 */
export async function* claimRanges(
  queryable: Queryable,
  { campaignId, period }: AttemptSelection,
  rowsAtOnce: number,
): AsyncGenerator<ClaimRange, void, void> {
  let after = period.since === null ? '-infinity' : new Date(period.since.getTime() - dayMs).toISOString();
  const until = period.until === null ? null : new Date(period.until.getTime() + dayMs);
  for (;;) {
    const found = await queryable.query<{ claimed: string }>(
      `select claimed_at::text as claimed from attempts
       where campaign_id = $1 and claimed_at > $2::timestamptz and claimed_at < coalesce($4, 'infinity'::timestamptz)
       order by claimed_at offset $3 limit 1`,
      [campaignId, after, rowsAtOnce - 1, until],
    );
    const upTo = found.rows[0]?.claimed ?? 'infinity';
    yield { after, upTo };
    if (upTo === 'infinity') return;
    after = upTo;
  }
}

const dayMs = 86_400_000;

/** The attempts of a range as a query whose columns stand in a CSV file as they are, times in the session's zone. */
export function attemptsAsText(selection: AttemptSelection, { after, upTo }: ClaimRange): string {
  const { campaignId, period } = selection;
  const columns = attemptColumns(selection).map((name) =>
    times.has(name) ? isoTime(expressions[name]) : expressions[name],
  );
  return `select ${columns.join(', ')} from attempts t ${joinsOf(selection)}
    where t.campaign_id = ${Math.trunc(campaignId)} and t.claimed_at > ${escapeLiteral(after)}::timestamptz
      and t.claimed_at <= ${escapeLiteral(upTo)}::timestamptz
      and ${madeWithin('t', instantLiteral(period.since), instantLiteral(period.until))}
    order by t.claimed_at, t.id`;
}

function instantLiteral(instant: Date | null): string {
  return instant === null ? 'null' : escapeLiteral(instant.toISOString());
}

export async function countAttempts(
  queryable: Queryable,
  { campaignId, period }: AttemptSelection,
): Promise<number> {
  const found = await queryable.query<{ attempts: number }>(
    `select count(*) as attempts from attempts t where campaign_id = $1 and ${madeWithin('t', '$2', '$3')}`,
    [campaignId, period.since, period.until],
  );
  return found.rows[0]?.attempts ?? 0;
}
