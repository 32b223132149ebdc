import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { Client } from 'pg';
import { contest } from './contestant.ts';
import type { ImportResult } from './import-result.ts';

const rowsAtOnce = 1000;

type Row = Record<'phone' | 'name' | 'city' | 'amount_due' | 'due_date' | 'note', string>;

/**
 * The peer: what one writes first. csv-parse into objects, libphonenumber-js for every number, INSERT in batches, and the
 * unique index for duplicates.
 */
contest<ImportResult>(async ({ url, file, campaignId, importId }) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const startedAt = performance.now();
  let rowNumber = 1;
  let given = 0;
  let accepted = 0;
  let rejected = 0;
  let values: unknown[][] = [];
  const flush = async (): Promise<void> => {
    if (values.length === 0) return;
    const width = values[0]?.length ?? 0;
    const places = values.map(
      (_, row) =>
        `(${Array.from({ length: width }, (__, column) => `$${row * width + column + 1}`).join(',')})`,
    );
    const inserted = await client.query(
      `insert into contacts (campaign_id, import_id, row_number, number, numbers, dedupe_key, name, cells)
       values ${places.join(',')} on conflict (campaign_id, dedupe_key) do nothing`,
      values.flat(),
    );
    given += values.length;
    accepted += inserted.rowCount ?? 0;
    values = [];
  };
  await client.query('begin');
  for await (const record of createReadStream(file).pipe(parse({ columns: true }))) {
    const row: Row = record;
    rowNumber += 1;
    const phone = parsePhoneNumberFromString(row.phone, 'IN');
    if (phone === undefined || !phone.isValid()) {
      rejected += 1;
      continue;
    }
    const cells = [row.phone, row.name, row.city, row.amount_due, row.due_date, row.note];
    values.push([
      campaignId,
      importId,
      rowNumber,
      phone.number,
      [phone.number],
      phone.number,
      row.name,
      cells,
    ]);
    if (values.length === rowsAtOnce) await flush();
  }
  await flush();
  await client.query('commit');
  const ms = performance.now() - startedAt;
  await client.end();
  return { ms, accepted, rejected, duplicates: given - accepted };
});
