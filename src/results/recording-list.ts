import type { Queryable } from '../db/pool.ts';
import { madeWithin } from '../reports/period.ts';
import type { Period } from '../reports/period.ts';

/** An attempt whose call was connected. */
export interface RecordedAttempt {
  attempt_id: string;
  attempt_number: number;
  number: string;
  import_id: number;
  list: string;
  row: number;
  name: string | null;
  placed_at: Date | null;
  agent: string | null;
  call_sid: string | null;
  talk_seconds: number | null;
  /** null: Exotel has told none */
  recording_url: string | null;
  /** whether it is of the period that was asked for */
  asked: boolean;
}

/**
 * The attempts of a campaign that were recorded or connected, in the order in which they were made, a page at a time.
 */
export async function* recordedPages(
  queryable: Queryable,
  campaignId: number,
  { since, until }: Period,
  rowsAtOnce = 1000,
): AsyncGenerator<RecordedAttempt[], void, void> {
  let after = { claimed: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const found = await queryable.query<RecordedAttempt & { claimed: string }>(
      `select t.claimed_at::text as claimed, t.id as attempt_id, t.attempt_number, t.number, c.import_id,
         i.file_name as list, c.row_number as row, c.name, t.placed_at, coalesce(g.user_id, g.contact_uri) as agent,
         t.call_sid, t.talk_seconds, t.recording_url, ${madeWithin('t', '$5', '$6')} as asked
       from attempts t join contacts c on c.id = t.contact_id join imports i on i.id = c.import_id
       left join agents g on g.id = t.agent_id
       where t.campaign_id = $1 and (t.recording_url is not null or t.outcome = 'connected')
         and (t.claimed_at, t.id) > ($2::timestamptz, $3::uuid)
       order by t.claimed_at, t.id limit $4`,
      [campaignId, after.claimed, after.id, rowsAtOnce, since, until],
    );
    if (found.rows.length > 0) yield found.rows;
    const last = found.rows.at(-1);
    if (last === undefined || found.rows.length < rowsAtOnce) return;
    after = { claimed: last.claimed, id: last.attempt_id };
  }
}

/** How many recordings there are of a period, and how many connected calls of it have none. */
export async function countRecordings(
  queryable: Queryable,
  campaignId: number,
  { since, until }: Period,
): Promise<{ recordings: number; without: number }> {
  const found = await queryable.query<{ recordings: number; without: number }>(
    `select count(*) filter (where recording_url is not null) as recordings,
       count(*) filter (where recording_url is null and outcome = 'connected') as without
     from attempts t where campaign_id = $1 and ${madeWithin('t', '$2', '$3')}`,
    [campaignId, since, until],
  );
  return found.rows[0] ?? { recordings: 0, without: 0 };
}

/** By list, row, number and attempt: it stays the same however often lists are added or recordings fetched. */
export function recordingFileName(
  { import_id: list, row, number, attempt_number: attempt }: RecordedAttempt,
  url: string,
): string {
  const [, type = '.mp3'] = /(\.(?:mp3|wav|ogg|m4a|aac|gsm))(?:[?#]|$)/i.exec(url) ?? [];
  return `list-${list}-row-${row}-${number.replaceAll(/\D/g, '')}-attempt-${attempt}${type.toLowerCase()}`;
}
