import { randomUUID } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { array, assert, asyncProperty, constantFrom, string, tuple } from 'fast-check';
import { readSheet } from 'read-excel-file/node';
import { beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { contactRows } from '../../src/reports/contact-rows.ts';
import { writeContactsCsv } from '../../src/reports/contacts-csv.ts';
import { writeRowsCsv } from '../../src/reports/rows-csv.ts';
import { writeRowsJsonl } from '../../src/reports/rows-jsonl.ts';
import { writeRowsXlsx } from '../../src/reports/xlsx/rows-xlsx.ts';
import { loadList } from '../contacts/load-list.ts';
import { testDatabase } from '../support/database.ts';
import { someNumbers } from '../support/rig.ts';
import { one, seed } from '../support/seed.ts';
import { textSink } from './dialled.ts';

let database: Database;
let accountId: number;
beforeAll(async () => {
  const fresh = await testDatabase();
  ({ database } = fresh);
  ({ accountId } = await seed(database, { name: 'first' }));
  return fresh.drop;
});

const header = ['phone', 'name', 'a "note"', 'name', '', 'last, not least'];

const awkward = constantFrom(
  '',
  ' ',
  ',',
  ';',
  '|',
  '\t',
  'two\nlines',
  'cr\rhere',
  'both\r\nof them',
  ' padded ',
  '007',
  '=1+1',
  "it's",
  'say "so"',
  '"Call\nlater" she said',
  '"\r\n"',
  '""',
  '\\N',
  '\\.',
  '{a,b}',
  'null',
  '1e5',
  '\u00a0x\u00a0',
  '+91 98765 43210',
);
const anyCell = (text: ReturnType<typeof string>) => text.map((cell) => cell.replaceAll('\0', ''));
/** Of windows-1252, whose bytes nobody could take for UTF-8. */
const western = array(constantFrom('José', 'Müller ', 'Ñu ', 'à la ', '5 € ', 'plain '), {
  maxLength: 4,
}).map((words) => words.join(''));

const westernBytes: Record<string, number> = { '€': 0x80 };

const encodings = {
  'UTF-8': { encode: (text: string) => Buffer.from(text), letters: string({ unit: 'grapheme' }) },
  'UTF-8 with a mark': {
    encode: (text: string) => Buffer.from(`\ufeff${text}`),
    letters: string({ unit: 'grapheme' }),
  },
  'UTF-16LE': {
    encode: (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    letters: string({ unit: 'grapheme' }),
  },
  'UTF-16BE': {
    encode: (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    letters: string({ unit: 'grapheme' }),
  },
  'windows-1252': {
    encode: (text: string) =>
      Buffer.from(Array.from(text, (letter) => westernBytes[letter] ?? letter.charCodeAt(0))),
    letters: western,
  },
};

const delimiters = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' };

const shapes = Object.entries(encodings).flatMap(([encoding, coding]) =>
  Object.entries(delimiters).map(([separator, delimiter]) => ({ encoding, ...coding, separator, delimiter })),
);

test.each(shapes)(
  'the cells of a list in $encoding with $separator come out of every export as they went in',
  async ({ encode, letters, delimiter }) => {
    const cell = anyCell(constantFrom(true, false).chain((plain) => (plain ? letters : awkward)));
    const rows = array(tuple(cell, cell, cell, cell, cell), { minLength: 1, maxLength: 12 });
    await assert(
      asyncProperty(rows, constantFrom('\n', '\r\n', '\r'), async (others, lineEnd) => {
        const numbers = someNumbers(others.length);
        const given = others.map((cells, index) => [numbers[index] ?? '', ...cells]);
        const name = `round-${randomUUID()}`;
        const { campaignId } = await seed(database, { name, numbers: [], accountId });
        const file = encode(written([header, ...given], delimiter, lineEnd));
        await loadList(database, campaignId, file);
        await expectLoaded(campaignId, given.length);
        expect(await ownCells(name, 'copied')).toEqual(given);
        expect(await ownCells(name, 'rows')).toEqual(given);
        expect(await jsonCells(name)).toEqual(given);
        expect(await sheetCells(name)).toEqual(given);
        expectHarmless(await spreadsheetCells(name), given);
      }),
      { numRuns: 6 },
    );
  },
  60_000,
);

function written(records: readonly (readonly string[])[], delimiter: string, lineEnd: string): string {
  const quoted = (cell: string): string =>
    cell.includes(delimiter) || /["\r\n,;|\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return records.map((cells) => cells.map(quoted).join(delimiter) + lineEnd).join('');
}

async function expectLoaded(campaignId: number, rows: number): Promise<void> {
  const { state, accepted, error } = await one<{ state: string; accepted: number; error: string | null }>(
    database,
    'select state, accepted, error from imports where campaign_id = $1 order by id desc limit 1',
    [campaignId],
  );
  expect({ state, accepted, error }).toEqual({ state: 'done', accepted: rows, error: null });
}

async function ownCells(name: string, way: 'copied' | 'rows'): Promise<string[][]> {
  const sink = textSink();
  if (way === 'copied') await writeContactsCsv(database, name, sink.output, { rowsAtOnce: 5 });
  else await writeRowsCsv(await contactRows(database, name), sink.output, { rowsAtOnce: 5 });
  const [first, ...rows] = parse(sink.text(), { record_delimiter: '\n' });
  expect(first?.slice(0, header.length)).toEqual(header);
  return rows.map((cells) => cells.slice(0, header.length));
}

async function jsonCells(name: string): Promise<unknown[]> {
  const sink = textSink();
  await writeRowsJsonl(await contactRows(database, name), sink.output, { rowsAtOnce: 5 });
  return sink
    .text()
    .trimEnd()
    .split('\n')
    .map((line) => Object.values(JSON.parse(line).row));
}

async function sheetCells(name: string): Promise<unknown[][]> {
  const sink = textSink();
  await writeRowsXlsx(await contactRows(database, name), sink.output, { rowsAtOnce: 5 });
  const [first, ...rows] = (await readSheet(sink.bytes(), { trim: false })).map((cells) =>
    header.map((_, index) => cells[index] ?? ''),
  );
  expect(first).toEqual(header);
  return rows;
}

async function spreadsheetCells(name: string): Promise<string[][]> {
  const sink = textSink();
  const options = { rowsAtOnce: 5, spreadsheet: true };
  await writeRowsCsv(await contactRows(database, name), sink.output, options);
  expect(sink.text().startsWith('\ufeff')).toBe(true);
  const [, ...rows] = parse(sink.text(), { record_delimiter: '\n', bom: true });
  return rows.map((cells) => cells.slice(0, header.length));
}

/** An apostrophe stands before each cell that would run, nothing else is changed, and no number to dial at all. */
function expectHarmless(cells: string[][], given: string[][]): void {
  const apostrophes = cells.map((row, index) =>
    row.map((cell, column) => cell.slice(0, cell.length - (given[index]?.[column] ?? '').length)),
  );
  expect(apostrophes.map((row, index) => row.map((mark, column) => mark + given[index]?.[column]))).toEqual(
    cells,
  );
  for (const [number = '', ...others] of cells) {
    expect(number).toMatch(/^\+\d+$/);
    for (const cell of others) expect(cell).not.toMatch(/^\s*[=@＝＠]|^\s*[+\-＋－](?![\d.,]+\s*$)/);
  }
  expect(apostrophes.flat().filter((mark) => mark !== '' && mark !== "'")).toEqual([]);
}
