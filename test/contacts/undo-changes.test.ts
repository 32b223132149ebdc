import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { DuplicateRule } from '../../src/contacts/duplicate-rule.ts';
import { rehearseImport } from '../../src/contacts/rehearse-import.ts';
import { undoImport } from '../../src/contacts/undo-import.ts';
import type { UndoneImport } from '../../src/contacts/undo-import.ts';
import type { Database } from '../../src/db/pool.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, definitionOf, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { loadList } from './load-list.ts';
import { scopeOf, suppress } from './suppressing.ts';

let database: Database;
let seeded: Seeded;
beforeEach(async () => {
  ({ database } = await testDatabase());
  seeded = await seed(database, { numbers: [], agents: 2 });
  await database.query('delete from imports');
});

async function campaignKeeps(keep: DuplicateRule['keep']): Promise<void> {
  const duplicates = { within: 'campaign' as const, days: 30, keep };
  await database.query('update campaigns set definition = $1', [
    JSON.stringify(definitionOf('test', { duplicates })),
  ]);
}

const load = (text: string) => loadList(database, seeded.campaignId, text);
const undo = (importId: number): Promise<UndoneImport> => undoImport(database, importId, 'test');

/** Each contact in the order of the lists: its state, its cells, the numbers that are left, and the next one. */
async function contacts(): Promise<string[]> {
  const found = await database.query<{ line: string }>(
    `select coalesce(state_reason, state) || ' ' || array_to_string(cells, ',') || ' '
       || array_to_string(numbers, ',') || case when number = numbers[1] then '' else ' next ' || number end as line
     from contacts order by import_id, row_number`,
  );
  return found.rows.map(({ line }) => line.replaceAll('+919800000', ''));
}

describe('undoing a list that took the places of others', () => {
  beforeEach(() => campaignKeeps('last'));

  test('puts them back into the line', async () => {
    await load('phone,name\n9800000001,Asha\n9800000002,Ravi\n');
    const importId = await load('phone,name\n9800000001,Asha R\n9800000003,Meena\n');
    expect(await undo(importId)).toMatchObject({ canceled: 2, restored: 1 });
    expect(await contacts()).toEqual([
      'pending 9800000001,Asha 001',
      'pending 9800000002,Ravi 002',
      'undone 9800000001,Asha R 001',
      'undone 9800000003,Meena 003',
    ]);
    expect(await undo(importId)).toMatchObject({ canceled: 0, restored: 0 });
    // its key is its own again
    await load('phone,name\n9800000001,Later\n');
    expect((await contacts())[0]).toBe('replaced 9800000001,Asha 001');
  });

  test('leaves those out whose place was taken by a row that is called', async () => {
    await load('phone,name\n9800000001,Asha\n');
    const importId = await load('phone,name\n9800000001,Asha R\n');
    await claimed(seeded.claiming);
    expect(await undo(importId)).toMatchObject({ canceled: 0, restored: 0, dialing: 1 });
    await database.query(`update contacts set state = 'pending' where state = 'dialing'`);
    expect(await undo(importId)).toMatchObject({ canceled: 1, restored: 0 });
    expect(await contacts()).toEqual(['replaced 9800000001,Asha 001', 'undone 9800000001,Asha R 001']);
  });

  test.each([
    ['the later first', [2, 1]],
    ['the earlier first', [1, 2]],
  ])('one after another brings back the first of three, %s', async (_, order) => {
    const ids = [
      await load('phone,name\n9800000001,a\n'),
      await load('phone,name\n9800000001,b\n'),
      await load('phone,name\n9800000001,c\n'),
    ];
    for (const index of order) await undo(ids[index] ?? 0);
    expect((await contacts()).map((line) => line.split(' ')[0])).toEqual([
      'pending',
      expect.stringMatching(/undone|replaced/),
      'undone',
    ]);
  });

  test('does not call a number that was suppressed meanwhile', async () => {
    await load('phone,name,phone 2\n9800000001,Asha,\n9800000002,Ravi,9800000022\n');
    const importId = await load('phone,name\n9800000001,A\n9800000002,R\n');
    await suppress(database, await scopeOf(database), ['+919800000001', '+919800000002']);
    // those were taken out of the line by it
    await database.query(`update contacts set state = 'pending', state_reason = null where import_id = $1`, [
      importId,
    ]);
    expect(await undo(importId)).toMatchObject({ canceled: 2, restored: 1 });
    expect((await contacts()).slice(0, 2)).toEqual([
      'suppressed 9800000001,Asha, 001',
      'pending 9800000002,Ravi,9800000022 002,022 next 022',
    ]);
  });

  test('brings nobody back into a campaign that is over', async () => {
    await load('phone\n9800000001\n');
    const importId = await load('phone,name\n9800000001,Asha\n');
    await database.query(`update contacts set state = 'held' where state = 'pending'`);
    await database.query(`update campaigns set status = 'completed', ended_at = dialer_now()`);
    expect(await undo(importId)).toMatchObject({ canceled: 1, restored: 0 });
  });
});

describe('undoing a list that was merged into others', () => {
  beforeEach(() => campaignKeeps('merge'));

  test('takes out what it brought, its numbers first of all', async () => {
    await load('phone,name,phone 2\n9800000001,,\n9800000002,Ravi,\n');
    const importId = await load('phone,name,phone 2\n9800000001,Asha,9800000011\n9800000003,Meena,\n');
    expect((await contacts())[0]).toBe('pending 9800000001,Asha,9800000011 001,011');
    expect(await undo(importId)).toMatchObject({ canceled: 1, unmerged: 1, stillMerged: 0 });
    expect(await contacts()).toEqual([
      'pending 9800000001,, 001',
      'pending 9800000002,Ravi, 002',
      'undone 9800000003,Meena, 003',
    ]);
    expect(await undo(importId)).toMatchObject({ canceled: 0, unmerged: 0 });
  });

  test('leaves what a later list brought', async () => {
    await load('phone,name,city,phone 2\n9800000001,,,\n');
    const first = await load('phone,name,phone 2\n9800000001,Asha,9800000011\n');
    const second = await load('phone,name,city,phone 2\n9800000001,Meena,Pune,9800000022\n');
    await undo(first);
    expect(await contacts()).toEqual(['pending 9800000001,Meena,Pune,9800000022 001,022']);
    await undo(second);
    expect(await contacts()).toEqual(['pending 9800000001,,, 001']);
  });

  test('goes on with a number that is left where the next one to be called is gone', async () => {
    await load('phone,phone 2\n9800000001,9800000012\n9800000002,\n');
    const importId = await load('phone,phone 2\n9800000001,9800000011\n9800000002,9800000022\n');
    await database.query('update contacts set number = numbers[cardinality(numbers)]');
    await suppress(database, await scopeOf(database), ['+919800000001', '+919800000002']);
    expect(await undo(importId)).toMatchObject({ unmerged: 2 });
    expect(await contacts()).toEqual([
      'pending 9800000001,9800000012 001,012 next 012',
      'suppressed 9800000002, 002',
    ]);
  });

  test('says of how many it cannot take it back, since they are being called or done', async () => {
    await load('phone,phone 2\n9800000001,\n9800000002,\n');
    const importId = await load('phone,phone 2\n9800000001,9800000011\n9800000002,9800000022\n');
    await claimed(seeded.claiming);
    expect(await undo(importId)).toMatchObject({ unmerged: 1, stillMerged: 1 });
    expect(await contacts()).toEqual(['dialing 9800000001,9800000011 001,011', 'pending 9800000002, 002']);
  });
});

test('a file is not there already once later lists took the places of all its contacts', async () => {
  await campaignKeeps('last');
  const folder = await mkdtemp(join(tmpdir(), 'dialer-undo-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const text = 'phone,name\n9800000001,Asha\n9800000002,Ravi\n';
  const file = join(folder, 'seed.csv');
  await writeFile(file, text);
  const already = async () =>
    (await rehearseImport(database, { campaign: 'test', file, mapping: {} })).already;
  const importId = await load(text);
  await load('phone,name\n9800000001,A\n');
  expect(await already()).toBe(importId);
  await load('phone,name\n9800000002,R\n');
  expect(await already()).toBeNull();
});
