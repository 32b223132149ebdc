import { expect, test } from 'vitest';
import type { ContactList } from '../../../src/contacts/contact-list.ts';
import { opened, problemOf } from '../../../src/contacts/testing/read-list.ts';
import { messageOf } from '../../../src/errors.ts';
import { awkwardFiles } from './files.ts';

test.each(awkwardFiles)('a list with $shape', async ({ content, comesTo, warnings }) => {
  // byte by byte would take minutes for the long ones; an odd size cuts through characters and line ends
  for (const chunkBytes of [7_919, 65_536]) {
    if (comesTo instanceof RegExp) {
      expect(await refusalOf(content, chunkBytes)).toMatch(comesTo);
      continue;
    }
    const list = await opened(content, {}, chunkBytes);
    expect(await rowsInShort(list)).toEqual(comesTo);
    if (warnings === undefined) expect(list.warnings).toEqual([]);
    else expect(list.warnings.join('\n')).toMatch(warnings);
  }
});

test('there are more than forty such files, each of its own shape', () => {
  expect(new Set(awkwardFiles.map(({ shape }) => shape)).size).toBe(awkwardFiles.length);
  expect(awkwardFiles.length).toBeGreaterThan(40);
});

async function rowsInShort(list: ContactList): Promise<string[]> {
  const rows: string[] = [];
  for await (const row of list.rows()) {
    const { rowNumber } = row;
    if ('reject' in row) rows.push(`${rowNumber} ${row.reject.code}`);
    else rows.push([rowNumber, ...row.contact.numbers, ...[row.contact.name ?? []].flat()].join(' '));
  }
  return rows;
}

/** Told before any row is read, or while they are. */
async function refusalOf(content: string | Uint8Array, chunkBytes: number): Promise<string> {
  const problem = await problemOf(content);
  if (problem !== 'no problem') return problem;
  const list = await opened(content, {}, chunkBytes);
  return await rowsInShort(list).then((rows) => `accepted: ${rows.join('; ')}`, messageOf);
}
