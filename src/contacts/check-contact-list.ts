import { createReadStream } from 'node:fs';
import type { CountryCode } from 'libphonenumber-js/max';
import { messageOf } from '../errors.ts';
import type { ColumnMapping } from './contact-columns.ts';
import { readHeader } from './contact-list.ts';
import type { ContactListHeader, ContactListOptions } from './contact-list.ts';

export interface CheckedList {
  problems: string[];
  warnings: string[];
  /** null where there are problems */
  found: Pick<ContactListHeader, 'header' | 'columns'> | null;
}

/** What is wrong with a contact list before any of its rows is read, and what is worth a word. */
export async function checkContactList(
  path: string,
  mapping: ColumnMapping,
  defaultRegion: CountryCode,
  earlier?: ContactListOptions['earlier'],
): Promise<CheckedList> {
  try {
    const header = await readHeader(createReadStream(path), {
      fileName: path,
      mapping,
      defaultRegion,
      earlier,
    });
    return 'problems' in header
      ? { problems: header.problems, warnings: [], found: null }
      : { problems: [], warnings: header.warnings, found: header };
  } catch (error) {
    const problem = `${path}: cannot be read (${messageOf(error)}); check the path`;
    return { problems: [problem], warnings: [], found: null };
  }
}
