import { beforeEach, describe, expect, test } from 'vitest';
import { rejectColumns } from '../../src/contacts/rejects-file.ts';
import { openTable } from '../../src/contacts/table.ts';
import type { TableRow } from '../../src/contacts/table.ts';
import type { Database } from '../../src/db/pool.ts';
import { writeRejectsCsv, writeRejectsJson } from '../../src/reports/rejected-rows.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { campaignWithoutList, textSink } from '../reports/dialled.ts';
import { testDatabase } from '../support/database.ts';
import { seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { loadList } from './load-list.ts';

let database: Database;
let seeded: Seeded;
beforeEach(async () => {
  ({ database } = await testDatabase());
  seeded = await campaignWithoutList(database);
});

async function rejectsCsv(rowsAtOnce?: number): Promise<string> {
  const { output, text } = textSink();
  await writeRejectsCsv(database, 'test', output, rowsAtOnce === undefined ? {} : { rowsAtOnce });
  return text();
}

async function parsed(text: string): Promise<{ header: readonly string[]; rows: TableRow[] }> {
  async function* source(): AsyncGenerator<Buffer, void, void> {
    yield Buffer.from(text);
  }
  const table = await openTable(source(), 'rejects.csv');
  const rows: TableRow[] = [];
  for await (const batch of table.batches()) rows.push(...batch);
  return { header: table.header, rows };
}

const stored = async (importId: number) =>
  (
    await database.query<{ row_number: number; code: string; cells: string[] }>(
      'select row_number, code, cells from import_rejects where import_id = $1 order by row_number',
      [importId],
    )
  ).rows;

const awkward = [
  'phone,name,reason',
  '9800000001,Asha Rao,first',
  '98000 00001,"Asha ""the\nsecond"" Rao",duplicate',
  'nobody,"  spaces, commas; and tabs\t ",\\N \\t {} NULL',
  '"12345",यशोदा 😀,"line one\r\nline two"',
  '9800000002,Rao, Vikram,9800000003',
  '=cmd(),-1,@x',
  'short',
  '',
].join('\n');

describe('the rejected rows as CSV', () => {
  test('give every cell back as it was, and then what is wrong', async () => {
    const importId = await loadList(database, seeded.campaignId, awkward);
    const { header, rows } = await parsed(await rejectsCsv());
    expect(header).toEqual([
      'phone',
      'name',
      'reason',
      'list',
      'import',
      'row_number',
      'code',
      'dialer_reason',
      'mend',
    ]);
    const before = await stored(importId);
    expect(before.map((row) => row.code)).toEqual([
      'duplicate',
      'not_a_number',
      'too_short',
      'too_many_cells',
      'not_a_number',
      'not_a_number',
    ]);
    for (const [index, { row_number: rowNumber, code, cells }] of before.entries()) {
      const row = rows[index]?.cells ?? [];
      const own = [...cells, '', ''].slice(0, 3);
      expect(row.slice(0, 7)).toEqual([...own, 'list.csv', String(importId), String(rowNumber), code]);
      expect(row.slice(9)).toEqual(cells.slice(3));
      expect([row[7], row[8]]).not.toContain('');
    }
    expect(rows).toHaveLength(before.length);
  });

  test('are refused again for the same reasons as long as nobody corrected them, and are taken when corrected', async () => {
    const first = await loadList(database, seeded.campaignId, awkward);
    const text = await rejectsCsv();
    const second = await loadList(database, seeded.campaignId, text);
    expect((await stored(second)).map((row) => row.code)).toEqual(
      (await stored(first)).map((row) => row.code),
    );
    const third = await loadList(database, seeded.campaignId, text.replace('12345', '9812345678'));
    expect((await stored(third)).map((row) => row.code)).not.toContain('too_short');
    const taken = await database.query<{ number: string; name: string }>(
      'select number, name from contacts where import_id = $1',
      [third],
    );
    expect(taken.rows).toEqual([{ number: '+919812345678', name: 'यशोदा 😀' }]);
  });

  test('are told no more by themselves once they came in again', async () => {
    const first = await loadList(database, seeded.campaignId, 'phone,name\n12,Asha\n13,Ravi\n14,Maya\n');
    const text = await rejectsCsv();
    // one is corrected, one comes as it is, and one is taken out of the file
    const corrected = text.replace('12,Asha', '9800000001,Asha').replace(/^14,.*\n/mu, '');
    const second = await loadList(database, seeded.campaignId, corrected);
    const placesOf = async (options?: { importId: number }): Promise<string[]> => {
      const { output, text: written } = textSink();
      await writeRejectsCsv(database, 'test', output, options);
      const { rows } = await parsed(written());
      return rows.map(({ cells }) => `${cells[1]} of ${cells[3]}`);
    };
    expect(await placesOf()).toEqual([`Maya of ${first}`, `Ravi of ${second}`]);
    expect(await campaignSummary(database, 'test')).toMatchObject({ rejectedRows: 2 });
    expect(await placesOf({ importId: first })).toEqual([
      `Asha of ${first}`,
      `Ravi of ${first}`,
      `Maya of ${first}`,
    ]);
  });

  test('of one campaign are not told to have come in again by a list of another', async () => {
    const first = await loadList(database, seeded.campaignId, 'phone,name\n12,Asha\n');
    const { campaignId } = await seed(database, { name: 'other', numbers: [], accountId: seeded.accountId });
    await loadList(database, campaignId, await rejectsCsv());
    expect((await parsed(await rejectsCsv())).rows.map(({ cells }) => cells.slice(0, 4))).toEqual([
      ['12', 'Asha', 'list.csv', String(first)],
    ]);
  });

  test('are read by the columns of their own lists when they come back, and leave none of ours behind', async () => {
    await loadList(database, seeded.campaignId, 'Mobile,city\n12,Pune\n');
    // its Mobile is somebody else's, which the list did not dial
    await loadList(database, seeded.campaignId, 'Mobile,Phone,Kin,Zone\n9800000009,13,Asha,Asia/Dubai\n');
    await database.query(`update imports set mapping = $1 where id = (select max(id) from imports)`, [
      JSON.stringify({ phone: 'Phone', name: 'Kin', timezone: 'Zone', priority: null }),
    ]);
    const corrected = (await rejectsCsv())
      .replace('12,Pune', '9800000001,Pune')
      .replace(',13,', ',9800000002,');
    const third = await loadList(database, seeded.campaignId, corrected);
    const taken = await database.query(
      'select row_number, numbers, name, timezone, cells from contacts where import_id = $1 order by id',
      [third],
    );
    expect(taken.rows).toEqual([
      {
        row_number: 2,
        numbers: ['+919800000001'],
        name: null,
        timezone: 'Asia/Kolkata',
        cells: ['9800000001', 'Pune', '', '', ''],
      },
      {
        row_number: 3,
        numbers: ['+919800000002'],
        name: 'Asha',
        timezone: 'Asia/Dubai',
        cells: ['9800000009', '', '9800000002', 'Asha', 'Asia/Dubai'],
      },
    ]);
    expect((await parsed(await rejectsCsv())).header).toEqual([
      'Mobile',
      'city',
      'Phone',
      'Kin',
      'Zone',
      ...rejectColumns,
    ]);
  });

  test('of several lists stand under the columns of all of them, page by page', async () => {
    await loadList(database, seeded.campaignId, 'phone,city\nx1,Pune\nx2,Goa\nx3,Agra\n');
    const second = await loadList(database, seeded.campaignId, 'name,Mobile,phone\nAsha,1,x4\nRavi,2,x5\n');
    const { header, rows } = await parsed(await rejectsCsv(2));
    expect(header).toEqual(['phone', 'city', 'name', 'Mobile', ...rejectColumns]);
    expect(rows.map(({ cells }) => [...cells.slice(0, 4), cells[6]])).toEqual([
      ['x1', 'Pune', '', '', '2'],
      ['x2', 'Goa', '', '', '3'],
      ['x3', 'Agra', '', '', '4'],
      ['x4', '', 'Asha', '1', '2'],
      ['x5', '', 'Ravi', '2', '3'],
    ]);
    const { output, text } = textSink();
    await writeRejectsCsv(database, 'test', output, { importId: second });
    const only = await parsed(text());
    expect(only.header).toEqual(['name', 'Mobile', 'phone', ...rejectColumns]);
    expect(only.rows.map(({ cells }) => cells.slice(0, 3))).toEqual([
      ['Asha', '1', 'x4'],
      ['Ravi', '2', 'x5'],
    ]);
    await expect(writeRejectsCsv(database, 'test', textSink().output, { importId: 999 })).rejects.toThrow(
      'campaign test has no loaded import 999',
    );
  });

  test('are a header alone where no row was rejected', async () => {
    await loadList(database, seeded.campaignId, 'phone\n9800000001\n');
    expect(await rejectsCsv()).toBe('phone,list,import,row_number,code,reason,mend\n');
  });

  test('are not those of a campaign that is not there', async () => {
    await expect(writeRejectsCsv(database, 'nope', textSink().output)).rejects.toThrow(
      'there is no campaign nope',
    );
  });
});

test('the rejected rows as JSON are one document with the same rows', async () => {
  const { output, text } = textSink();
  await loadList(database, seeded.campaignId, 'phone,name\nx,Asha\n9800000001,Ravi,9800000002\n');
  expect(await writeRejectsJson(database, 'test', output, { rowsAtOnce: 1 })).toBe(2);
  expect(JSON.parse(text())).toMatchObject({
    campaign: 'test',
    columns: ['phone', 'name'],
    rows: [
      { list: 'list.csv', rowNumber: 2, code: 'not_a_number', cells: ['x', 'Asha'], cellsBeyondHeader: [] },
      {
        rowNumber: 3,
        code: 'too_many_cells',
        cells: ['9800000001', 'Ravi'],
        cellsBeyondHeader: ['9800000002'],
      },
    ],
  });
  const empty = textSink();
  await database.query('delete from import_rejects');
  await writeRejectsJson(database, 'test', empty.output);
  expect(JSON.parse(empty.text())).toMatchObject({ rows: [] });
});
