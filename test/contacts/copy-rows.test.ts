import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  maxSafeInteger,
  oneof,
  option,
  record,
  string,
} from 'fast-check';
import { expect, test } from 'vitest';
import { createCopyRows } from '../../src/contacts/copy-rows.ts';
import { testDatabase } from '../support/database.ts';

const text = oneof(
  string({ unit: 'grapheme' }).map((given) => given.replaceAll('\0', '')),
  constantFrom('', '\\N', '\t', 'a\\b', '{}', '"', 'अनीता', 'é'.repeat(40), 'x'.repeat(100_000), '\u{1F600}'),
);
const row = record({
  id: maxSafeInteger(),
  place: integer(),
  word: option(text),
  cells: array(text, { maxLength: 4 }),
});

test('whatever is copied is there as it was given, row after row', async () => {
  const { database } = await testDatabase();
  // far smaller than what it is to hold, and used again each time
  const rows = createCopyRows(16);
  await assert(
    asyncProperty(array(row, { minLength: 1, maxLength: 5 }), async (given) => {
      await database.transaction(async (transaction) => {
        await transaction.query(
          `create temporary table copied (at serial, id bigint, place integer, word text, cells text[]) on commit drop`,
        );
        for (const { id, place, word, cells } of given) {
          rows.row(4);
          rows.bigint(id);
          rows.integer(place);
          rows.text(word);
          rows.texts(cells);
        }
        await rows.write(transaction, 'copied (id, place, word, cells)');
        const found = await transaction.query('select id, place, word, cells from copied order by at');
        expect(found.rows).toEqual(given);
      });
    }),
    { numRuns: 50 },
  );
});
