import type { Queryable } from '../db/pool.ts';

/** A list whose rows are in its campaign, as an export tells it. */
export interface LoadedImport {
  id: number;
  file_name: string;
  header: string[];
  accepted: number;
}

/** The loaded lists of a campaign in the order in which they came. */
export async function loadedImports(queryable: Queryable, campaignId: number): Promise<LoadedImport[]> {
  const found = await queryable.query<LoadedImport>(
    `select id, file_name, coalesce(header, '{}') as header, accepted from imports
     where campaign_id = $1 and state = 'done' order by id`,
    [campaignId],
  );
  return found.rows;
}
