import { Client } from 'pg';

/** Gives a campaign of a bench database so many contacts, as an import of six columns leaves them. */
export async function fillCampaign(
  url: string,
  campaignId: number,
  contacts: number,
  state: 'pending' | 'finished',
): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    // what is made here refers to what there is; the checks alone take a third of the time
    await client.query('set session_replication_role = replica');
    const opened = await client.query<{ id: string }>(
      `insert into imports (campaign_id, state, file_name, sha256, size_bytes, header, accepted, actor, finished_at, timezones)
       values ($1, 'done', 'contacts.csv', '', 0, '{phone,name,city,amount_due,due_date,note}', $2, 'bench', dialer_now(), '{Asia/Kolkata}')
       returning id`,
      [campaignId, contacts],
    );
    const importId = Number(opened.rows[0]?.id);
    await client.query(
      `insert into contacts (campaign_id, import_id, row_number, number, numbers, dedupe_key, name, timezone,
         timezone_source, cells, state)
       select $1, $2, row + 1, '+91' || digits, array['+91' || digits], '+91' || digits, 'Asha Rao', 'Asia/Kolkata', 'number',
         array[digits, 'Asha Rao', case when row % 10 = 0 then 'Indore, MP' else 'Pune' end,
           (row % 100000)::text || '.50', '2026-12-01', case when row % 20 = 0 then E'asked "again"\\nlater' else '' end], $4
       from generate_series(1, $3::int) row,
         lateral (select (6000000000 + (row::bigint * 7919) % 3999999979)::text as digits) made`,
      [campaignId, importId, contacts, state],
    );
    return importId;
  } finally {
    await client.end();
  }
}
