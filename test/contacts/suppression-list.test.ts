import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { importSuppressions } from '../../src/contacts/suppression-list.ts';
import type { ImportedSuppressions } from '../../src/contacts/suppression-list.ts';
import { suppressionScope } from '../../src/contacts/suppression-scope.ts';
import type { Database } from '../../src/db/pool.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';

let database: Database;
let folder: string;
beforeEach(async () => {
  ({ database } = await testDatabase());
  folder = await mkdtemp(join(tmpdir(), 'dialer-suppressions-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function importing(
  text: string,
  { column = null, rowsAtOnce = 5000 }: { column?: string | null; rowsAtOnce?: number } = {},
): Promise<ImportedSuppressions> {
  const file = join(folder, 'dnd.csv');
  await writeFile(file, text);
  const scope = await suppressionScope(database, { campaign: null, account: null });
  const grounds = { reason: 'asked', expiresAt: null, actor: 'cli:asha' };
  return await importSuppressions({ database, scope, file, column, grounds, rowsAtOnce });
}

const suppressedNumbers = async () =>
  (await database.query<{ number: string }>('select number from suppressions order by id')).rows.map(
    (row) => row.number,
  );

describe('a list of numbers', () => {
  test('is suppressed but for its bad rows, of which each is told with its row and its mend', async () => {
    await seed(database, { numbers: ['+919800000001', '+919800000009'] });
    const imported = await importing(
      'Name;Mobile No.\nAsha Rao;98000 00001\nRavi;12345\n;\nMeena;\nVikram;+91 98000-00002\nAgain;9800000001\nLost;9.8E+09\n',
    );
    expect(imported).toMatchObject({
      added: 2,
      extended: 0,
      already: 1,
      rejected: 3,
      contacts: 1,
      live: 0,
      warnings: [],
    });
    expect(imported.rejects.map(({ rowNumber, code }) => [rowNumber, code])).toEqual([
      [3, 'too_short'],
      [5, 'missing'],
      [8, 'excel_damaged'],
    ]);
    expect(imported.rejects[0]?.mend).toContain('write the whole number');
    expect(await suppressedNumbers()).toEqual(['+919800000001', '+919800000002']);
    expect(await one(database, 'select source, reason, actor from suppressions limit 1')).toEqual({
      source: 'list dnd.csv',
      reason: 'asked',
      actor: 'cli:asha',
    });
  });

  test('adds nothing a second time', async () => {
    await seed(database);
    const text = 'phone\n9800000001\n9800000002\n9800000003\n';
    expect(await importing(text, { rowsAtOnce: 2 })).toMatchObject({ added: 3, already: 0 });
    expect(await importing(text, { rowsAtOnce: 2 })).toMatchObject({ added: 0, extended: 0, already: 3 });
  });

  test('has its header below a title, and takes a number in its place from a row with too many cells', async () => {
    await seed(database);
    const imported = await importing(
      'Numbers not to call, November\nname;phone;city\nRao;9800000001;Pune;MH\nRao;Asha;9800000002;9800000003\n',
    );
    expect([imported.added, imported.rejects.map(({ rowNumber, code }) => [rowNumber, code])]).toEqual([
      1,
      [[4, 'too_many_cells']],
    ]);
    expect(await suppressedNumbers()).toEqual(['+919800000001']);
    expect(imported.warnings.join()).toContain('the header is row 2; the row above it is passed over');
  });

  test('keeps the first thousand of its bad rows, and counts them all', async () => {
    await seed(database);
    const imported = await importing(`phone\n${'nobody\n'.repeat(1200)}`);
    expect([imported.rejected, imported.rejects.length]).toEqual([1200, 1000]);
  });
});

describe('the column of the numbers', () => {
  test('is the one that is named, and a note tells of others that were left', async () => {
    await seed(database);
    const text = 'phone,whatsapp\n9800000001,9800000002\n';
    const { warnings } = await importing(text);
    expect(warnings).toEqual([expect.stringContaining('taken from "phone" and not from "whatsapp"')]);
    expect((await importing(text, { column: 'WhatsApp' })).warnings).toEqual([]);
    expect(await suppressedNumbers()).toEqual(['+919800000001', '+919800000002']);
  });

  test.each([
    ['name,city\nAsha,Pune\n', null, 'there is no column of phone numbers; the columns are "name", "city"'],
    ['name,city\nAsha,Pune\n', 'Mobile', 'there is no column "Mobile"'],
    ['phone,phone\n1,2\n', null, 'two columns are called "phone"'],
    ['9800000001\n9800000002\n', null, 'the first row is a number, not a header'],
    ['', null, 'the file is empty'],
  ])('cannot be found in %j (--column %s)', async (text, column, problem) => {
    await seed(database);
    await expect(importing(text, { column })).rejects.toThrow(problem);
    expect(await suppressedNumbers()).toEqual([]);
  });
});

describe('a file that cannot be read', () => {
  test('is named with what to do', async () => {
    await seed(database);
    const scope = await suppressionScope(database, { campaign: null, account: null });
    const file = join(folder, 'missing.csv');
    const grounds = { reason: null, expiresAt: null, actor: 'cli:asha' };
    await expect(importSuppressions({ database, scope, file, column: null, grounds })).rejects.toThrow(
      /missing\.csv: cannot be read \(ENOENT.*\); check the path/,
    );
  });

  test('from some row on suppresses what stands above it, and says so', async () => {
    await seed(database);
    const rows = Array.from({ length: 20_000 }, (_, row) => `98${String(10_000_000 + row)}`);
    const broken = `phone,note\n${rows.map((row) => `${row},x`).join('\n')}\n9811111111,"never closed\n${'9822222222,y\n'.repeat(6000)}`;
    await expect(importing(broken, { rowsAtOnce: 100_000 })).rejects.toThrow(
      /row 20002 opens a quote .* is not closed.*; the \d+ numbers read before are suppressed/,
    );
    const { suppressed } = await one<{ suppressed: number }>(
      database,
      'select count(*) as suppressed from suppressions',
    );
    expect(suppressed).toBeGreaterThan(10_000);
    expect(await suppressedNumbers()).not.toContain('+919822222222');
  });
});
