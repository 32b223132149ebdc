import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cancelCampaign } from '../../src/campaigns/lifecycle.ts';
import { addContact } from '../../src/contacts/add-contact.ts';
import type { ContactToAdd } from '../../src/contacts/add-contact.ts';
import { undoImport } from '../../src/contacts/undo-import.ts';
import type { Database } from '../../src/db/pool.ts';
import { startJobs } from '../../src/jobs/jobs.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { createLog } from '../../src/log.ts';
import { writeContactsCsv } from '../../src/reports/contacts-csv.ts';
import { campaignSummary } from '../../src/reports/summary.ts';
import { campaignWithoutList, textSink } from '../reports/dialled.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, definitionOf, one } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { loadList } from './load-list.ts';
import { scopeOf, suppress } from './suppressing.ts';

const log = createLog('error');
let database: Database;
let jobs: Jobs;
let seeded: Seeded;
beforeEach(async () => {
  const created = await testDatabase();
  database = created.database;
  jobs = await startJobs(created.url, log);
  onTestFinished(() => jobs.stop());
  seeded = await campaignWithoutList(database, 3);
});

const add = (number: string, contact: Partial<ContactToAdd> = {}) =>
  addContact({
    database,
    jobs,
    campaign: 'test',
    contact: { number, name: null, priority: null, cells: [], ...contact },
    actor: 'cli:asha',
    log,
  });

async function exported(): Promise<string[]> {
  const { output, text } = textSink();
  await writeContactsCsv(database, 'test', output);
  return text().trimEnd().split('\n');
}

describe('a contact that is added by hand', () => {
  test('has its priority also where the list is said to have none', async () => {
    await database.query(
      `update campaigns set definition = jsonb_set(definition, '{columns,priority}', '""')`,
    );
    await loadList(database, seeded.campaignId, 'phone,Priority\n9800000001,7\n');
    expect(await add('98000 00002', { priority: 5 })).toMatchObject({ priority: 5 });
    expect(await one(database, 'select priority from contacts order by id limit 1')).toEqual({ priority: 0 });
    expect((await exported())[0]).toMatch(/^phone,Priority,dialer_priority,/);
  });

  test('goes under columns whose names hold more semicolons and pipes than there are commas', async () => {
    await loadList(database, seeded.campaignId, 'phone,"s;a;b;c",x|y\n9800000001,1,2\n');
    await add('98000 00002', { cells: [{ column: 'x|y', value: '7' }] });
    expect((await exported())[2]).toMatch(/^98000 00002,,7,/);
  });

  test('stands under the columns of the list, is due before others by its priority, and totals still add up', async () => {
    await loadList(database, seeded.campaignId, 'Client,Mobile,City\nRavi,9800000001,Pune\n');
    const result = await add('98000 00002', {
      name: 'Asha',
      priority: 5,
      cells: [
        { column: 'city', value: 'Goa, "old"' },
        { column: 'Phone 2', value: '9800000022' },
      ],
    });
    expect(result).toMatchObject({
      campaign: 'test',
      number: '+919800000002',
      name: 'Asha',
      priority: 5,
      timezone: 'Asia/Kolkata',
      state: 'pending',
      replaced: 0,
      merged: false,
    });
    expect((await claimed(seeded.claiming)).number).toBe('+919800000002');
    const [header = '', , row = ''] = await exported();
    expect(header).toMatch(/^Client,Mobile,City,name,priority,Phone 2,dialed_number,/);
    expect(row).toMatch(/^,98000 00002,"Goa, ""old""",Asha,5,9800000022,\+919800000002,dialing,/);
    expect((await campaignSummary(database, 'test')).contacts).toMatchObject({ total: 2, dialing: 1 });
    expect(await one(database, 'select sum(accepted)::int as accepted from imports')).toEqual({
      accepted: 2,
    });
    expect(await one(database, `select actor, new from trail where what = 'contact_added'`)).toEqual({
      actor: 'cli:asha',
      new: { import: result.import },
    });
  });

  test('needs no list to be there, and can be undone', async () => {
    const { import: importId } = await add('+91 98000 00001', { name: 'Asha' });
    expect((await exported())[1]).toMatch(/^\+91 98000 00001,Asha,\+919800000001,pending/);
    expect(await undoImport(database, importId, 'test')).toMatchObject({
      file: 'added by hand',
      canceled: 1,
    });
    expect(await add('9800000001')).toMatchObject({ state: 'pending' });
  });

  test('is refused in words, and nothing is written, when it is none or was there before', async () => {
    await loadList(database, seeded.campaignId, 'phone,city,City 2\n9800000001,a,b\n');
    await expect(add('12')).rejects.toMatchObject({ exitCode: 2, message: /has too few digits/ });
    await expect(add('9800000001')).rejects.toMatchObject({
      exitCode: 1,
      message:
        /^\+919800000001 is not added: the number stands in an earlier list of this campaign; nothing has/,
    });
    const zone = [{ column: 'timezone', value: 'EST' }];
    await expect(add('9800000002', { cells: zone })).rejects.toThrow(/time zone is not one that is known/);
    const phone = [{ column: 'Phone', value: '9800000003' }];
    await expect(add('9800000002', { cells: phone })).rejects.toThrow(/"Phone" holds the number itself/);
    await cancelCampaign(database, 'test', 'test');
    await expect(add('9800000002')).rejects.toThrow(/is canceled/);
    expect(await one(database, 'select count(*) as imports from imports')).toEqual({ imports: 1 });
  });

  test('goes by the campaign’s rule for duplicates and by suppressions', async () => {
    const duplicates = { within: 'campaign' as const, days: 30, keep: 'merge' as const };
    await database.query('update campaigns set definition = $1', [
      JSON.stringify(definitionOf('test', { duplicates })),
    ]);
    await add('9800000001');
    expect(await add('9800000001', { name: 'Asha' })).toMatchObject({ merged: true, name: 'Asha' });
    const last = { ...duplicates, keep: 'last' as const };
    await database.query('update campaigns set definition = $1', [
      JSON.stringify(definitionOf('test', { duplicates: last })),
    ]);
    expect(await add('9800000001', { name: 'Asha R' })).toMatchObject({ replaced: 1, name: 'Asha R' });
    await suppress(database, await scopeOf(database), ['+919800000002']);
    expect(await add('9800000002')).toMatchObject({ state: 'suppressed' });
  });
});
