import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import writeXlsxFile from 'write-excel-file/node';
import type { SheetData } from 'write-excel-file/node';
import { ONE, allRows, opened, problemOf, rowsOf } from './testing/read-list.ts';

const workbook = (rows: SheetData, dateFormat = 'yyyy-mm-dd hh:mm') =>
  writeXlsxFile(rows, { dateFormat }).toBuffer();

const cellsOf = async (content: Uint8Array) => (await rowsOf(content)).map((row) => row.cells);

describe('a list packed with gzip', () => {
  test.each([1, 7, 65_536])('reads as it does unpacked, in chunks of %i bytes', async (size) => {
    const text = `phone;name\n${ONE};"Asha;\n""Rao"""\n9000000002;आशा\n`;
    const list = await opened(gzipSync(text), {}, size);
    expect([list.delimiter, list.encoding]).toEqual([';', 'utf-8']);
    expect((await allRows(list)).map((row) => row.cells)).toEqual([
      [ONE, 'Asha;\n"Rao"'],
      ['9000000002', 'आशा'],
    ]);
  });

  test('may hold UTF-16 or a workbook', async () => {
    const utf16 = Buffer.from(`\uFEFFphone\tname\r\n${ONE}\tआशा\r\n`, 'utf16le');
    expect(await cellsOf(gzipSync(utf16))).toEqual([[ONE, 'आशा']]);
    expect(await cellsOf(gzipSync(await workbook([['phone'], [ONE]])))).toEqual([[ONE]]);
  });

  test('that is cut off or damaged fails with what to do, however much of it could be read', async () => {
    const lines = Array.from({ length: 60_000 }, (_, row) => `98${String(row * 97).padStart(8, '0')},${row}`);
    const packed = gzipSync(`phone,ref\n${lines.join('\n')}\n`);
    const cutOff = /list\.csv: this gzip file is damaged or cut off/;
    await expect(rowsOf(packed.subarray(0, packed.length - 100))).rejects.toThrow(cutOff);
    const damaged = Buffer.from(packed);
    const middle = Math.floor(packed.length / 2);
    damaged.fill(0xff, middle, middle + 64);
    await expect(rowsOf(damaged)).rejects.toThrow(cutOff);
    expect(await problemOf(packed.subarray(0, 12))).toMatch(cutOff);
  });
});

describe('a list in a workbook', () => {
  test('gives cells as text: long numbers without exponent, dates in ISO, blanks as empty', async () => {
    const content = await workbook([
      ['phone', 'name', 'policy', 'share', 'due', 'at', 'vip'],
      [919000000001, ' Asha Rao ', 123456789012345, 1.1, new Date('2026-12-01'), null, true],
      ['+91 90000 00002', 'Ravi', 1e20, 1e-7, new Date('2026-12-01T10:30:00Z'), '', false],
    ]);
    const list = await opened(content);
    expect([list.delimiter, list.encoding, list.columns.phones]).toEqual([null, 'xlsx', [0]]);
    expect(await allRows(list)).toMatchObject([
      {
        rowNumber: 2,
        cells: ['919000000001', ' Asha Rao ', '123456789012345', '1.1', '2026-12-01', '', 'TRUE'],
        number: '+919000000001',
        contact: { name: 'Asha Rao' },
      },
      {
        rowNumber: 3,
        cells: [
          '+91 90000 00002',
          'Ravi',
          '100000000000000000000',
          '0.0000001',
          '2026-12-01T10:30:00',
          '',
          'FALSE',
        ],
      },
    ]);
  });

  test('numbers its rows as the spreadsheet shows them, with empty ones above and between', async () => {
    const content = await workbook([
      [null],
      ['phone', 'name'],
      [ONE, 'Asha'],
      [null],
      ['9000000002', 'Ravi'],
    ]);
    expect((await rowsOf(content)).map((row) => [row.rowNumber, 'contact' in row])).toEqual([
      [3, true],
      [4, false],
      [5, true],
    ]);
  });

  test('gives text back as it went in, whatever it is', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', 'आ', ',', '"', '\n', ' ', '=', '<', '&', '7'),
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 10 }), async (pairs) => {
        const rows = pairs.map((pair) => [ONE, ...pair]);
        expect(await cellsOf(await workbook([['phone', 'a', 'b'], ...rows]))).toEqual(rows);
      }),
      { numRuns: 30 },
    );
  });

  test('is refused past 100 000 rows and past 30 MB, with the way out', async () => {
    const rows = Array.from({ length: 100_001 }, () => [1]);
    expect(await problemOf(await workbook([['phone'], ...rows]))).toMatch(
      /the workbook has 100001 rows, and a workbook may have 100000; save it as CSV/,
    );
    const large = Buffer.alloc(30 * 1024 * 1024 + 1);
    large.write('504b0304', 'hex');
    expect(await problemOf(large)).toMatch(/larger than 30 MB; save it as CSV/);
  });

  test('is refused when its first sheet is empty, or it is some other zip file', async () => {
    expect(await problemOf(await workbook([[null]]))).toMatch(/the first sheet of the workbook is empty/);
    expect(await problemOf(Buffer.from('504b0304000000000000', 'hex'))).toMatch(/a zip file or a workbook/);
  });
});
