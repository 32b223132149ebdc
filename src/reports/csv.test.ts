import { parse } from 'csv-parse/sync';
import { assert, array, constantFrom, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { csvLines } from './csv.ts';

const awkward = constantFrom(
  '',
  ' ',
  '"',
  '""',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\t',
  ' padded ',
  '007',
  '=1+1',
  "it's",
  'अनीता',
  '\u00a0x',
  '\ufeffx',
);

test('any cell comes back as it went in', () => {
  const cell = string({ unit: 'binary' });
  const row = (cells: typeof cell) => array(cells, { minLength: 2, maxLength: 5 });
  assert(
    property(array(row(cell), { minLength: 1 }), array(row(awkward)), (some, others) => {
      const records = [...some, ...others];
      const lines = csvLines(records);
      expect(parse(lines, { relax_column_count: true, record_delimiter: '\n' })).toEqual(records);
    }),
  );
});

test('quotes a cell only where a reader could take it for something else', () => {
  expect(csvLines([['plain', '007', '', 'a,b', 'say "hi"', 'two\nlines', 'cr\rhere', ' x', 'x ']])).toBe(
    'plain,007,,"a,b","say ""hi""","two\nlines","cr\rhere"," x","x "\n',
  );
});
