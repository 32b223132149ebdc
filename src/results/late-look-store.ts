import type { CampaignMode } from '../campaigns/campaign-mode.ts';
import type { AttemptFacts } from '../dialing/attempt-store.ts';
import type { Queryable } from '../db/pool.ts';

export interface DueLateLook {
  id: string;
  call_sid: string;
  mode: CampaignMode;
  late_looks: number;
  late_ms: number;
  /** no source has told how long a call to a flow was */
  talk_missing: boolean;
}

export type LateFacts = Pick<AttemptFacts, 'recordingUrl' | 'talkSeconds'>;

/** Calls that are to be looked at once more after their end, the latest first. */
export async function dueLateLooks(
  queryable: Queryable,
  accountId: number,
  most: number,
): Promise<DueLateLook[]> {
  const found = await queryable.query<DueLateLook>(
    `select t.id, t.call_sid, k.mode, t.late_looks,
       k.mode = 'flow' and t.talk_seconds is null as talk_missing,
       extract(epoch from dialer_now() - t.next_late_look_at)::float8 * 1000 as late_ms
     from attempts t join campaigns k on k.id = t.campaign_id
     where t.account_id = $1 and t.next_late_look_at <= dialer_now() and t.call_sid is not null
     order by t.next_late_look_at limit $2`,
    [accountId, most],
  );
  return found.rows;
}

/**
 * Fills in what a late look told and was not known. Where something is still missing there is a second look, ten minutes
 * after the end of the call, and no third.
 */
export async function noteLateFacts(queryable: Queryable, id: string, facts: LateFacts): Promise<void> {
  await queryable.query(
    `update attempts a set recording_url = coalesce(a.recording_url, $2), talk_seconds = coalesce(a.talk_seconds, $3),
       late_looks = a.late_looks + 1,
       next_late_look_at = case
         when a.late_looks = 0 and (
           ((k.definition->'call'->>'recording')::boolean and coalesce(a.recording_url, $2) is null)
           or (k.mode = 'flow' and coalesce(a.talk_seconds, $3) is null))
         then a.ended_at + interval '10 min' end
     from campaigns k where a.id = $1 and k.id = a.campaign_id`,
    [id, facts.recordingUrl, facts.talkSeconds],
  );
}

/** Nothing could be asked: again after `ms`, until a day after the end. */
export async function lookLateAgain(queryable: Queryable, id: string, ms: number): Promise<void> {
  await queryable.query(
    `update attempts set next_late_look_at =
       case when ended_at > dialer_now() - interval '1 day' then dialer_now() + $2 * interval '1 ms' end
     where id = $1`,
    [id, ms],
  );
}
