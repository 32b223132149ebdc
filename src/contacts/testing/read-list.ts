import type { ColumnMapping } from '../contact-columns.ts';
import { NO_MAPPING } from '../contact-columns.ts';
import type { ContactList } from '../contact-list.ts';
import { openContactList } from '../contact-list.ts';
import type { ContactRow } from '../contact-row.ts';

export const ONE = '9000000001';

async function* chunksOf(content: string | Uint8Array, size = 65_536): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export function optionsWith(mapping: Partial<ColumnMapping> = {}) {
  return { fileName: 'list.csv', mapping: { ...NO_MAPPING, ...mapping }, defaultRegion: 'IN' as const };
}

function open(content: string | Uint8Array, mapping: Partial<ColumnMapping> = {}, chunkBytes = 65_536) {
  return openContactList(chunksOf(content, chunkBytes), optionsWith(mapping));
}

export async function opened(
  content: string | Uint8Array,
  mapping: Partial<ColumnMapping> = {},
  chunkBytes = 65_536,
) {
  const list = await open(content, mapping, chunkBytes);
  if ('problems' in list) throw new Error(list.problems.join('\n'));
  return list;
}

export async function allRows(list: ContactList): Promise<ContactRow[]> {
  const rows: ContactRow[] = [];
  for await (const row of list.rows()) rows.push(row);
  return rows;
}

export async function rowsOf(content: string | Uint8Array, mapping: Partial<ColumnMapping> = {}) {
  return allRows(await opened(content, mapping));
}

/** Each row in short: "2 +91…" for a contact, "3 too_short" for a reject. */
export async function inShort(content: string | Uint8Array): Promise<string[]> {
  return (await rowsOf(content)).map(
    (row) => `${row.rowNumber} ${'contact' in row ? row.number : row.reject.code}`,
  );
}

export async function problemOf(
  content: string | Uint8Array,
  mapping: Partial<ColumnMapping> = {},
): Promise<string> {
  const list = await open(content, mapping);
  return 'problems' in list ? list.problems.join('\n') : 'no problem';
}
