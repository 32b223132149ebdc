import { Client } from 'pg';

/** Each fifth contact was called twice. */
const calledAgain = 5;

/**
 * Gives every contact of a filled campaign the calls of a campaign that is over: one each, a fifth of them two, most
 * with a recording, every tenth contact with what people said of it.
 */
export async function fillAttempts(url: string, campaignId: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into attempts (id, account_id, campaign_id, contact_id, agent_id, attempt_number, number, caller_id, epoch,
         state, agent_held, outcome, counts, call_sid, claimed_at, placed_at, settled_at, settled_by, agent_free_at,
         deadline_at, talk_seconds, recording_url)
       select gen_random_uuid(), k.account_id, k.id, c.id, (select min(id) from agents), made.attempt, c.number,
         '+918045680000', 1, 'settled', false, case when c.row_number % 3 = 0 then 'no_answer' else 'connected' end, true,
         md5(c.id::text || made.attempt), made.at, made.at + interval '1 s', made.at + interval '90 s', 'callback',
         made.at, made.at + interval '1 h', c.row_number % 300,
         'https://recordings.example.com/' || md5(c.id::text) || '.mp3'
       from contacts c join campaigns k on k.id = c.campaign_id,
         lateral (select attempt, timestamptz '2026-12-01 10:00+05:30' + c.row_number * interval '100 ms' + attempt * interval '1 h' as at
           from generate_series(1, case when c.row_number % ${calledAgain} = 0 then 2 else 1 end) attempt) made
       where c.campaign_id = $1`,
      [campaignId],
    );
    await client.query(
      `insert into dispositions (contact_id, code, note, number, actor, created_at, applied_at)
       select id, 'interested', 'call again, "after five"', number, 'agent:asha', dialer_now(), dialer_now()
       from contacts where campaign_id = $1 and row_number % 10 = 0`,
      [campaignId],
    );
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
