import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ONE, allRows, inShort, opened, problemOf } from './testing/read-list.ts';

describe('the text of a list', () => {
  test.each([
    [',', `phone,name\n${ONE},"Rao, Asha"\n`],
    [';', `phone;name\n${ONE};Rao, Asha\n`],
    ['\t', `phone\tname\n${ONE}\tRao, Asha\n`],
    ['|', `phone|name\n${ONE}|Rao, Asha\n`],
    [';', `sep=;\nphone;name\n${ONE};Rao, Asha\n`],
    [';', `"a,b";phone;name\nx;${ONE};Rao, Asha\n`],
  ])('is split at %j', async (delimiter, content) => {
    const list = await opened(content);
    expect(list.delimiter).toBe(delimiter);
    expect(await allRows(list)).toMatchObject([{ rowNumber: 2, contact: { name: 'Rao, Asha' } }]);
  });

  const content = `phone,name\n${ONE},José आशा\n`;
  test.each([
    ['utf-8', Buffer.from(content)],
    ['utf-8', Buffer.from(`\uFEFF${content}`)],
    ['utf-16le', Buffer.from(`\uFEFF${content}`, 'utf16le')],
    ['utf-16be', Buffer.from(`\uFEFF${content}`, 'utf16le').swap16()],
  ])('is read as %s, whatever the size of its chunks', async (encoding, bytes) => {
    for (const size of [1, 2, 3, 7, 65_536]) {
      const list = await opened(bytes, {}, size);
      expect(list.encoding).toBe(encoding);
      expect(list.header).toEqual(['phone', 'name']);
      expect(await allRows(list)).toMatchObject([{ contact: { name: 'José आशा' } }]);
    }
  });

  test('is read as windows-1252 where it is not UTF-8, line by line', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`phone,name\n${ONE},आशा\n`),
      Buffer.from(`9000000002,Jos\u00E9 \u0093Pepe\u0094\n9000000003,Ren\u00E9`, 'latin1'),
    ]);
    const list = await opened(bytes);
    const names = (await allRows(list)).map((row) => ('contact' in row ? row.contact.name : row.reject));
    expect(names).toEqual(['आशा', 'José “Pepe”', 'René']);
    expect(list.encodingSeen()).toBe('windows-1252');
  });

  test('in windows-1252 is right at every border of its pieces', async () => {
    const lines = Array.from(
      { length: 9_000 },
      (_, index) => `90${String(index).padStart(8, '0')},é${'x'.repeat(index % 7)}é`,
    );
    const list = await opened(Buffer.from(`phone,name\n${lines.join('\n')}`, 'latin1'), {}, 1_000);
    const names = (await allRows(list)).map((row) => ('contact' in row ? row.contact.name : row.reject));
    expect(names).toEqual(lines.map((line) => line.slice(line.indexOf(',') + 1)));
  });

  test('may mix line ends, which no row is lost to', async () => {
    expect(await inShort(`phone,name\r\n${ONE},a\n9000000002,b\r\n9000000003,c`)).toEqual([
      '2 +919000000001',
      '3 +919000000002',
      '4 +919000000003',
    ]);
    expect(await inShort(`phone,name\r${ONE},a\r9000000002,b\r`)).toEqual([
      '2 +919000000001',
      '3 +919000000002',
    ]);
  });

  test.each([
    ['is empty', '', /the file is empty; give a list with a header row/],
    ['has only empty lines', '\n\n  \n', /the file is empty/],
    ['has only a header', 'phone,name\n', /a header and no row below it; add contacts/],
    [
      'is a zip file that is no workbook',
      Buffer.from('504b030414000600', 'hex'),
      /a zip file or a workbook that cannot be read; unzip it first/,
    ],
    [
      'is an old Excel file',
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      /an old \(.xls\) or locked Excel file, not a CSV file; .* save it as xlsx .* or as CSV/,
    ],
    ['is packed twice', gzipSync(gzipSync('phone\n1')), /a gzip file within a gzip file, .* unpack it first/],
    ['is a PDF', '%PDF-1.7', /a PDF/],
    ['is a web page', '\n<html><table><tr><td>phone', /a web page or XML/],
    ['is JSON', '[{"phone": "9000000001"}]', /JSON, not a CSV file/],
    ['holds NUL bytes', `phone\n${ONE}\n\0\0`, /this is not text/],
    [
      'is UTF-32',
      Buffer.from(`\uFEFFphone\n${ONE}\n`.replaceAll(/./gsu, '$&\0'), 'utf16le'),
      /this is not text/,
    ],
    ['is an empty zip file', Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex'), /an empty zip file/],
    ['is mostly control bytes', Buffer.alloc(500, 1), /this is not text/],
  ])('is refused by name where the file %s', async (_, bytes, problem) => {
    expect(await problemOf(bytes)).toMatch(problem);
  });
});
