import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHeader } from './contact-list.ts';
import { ONE, allRows, inShort, opened, optionsWith, problemOf, rowsOf } from './testing/read-list.ts';

describe('the rows of a list', () => {
  test('are numbered as a spreadsheet shows them', async () => {
    expect(await inShort(`\nphone,note\n${ONE},"two\nlines"\n\n9000000002,x\n`)).toEqual([
      '3 +919000000001',
      '5 +919000000002',
    ]);
  });

  test('with nothing in them are rejected, but passed over at the end', async () => {
    expect(await inShort(`phone,name\n${ONE},a\n,\n , \n9000000002,b\n,\n,\n\n`)).toEqual([
      '2 +919000000001',
      '3 empty',
      '4 empty',
      '5 +919000000002',
    ]);
  });

  test('with too few cells count the rest as empty, and keep their cells as given', async () => {
    expect(await rowsOf(`phone,name,city\n${ONE}\n`)).toMatchObject([
      { cells: [ONE], number: '+919000000001', contact: { name: null } },
    ]);
    expect(await inShort(`name,phone,city\nAsha\n`)).toEqual(['2 missing']);
  });

  test('with too many filled cells are rejected, with empty ones they are not', async () => {
    expect(await inShort(`name,phone\nRao, Asha,${ONE}\nAsha,${ONE},,\n`)).toEqual([
      '2 too_many_cells',
      '3 +919000000001',
    ]);
  });

  test.each([
    ['timezone', 'PST', 'bad_timezone'],
    ['timezone', '-05:00', 'bad_timezone'],
    ['timezone', 'Asia/Nowhere', 'bad_timezone'],
    ['timezone', 'NULL', '+919000000001'],
    ['timezone', 'n/a', '+919000000001'],
    ['priority', '-', '+919000000001'],
    ['priority', '1.0', '+919000000001'],
    ['priority', '1.5', 'bad_priority'],
    ['priority', '9999999', 'bad_priority'],
    ['priority', '-3', '+919000000001'],
  ])('with %s %j come to %s', async (column, value, expected) => {
    expect(await inShort(`phone,${column}\n${ONE},${value}\n`)).toEqual([`2 ${expected}`]);
  });

  test('with words among priorities are rejected, and with nothing but words their column is the list’s own', async () => {
    expect(await inShort(`phone,Priority\n${ONE},high\n9000000002,2\n`)).toEqual([
      '2 bad_priority',
      '3 +919000000002',
    ]);
    const list = await opened(`phone,Priority\n${ONE},High\n9000000002,low\n`);
    expect(list.warnings).toEqual([
      'list.csv: "Priority" holds no numbers, so it is kept and nobody is called earlier by it (to choose another column: --map priority=…)',
    ]);
    expect(await allRows(list)).toMatchObject([{ contact: { priority: 0 } }, { contact: { priority: 0 } }]);
    expect(await rowsOf(`phone,Priority\n${ONE},High\n`, { priority: 'Priority' })).toMatchObject([
      { reject: { code: 'bad_priority' } },
    ]);
  });

  test('have no zone and no priority where it is said that no column holds them', async () => {
    const text = `phone,tz,priority\n${ONE},Zone 4,7\n`;
    expect(await inShort(text)).toEqual(['2 bad_timezone']);
    expect(await rowsOf(text, { timezone: '', priority: '' })).toMatchObject([
      { contact: { timezone: 'Asia/Kolkata', timezoneSource: 'number', priority: 0 } },
    ]);
  });

  test('with a character that was cut off keep the others, and a note names the first', async () => {
    const text = `phone,name\n${ONE},Asha\n9000000002,आशा`;
    const list = await opened(
      Buffer.concat([Buffer.from(text), Buffer.from('e0a4', 'hex'), Buffer.from('\n')]),
    );
    expect(await allRows(list)).toMatchObject([
      { contact: { name: 'Asha' } },
      { contact: { name: expect.stringMatching(/^आशा\uFFFD+$/) } },
    ]);
    expect(list.encodingSeen()).toBe('utf-8');
    expect(list.notesSeen().join()).toContain('row 3 holds a character that is cut off');
  });

  test('with a stray quote keep it', async () => {
    expect(
      await rowsOf(`phone,note\n${ONE},12" screen\n9000000002,"the "big" one"\n9000000003,x\n`),
    ).toMatchObject([
      { cells: [ONE, '12" screen'] },
      { rowNumber: 3 },
      { rowNumber: 4, cells: ['9000000003', 'x'] },
    ]);
  });

  test.each([
    ['to the end of the file', `phone,name\n${ONE},"Asha\n9000000002,Ravi\n9000000003,Meena\n`, 2],
    [
      'up to the next quote',
      `phone,name\n9000000009,x\n${ONE},"Asha\n9000000002,"Ravi"\n9000000003,Meena\n`,
      3,
    ],
    [
      'up to a quote at a line end',
      `phone,name,city\n${ONE},"Asha,Pune\n9000000002,Ravi,"\n9000000003,a,b\n`,
      2,
    ],
    ['over more than a row may hold', `phone,name\n${ONE},"${'Asha\n'.repeat(20_000)}"\n`, 2],
  ])('after an unclosed quote fail the list: %s', async (_, content, rowNumber) => {
    const failure = `list.csv: row ${rowNumber} opens a quote (") that is not closed`;
    const read = async () => {
      const problem = await problemOf(content);
      if (problem !== 'no problem') throw new Error(problem);
      await rowsOf(content);
    };
    await expect(read()).rejects.toThrow(failure);
  });

  test('before an unclosed quote far down are read until there', async () => {
    const good = Array.from(
      { length: 20_000 },
      (_, index) => `90${String(index).padStart(8, '0')},Asha\n`,
    ).join('');
    const list = await opened(`phone,name\n${good}9100000000,"Asha\n9100000001,Ravi\n`);
    let read = 0;
    const readAll = async () => {
      for await (const batch of list.batches()) read += batch.length;
    };
    await expect(readAll()).rejects.toThrow(/row 20002 opens a quote/);
    expect(read).toBeGreaterThan(10_000);
  });

  test('come out as they went in, whatever the cells and the chunks', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', 'आ', ',', '"', '\n', ' ', ';', '7'),
      maxLength: 8,
    });
    // a cell that begins with a quote and spans lines is what an unclosed quote looks like
    const plain = cell.map((text) => (text.startsWith('"') ? `x${text}` : text));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(plain, plain), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        async (pairs, size) => {
          const lines = pairs.map((pair) => [ONE, ...pair.map(quoted)].join(','));
          const list = await opened(`phone,a,b\n${lines.join('\n')}\n`, {}, size);
          expect((await allRows(list)).map((row) => row.cells)).toEqual(pairs.map((pair) => [ONE, ...pair]));
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('reading only the header lets go of the source', async () => {
  let released = false;
  async function* source() {
    try {
      yield Buffer.from(`phone,name\n${ONE},Asha\n`.repeat(10_000));
      yield Buffer.from('never asked for');
    } finally {
      released = true;
    }
  }
  expect(await readHeader(source(), optionsWith())).toMatchObject({
    header: ['phone', 'name'],
    encoding: 'utf-8',
  });
  expect(released).toBe(true);
});

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
