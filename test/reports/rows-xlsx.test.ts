import { array, assert, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import { readSheet } from 'read-excel-file/node';
import { expect, test } from 'vitest';
import { textSink } from './dialled.ts';
import type { ReportRow, ReportRows } from '../../src/reports/report-rows.ts';
import { writeRowsXlsx } from '../../src/reports/xlsx/rows-xlsx.ts';

function rowsOf(own: string[], rows: ReportRow[], ours: string[] = []): ReportRows {
  return {
    what: 'contacts',
    own,
    ours,
    timezone: 'Asia/Kolkata',
    count: async () => rows.length,
    requireAll: () => undefined,
    async *pages() {
      yield rows;
    },
  };
}

async function sheetOf(rows: ReportRows): Promise<unknown[][]> {
  const sink = textSink();
  await writeRowsXlsx(rows, sink.output);
  return await readSheet(sink.bytes(), { trim: false });
}

const awkward = constantFrom(
  'constructor',
  '__proto__',
  'toString',
  '=1+1',
  '007',
  '+919876543210',
  '9.19877E+11',
  '_x0041_',
  '_x005F_',
  '_x_x0041_',
  ' padded ',
  'two\nlines',
  'cr\r\nlf\r',
  '\u0001\u001b\u0085\u009f',
  '\ufffd\ufffe\ufdd0',
  '<a href="x">&amp;</a>',
  'अनीता 😀',
);

test('any text comes back from the sheet as it went in', async () => {
  const cell = oneof(awkward, string({ unit: 'binary', minLength: 1, maxLength: 12 }));
  await assert(
    asyncProperty(array(cell, { minLength: 1, maxLength: 150 }), async (cells) => {
      const [, row] = await sheetOf(
        rowsOf(
          cells.map((_, index) => `c${index}`),
          [{ own: cells, ours: [] }],
        ),
      );
      expect(row).toEqual(cells);
    }),
    { numRuns: 10 },
  );
});

test('numbers to dial and cells of the list are text, counts are numbers, times are dates of the zone’s clocks', async () => {
  const ours = ['dialed_number', 'attempts', 'last_attempt_at', 'outcome'];
  const values = ['+919800000001', 3, new Date('2026-12-01T04:30:15Z'), null];
  expect(await sheetOf(rowsOf(['attempts', 'pin'], [{ own: ['x', '007'], ours: values }], ours))).toEqual([
    ['attempts', 'pin', 'dialed_number', 'dialer_attempts', 'last_attempt_at', 'outcome'],
    ['x', '007', '+919800000001', 3, new Date('2026-12-01T10:00:15Z'), null],
  ]);
});

test('refuses more rows than it can hold, and names the form that takes them', async () => {
  const rows = rowsOf(
    ['a'],
    ['1', '2', '3'].map((cell) => ({ own: [cell], ours: [] })),
  );
  const refused = 'there are 3 contacts, and a sheet of an XLSX file holds 2: use --format csv';
  await expect(writeRowsXlsx(rows, textSink().output, { most: 2 })).rejects.toThrow(refused);
  const grown = { ...rows, count: async () => 1 };
  await expect(writeRowsXlsx(grown, textSink().output, { most: 2 })).rejects.toThrow(refused);
  expect(await writeRowsXlsx(rows, textSink().output, { most: 3 })).toBe(3);
});

test('refuses a cell that Excel would call damage, and says where it stands', async () => {
  const rows = rowsOf(['name', 'note'], [{ own: ['Asha', 'x'.repeat(32_768)], ours: [] }]);
  await expect(writeRowsXlsx(rows, textSink().output)).rejects.toThrow(
    'row 2 has in its column 2 (note) a text longer than the 32767 characters',
  );
});

test('stops when told', async () => {
  const stopped = { signal: AbortSignal.abort() };
  await expect(
    writeRowsXlsx(rowsOf(['a'], [{ own: ['1'], ours: [] }]), textSink().output, stopped),
  ).rejects.toThrow(/abort/i);
});
