import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { csvLines } from './csv.ts';
import { withQuotedEdges } from './quoted-edges.ts';

/** As Postgres writes a cell: spaces are none of its reasons to quote, and what is empty is null. */
const asPostgres = (cell: string): string =>
  /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

test('makes of lines of Postgres what csvLines makes of their cells', () => {
  const edge = constantFrom(
    ' x',
    'x ',
    ' ',
    '\t',
    '\u00a0x',
    'x\u3000',
    '\ufeffx',
    'अ',
    'अ ',
    ' a, b',
    '"',
    ' "',
    'é',
  );
  const cell = oneof(edge, string({ unit: 'binary' }));
  assert(
    property(array(array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1 }), (records) => {
      const written = records.map((record) => `${record.map(asPostgres).join(',')}\n`).join('');
      expect(withQuotedEdges(Buffer.from(written)).toString()).toBe(csvLines(records));
    }),
  );
});

test('copies nothing where no cell has a space at its edge', () => {
  const lines = Buffer.from('98,"Indore, MP",two words,"said ""later"" "\n');
  expect(withQuotedEdges(lines)).toBe(lines);
});
