import { createReadStream } from 'node:fs';
import type { CountryCode } from 'libphonenumber-js/max';
import { messageOf } from '../errors.ts';
import type { ColumnMapping } from './contact-columns.ts';
import { readHeader } from './contact-list.ts';

/** What is wrong with a contact list before any of its rows is read, and what is worth a word. */
export async function checkContactList(
  path: string,
  mapping: ColumnMapping,
  defaultRegion: CountryCode,
): Promise<{ problems: string[]; warnings: string[] }> {
  try {
    const header = await readHeader(createReadStream(path), { fileName: path, mapping, defaultRegion });
    return 'problems' in header
      ? { problems: header.problems, warnings: [] }
      : { problems: [], warnings: header.warnings };
  } catch (error) {
    return { problems: [`${path}: cannot be read (${messageOf(error)}); check the path`], warnings: [] };
  }
}
