import { isDeepStrictEqual } from 'node:util';
import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import type { Queryable } from '../db/pool.ts';
import type { ColumnMapping, ContactColumns } from './contact-columns.ts';
import { findContactColumns } from './contact-columns.ts';

/** A file that may have been imported before. */
export interface FileToCompare {
  sha256: string;
  header: readonly string[];
  /** where its numbers and names are taken from, however that was said */
  columns: ContactColumns;
}

export interface SameImport {
  id: number;
  /** it is still to be loaded */
  open: boolean;
}

interface EarlierImport {
  id: number;
  state: 'open' | 'done';
  mapping: ColumnMapping;
  /** null: it is still being loaded */
  header: string[] | null;
}

/**
 * The import that took the same bytes with the same columns into the campaign, unless it failed or was undone, or later
 * lists took the places of all its contacts.
 */
export async function sameImport(
  queryable: Queryable,
  { id: campaignId, definition }: { id: number; definition: Pick<CampaignDefinition, 'defaultRegion'> },
  { sha256, header, columns }: FileToCompare,
): Promise<SameImport | null> {
  const found = await queryable.query<EarlierImport>(
    `select i.id, i.state, coalesce(i.mapping, k.definition->'columns') as mapping, i.header
     from imports i join campaigns k on k.id = i.campaign_id
     where i.campaign_id = $1 and i.sha256 = $2 and i.state in ('open', 'done')
       and not exists (select 1 from trail t
         where t.campaign_id = $1 and t.what = 'import_undone' and (t.new->>'import')::bigint = i.id)
       and (i.accepted = 0 or exists (select 1 from contacts c
         where c.import_id = i.id and not (c.state = 'canceled' and coalesce(c.state_reason, '') in ('undone', 'replaced'))))
     order by i.id`,
    [campaignId, sha256],
  );
  const same = found.rows.find((earlier) => {
    if (earlier.header !== null && !isDeepStrictEqual(earlier.header, [...header])) return false;
    const reading = findContactColumns(header, earlier.mapping, definition.defaultRegion);
    return 'columns' in reading && isDeepStrictEqual(reading.columns, columns);
  });
  return same === undefined ? null : { id: same.id, open: same.state === 'open' };
}
