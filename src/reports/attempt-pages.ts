import type { Queryable } from '../db/pool.ts';

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
}

interface KeyedLine extends AttemptLine {
  /** the instant of the claim as text: a Date would cut its microseconds off, and the next page would begin too early */
  claimed: string;
}

/**
 * All attempts of a campaign, refused ones too, in the order in which they were made, a page at a time. Those of a
 * campaign that is dialling come in at the end for as long as the reading goes on.
 */
export async function* attemptPages(
  queryable: Queryable,
  campaignId: number,
  rowsAtOnce: number,
): AsyncGenerator<AttemptLine[], void, void> {
  let after = { claimed: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const page = await attemptsAfter(queryable, campaignId, after, rowsAtOnce);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < rowsAtOnce) return;
    after = { claimed: last.claimed, id: last.attempt_id };
  }
}

async function attemptsAfter(
  queryable: Queryable,
  campaignId: number,
  after: { claimed: string; id: string },
  limit: number,
): Promise<KeyedLine[]> {
  const found = await queryable.query<KeyedLine>(
    `select t.claimed_at::text as claimed, t.number as dialed_number, t.id as attempt_id, t.attempt_number,
       t.placed_at, t.ended_at, coalesce(g.user_id, g.contact_uri) as agent, t.caller_id, t.call_sid, t.outcome,
       t.provider_status, t.error_code, t.talk_seconds, t.recording_url
     from attempts t left join agents g on g.id = t.agent_id
     where t.campaign_id = $1 and (t.claimed_at, t.id) > ($2::timestamptz, $3::uuid)
     order by t.claimed_at, t.id limit $4`,
    [campaignId, after.claimed, after.id, limit],
  );
  return found.rows;
}
