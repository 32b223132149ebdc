import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CampaignDefinition } from '../../src/campaigns/campaign-definition.ts';
import type { DuplicateRule } from '../../src/contacts/duplicate-rule.ts';
import { loadImport } from '../../src/contacts/load-import.ts';
import { rehearseImport } from '../../src/contacts/rehearse-import.ts';
import { removeSuppression } from '../../src/contacts/suppressions.ts';
import { undoImport } from '../../src/contacts/undo-import.ts';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, definitionOf, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { loadList, queueList } from './load-list.ts';
import { scopeOf, suppress } from './suppressing.ts';
import { untilWaiting } from './waiting.ts';

const rule = (changes: Partial<DuplicateRule>): DuplicateRule => ({
  within: 'campaign',
  days: 30,
  keep: 'first',
  ...changes,
});

let database: Database;
let seeded: Seeded;
beforeEach(async () => {
  ({ database } = await testDatabase());
  seeded = await seed(database, { numbers: [], agents: 2 });
  await database.query('delete from imports');
});

async function campaignWith(duplicates: DuplicateRule, name = 'test'): Promise<void> {
  const definition: CampaignDefinition = definitionOf(name, { duplicates });
  await database.query('update campaigns set definition = $2 where name = $1', [
    name,
    JSON.stringify(definition),
  ]);
}

const load = (text: string) => loadList(database, seeded.campaignId, text);

/** Each contact in the order of the lists: its row, state, cells and numbers. */
async function contacts(): Promise<string[]> {
  const found = await database.query<{ line: string }>(
    `select row_number || ' ' || coalesce(state_reason, state) || ' ' || array_to_string(cells, ',')
       || case when cardinality(numbers) > 1 then ' +' || cardinality(numbers) - 1 else '' end as line
     from contacts order by import_id, row_number`,
  );
  return found.rows.map((row) => row.line);
}

const counts = (importId: number) =>
  one(database, 'select accepted, duplicates, merged, replaced from imports where id = $1', [importId]);

async function rejects(importId: number): Promise<string[]> {
  const found = await database.query<{ line: string }>(
    `select row_number || ' ' || code || ' ' || reason as line from import_rejects where import_id = $1 order by row_number`,
    [importId],
  );
  return found.rows.map((row) => row.line);
}

/** Totals always equal the accepted rows, and no row is lost. */
async function expectAllThere(rows: number): Promise<void> {
  const sums = await one<{ accepted: number; left: number }>(
    database,
    'select sum(accepted)::int as accepted, sum(rejected + duplicates)::int as left from imports',
  );
  const { contacts: states } = await campaignSummary(database, 'test');
  expect([states.total, sums.accepted + sums.left]).toEqual([sums.accepted, rows]);
}

const first = 'phone,name,phone 2\n9800000001,Asha,\n9800000002,,\n';
const second =
  'phone,name,phone 2\n9800000002,Ravi,9800000022\n9800000003,Meena,\n9800000003,Meena R,9800000033\n';

describe('a number that was there before', () => {
  test.each([
    [
      rule({}),
      { accepted: 1, duplicates: 2, merged: 0, replaced: 0 },
      ['2 pending 9800000001,Asha,', '3 pending 9800000002,,', '3 pending 9800000003,Meena,'],
    ],
    [
      rule({ within: 'file' }),
      { accepted: 2, duplicates: 1, merged: 0, replaced: 0 },
      [
        '2 pending 9800000001,Asha,',
        '3 pending 9800000002,,',
        '2 pending 9800000002,Ravi,9800000022 +1',
        '3 pending 9800000003,Meena,',
      ],
    ],
    [
      rule({ keep: 'last' }),
      { accepted: 2, duplicates: 1, merged: 0, replaced: 1 },
      [
        '2 pending 9800000001,Asha,',
        '3 replaced 9800000002,,',
        '2 pending 9800000002,Ravi,9800000022 +1',
        '4 pending 9800000003,Meena R,9800000033 +1',
      ],
    ],
    [
      rule({ keep: 'merge' }),
      { accepted: 1, duplicates: 2, merged: 2, replaced: 0 },
      [
        '2 pending 9800000001,Asha,',
        '3 pending 9800000002,Ravi,9800000022 +1',
        '3 pending 9800000003,Meena,9800000033 +1',
      ],
    ],
    [
      rule({ keep: 'all' }),
      { accepted: 3, duplicates: 0, merged: 0, replaced: 0 },
      [
        '2 pending 9800000001,Asha,',
        '3 pending 9800000002,,',
        '2 pending 9800000002,Ravi,9800000022 +1',
        '3 pending 9800000003,Meena,',
        '4 pending 9800000003,Meena R,9800000033 +1',
      ],
    ],
  ])('is dealt with by the rule %j, and the dry run says so before', async (given, expected, left) => {
    await campaignWith(given);
    await load(first);
    const folder = await mkdtemp(join(tmpdir(), 'dialer-duplicates-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'second.csv');
    await writeFile(file, second);
    const rehearsed = await rehearseImport(database, { campaign: 'test', file, mapping: {} });
    expect(rehearsed).toMatchObject(expected);
    const importId = await load(second);
    expect(await counts(importId)).toEqual(expected);
    expect(await contacts()).toEqual(left);
    await expectAllThere(5);
  });

  test('is told in the rejects in the words of what happened', async () => {
    await campaignWith(rule({ keep: 'last' }));
    await load(first);
    expect(await rejects(await load(second))).toEqual([
      '3 duplicate the number stands in a later row of this list',
    ]);
    await campaignWith(rule({ keep: 'merge' }));
    expect(await rejects(await load('phone\n9800000001\n9800000004\n9800000004\n'))).toEqual([
      '2 duplicate the number stands in an earlier list of this campaign, and this row filled up what was empty there',
      '4 duplicate the number stands in an earlier row of this list, and this row filled up what was empty there',
    ]);
  });

  test.each(['last', 'merge'] as const)(
    'and was called already stays as it is, also where the later row would be kept: %s',
    async (keep) => {
      await campaignWith(rule({ keep }));
      await load(first);
      const { number } = await claimed(seeded.claiming);
      expect(number).toBe('+919800000001');
      const importId = await load('phone,name\n9800000001,Asha R\n9800000002,Ravi\n');
      expect((await rejects(importId))[0]).toMatch(/^2 duplicate .* and was called already/);
      expect((await contacts())[0]).toBe('2 dialing 9800000001,Asha,');
      await expectAllThere(4);
    },
  );

  test('and is claimed while the list is being loaded stays, and the row is left out', async () => {
    for (const keep of ['last', 'merge'] as const) {
      await database.query(`update contacts set state = 'finished' where state = 'pending'`);
      await campaignWith(rule({ keep }));
      await load(`phone,name\n98000001${keep.length}1,Asha\n`);
      const importId = await queueList(
        database,
        seeded.campaignId,
        `phone,name\n98000001${keep.length}1,Later\n98000001${keep.length}2,New\n`,
      );
      let loading: Promise<void> = Promise.resolve();
      await database.transaction(async (transaction) => {
        // held here, loading has judged its rows and changed nothing of earlier ones
        await transaction.query('lock table suppressions in row exclusive mode');
        loading = loadImport(database, importId, createLog('error'));
        await untilWaiting(database);
        await claimed(seeded.claiming);
      });
      await loading;
      expect(await counts(importId)).toEqual({ accepted: 1, duplicates: 1, merged: 0, replaced: 0 });
      expect(await rejects(importId)).toEqual([expect.stringMatching(/^2 duplicate .* called already/)]);
    }
    await expectAllThere(6);
  });

  test('fills up empty cells by the names of columns where the lists differ, and appends numbers', async () => {
    await campaignWith(rule({ keep: 'merge' }));
    await load('Mobile,City,Customer Name,Priority\n9800000001,,Asha,\n');
    const importId = await load(
      'Customer Name,Phone,City,Plan,Alternate Number,Time Zone,Priority\nA. Rao,98000 00001,Pune,gold,9800000011,Asia/Dubai,7\n',
    );
    expect(
      await one(
        database,
        'select cells, numbers, name, timezone, timezone_source as source, priority from contacts',
      ),
    ).toEqual({
      cells: ['9800000001', 'Pune', 'Asha', '7'],
      numbers: ['+919800000001', '+919800000011'],
      name: 'Asha',
      timezone: 'Asia/Dubai',
      source: 'column',
      priority: 7,
    });
    expect(await one(database, 'select timezones from imports where id = $1', [importId])).toEqual({
      timezones: ['Asia/Dubai'],
    });
  });
});

describe('a number of another campaign', () => {
  const other = async (within: DuplicateRule['within']) => {
    await seed(database, {
      name: 'other',
      accountId: seeded.accountId,
      numbers: ['+919800000001', '+919800000002'],
    });
    await campaignWith(rule({ within, days: 7 }));
  };

  test('is left out within the account, as far back as the rule says', async () => {
    await other('account');
    const importId = await load(first);
    expect(await counts(importId)).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(await rejects(importId)).toContain(
      '2 duplicate the number came in with a list of another campaign of the account in the last 7 days',
    );
    await database.query(
      `update imports set created_at = created_at - interval '8 days' where campaign_id <> $1`,
      [seeded.campaignId],
    );
    expect(await counts(await load(first))).toMatchObject({ accepted: 2, duplicates: 0 });
  });

  test('is none where the rule looks within the campaign, nor where its list was undone', async () => {
    await other('campaign');
    expect(await counts(await load('phone\n9800000001\n'))).toMatchObject({ accepted: 1 });
    await undoneInOther();
    expect(await counts(await load('phone\n9800000002\n'))).toMatchObject({ accepted: 1 });
  });

  async function undoneInOther(): Promise<void> {
    await campaignWith(rule({ within: 'account' }));
    const { id } = await one<{ id: number }>(
      database,
      `select i.id from imports i join campaigns k on k.id = i.campaign_id where k.name = 'other'`,
    );
    await undoImport(database, id, 'test');
  }
});

test('two lists of one campaign loaded at the same time take each number once', async () => {
  const text = 'phone\n9800000001\n9800000002\n';
  const ids = [
    await queueList(database, seeded.campaignId, text),
    await queueList(database, seeded.campaignId, `${text}\n`),
  ];
  await Promise.all(ids.map((id) => loadImport(database, id, createLog('error'))));
  expect(await contacts()).toHaveLength(2);
  await expectAllThere(4);
});

test('a number that was suppressed before its first call counts as new once it is not any more', async () => {
  const number = '+919800000001';
  await suppress(database, await scopeOf(database), [number], 1);
  const text = `phone\n${number}\n`;
  await load(text);
  expect(await contacts()).toEqual([`2 suppressed ${number}`]);
  expect(await counts(await load(text))).toMatchObject({ accepted: 0, duplicates: 1 });
  await database.query(`update clock set shift = interval '25 hours'`);
  const file = join(await mkdtemp(join(tmpdir(), 'dialer-duplicates-')), 'again.csv');
  onTestFinished(() => rm(dirname(file), { recursive: true, force: true }));
  await writeFile(file, `${text}${number}\n`);
  const expected = { accepted: 1, duplicates: 1 };
  expect(await rehearseImport(database, { campaign: 'test', file, mapping: {} })).toMatchObject(expected);
  expect(await counts(await load(`${text}${number}\n`))).toMatchObject(expected);
  expect(await contacts()).toEqual([`2 suppressed ${number}`, `2 pending ${number}`]);
  expect((await claimed(seeded.claiming)).number).toBe(number);
});

test('a long list takes such a number, too', async () => {
  const number = '+919800000001';
  const scope = await scopeOf(database);
  await suppress(database, scope, [number]);
  await load(`phone\n${number}\n`);
  await removeSuppression(database, scope, number, 'cli:asha');
  const others = Array.from({ length: 6_000 }, (_, row) => `+91980001${String(row).padStart(4, '0')}`);
  expect(await counts(await load(`phone\n${others.join('\n')}\n${number}\n`))).toMatchObject({
    accepted: 6_001,
    duplicates: 0,
  });
});

test('a campaign that was canceled before it called a number keeps no other from calling it', async () => {
  const [called, never] = ['+919800000001', '+919800000002'];
  const other = await seed(database, {
    name: 'other',
    numbers: [called, never],
    accountId: seeded.accountId,
  });
  expect((await claimed(other.claiming)).number).toBe(called);
  await database.query(`update contacts set state = 'canceled', state_reason = 'canceled'`);
  await campaignWith(rule({ within: 'account' }));
  const list = await load(`phone\n${called}\n${never}\n`);
  expect(await counts(list)).toMatchObject({ accepted: 1, duplicates: 1 });
  expect(await rejects(list)).toEqual([expect.stringContaining('2 duplicate')]);
});
