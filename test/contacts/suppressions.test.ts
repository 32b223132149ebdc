import { beforeEach, describe, expect, test } from 'vitest';
import { completeDone } from '../../src/campaigns/sweep.ts';
import { suppressionScope } from '../../src/contacts/suppression-scope.ts';
import type { SuppressionScope } from '../../src/contacts/suppression-scope.ts';
import {
  newestSuppressions,
  removeSuppression,
  suppressionOf,
  suppressionPages,
} from '../../src/contacts/suppressions.ts';
import type { Suppression } from '../../src/contacts/suppressions.ts';
import type { Database } from '../../src/db/pool.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { testDatabase } from '../support/database.ts';
import { someNumbers } from '../support/rig.ts';
import { claimed, one, seed } from '../support/seed.ts';
import { contactStates, scopeOf, suppress } from './suppressing.ts';
import { loadList } from './load-list.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

const number = '+919800000001';
const wholeAccount = () => scopeOf(database);
const campaignOnly = (campaign: string) => scopeOf(database, campaign);
const suppressing = (scope: SuppressionScope, numbers = [number], days: number | null = null) =>
  suppress(database, scope, numbers, days);
const states = (campaignId: number) => contactStates(database, campaignId);
const moveClock = (interval: string) =>
  database.query('update clock set shift = shift + $1::interval', [interval]);

describe('suppressing a number', () => {
  test('takes its contacts that wait out of every campaign of the account, and no others', async () => {
    const first = await seed(database, { numbers: [number, '+919800000002'] });
    const second = await seed(database, { name: 'other', accountId: first.accountId, numbers: [number] });
    expect(await suppressing(await wholeAccount())).toEqual({
      added: 1,
      extended: 0,
      already: 0,
      contacts: 2,
      live: 0,
    });
    expect(await states(first.campaignId)).toEqual(['suppressed suppressed', 'pending']);
    expect(await states(second.campaignId)).toEqual(['suppressed suppressed']);
    expect((await claimed(first.claiming)).number).toBe('+919800000002');
  });

  test('for one campaign leaves the others alone', async () => {
    const first = await seed(database);
    const second = await seed(database, { name: 'other', accountId: first.accountId });
    expect((await suppressing(await campaignOnly('other'))).contacts).toBe(1);
    expect(await states(first.campaignId)).toEqual(['pending']);
    expect(await states(second.campaignId)).toEqual(['suppressed suppressed']);
    expect((await claimed(first.claiming)).campaign.name).toBe('test');
  });

  test('leaves the same number of another account alone', async () => {
    const seeded = await seed(database);
    const other = await one<{ id: number }>(
      database,
      `insert into accounts (name, sid) values ('other', 'x') returning id`,
    );
    await database.query('insert into leases (account_id) values ($1)', [other.id]);
    const elsewhere = await seed(database, { name: 'elsewhere', accountId: other.id });
    await suppressing(await suppressionScope(database, { campaign: null, account: 'main' }));
    expect(await states(seeded.campaignId)).toEqual(['suppressed suppressed']);
    expect(await states(elsewhere.campaignId)).toEqual(['pending']);
  });

  test('a second time adds nothing; a later end stands, a sooner one does not', async () => {
    await seed(database);
    const scope = await wholeAccount();
    expect(await suppressing(scope, [number], 30)).toMatchObject({ added: 1, extended: 0 });
    expect(await suppressing(scope, [number], 7)).toMatchObject({ added: 0, already: 1 });
    expect(await suppressing(scope)).toMatchObject({ added: 0, extended: 1, already: 0 });
    expect(await suppressing(scope, [number], 60)).toMatchObject({ extended: 0, already: 1 });
    expect((await suppressionOf(database, scope, number))?.expiresAt).toBeNull();
  });

  test('is in the trail with who did it and what it came to, but without the number', async () => {
    const seeded = await seed(database);
    await suppressing(await wholeAccount());
    await suppressing(await wholeAccount());
    const trail = await database.query(
      `select actor, what, account_id, new from trail where what = 'numbers_suppressed'`,
    );
    expect(trail.rows).toEqual([
      {
        actor: 'cli:asha',
        what: 'numbers_suppressed',
        account_id: seeded.accountId,
        new: {
          source: 'person',
          reason: 'asked',
          expiresAt: null,
          added: 1,
          extended: 0,
          already: 0,
          contacts: 1,
        },
      },
    ]);
  });

  test('lets the campaign be completed when nobody else is left', async () => {
    const seeded = await seed(database);
    await suppressing(await wholeAccount());
    expect(await completeDone(database, seeded.accountId)).toBe(1);
  });
});

describe('a suppression with an end', () => {
  test('keeps nobody from being called when it is past, and makes room for a new one', async () => {
    const { campaignId, claiming } = await seed(database, { numbers: [] });
    const scope = await wholeAccount();
    await suppressing(scope, [number], 30);
    await moveClock('29 days');
    await loadList(database, campaignId, 'phone\n9800000001\n');
    expect(await states(campaignId)).toEqual(['suppressed suppressed']);
    await moveClock('2 days');
    expect(await suppressionOf(database, scope, number)).toBeNull();
    const later = await seed(database, { name: 'later', accountId: claiming.accountId, numbers: [] });
    await loadList(database, later.campaignId, 'phone\n9800000001\n');
    expect(await states(later.campaignId)).toEqual(['pending']);
    expect(await suppressing(scope, [number], 30)).toMatchObject({ added: 1, contacts: 1 });
    expect(await states(later.campaignId)).toEqual(['suppressed suppressed']);
  });

  test('stops being in a claim’s way by itself', async () => {
    const seeded = await seed(database);
    await database.query(
      `insert into suppressions (account_id, number, source, actor, expires_at)
       values ($1, $2, 'test', 'test', dialer_now() + interval '1 hour')`,
      [seeded.accountId, number],
    );
    expect((await claimNext(seeded.claiming)).kind).toBe('nothing');
    await moveClock('61 minutes');
    expect((await claimNext(seeded.claiming)).kind).toBe('claimed');
  });
});

describe('removing a suppression', () => {
  test('calls nobody, and says how many contacts stay out', async () => {
    const seeded = await seed(database);
    await seed(database, { name: 'other', accountId: seeded.accountId });
    const scope = await wholeAccount();
    await suppressing(scope);
    expect(await removeSuppression(database, scope, number, 'cli:ravi')).toEqual({
      number,
      account: 'main',
      campaign: null,
      contactsStaySuppressed: 2,
      stillSuppressedFor: [],
    });
    expect((await claimNext(seeded.claiming)).kind).toBe('nothing');
    await loadList(
      database,
      (await seed(database, { name: 'new', accountId: seeded.accountId, numbers: [] })).campaignId,
      'phone\n9800000001\n',
    );
    expect((await claimed(seeded.claiming)).campaign.name).toBe('new');
    expect(await one(database, 'select removed_by from suppressions')).toEqual({ removed_by: 'cli:ravi' });
    expect(await one(database, `select actor from trail where what = 'suppression_removed'`)).toEqual({
      actor: 'cli:ravi',
    });
  });

  test('tells what else keeps the number from being called', async () => {
    await seed(database);
    const [account, campaign] = [await wholeAccount(), await campaignOnly('test')];
    await suppressing(account);
    await suppressing(campaign);
    const removed = await removeSuppression(database, account, number, 'cli:asha');
    expect(removed.stillSuppressedFor).toEqual(['test']);
    await suppressing(account);
    expect((await removeSuppression(database, campaign, number, 'cli:asha')).stillSuppressedFor).toEqual([
      null,
    ]);
  });

  test('that is not there fails, and says where the number is suppressed', async () => {
    await seed(database);
    const [account, campaign] = [await wholeAccount(), await campaignOnly('test')];
    const remove = (scope: SuppressionScope) => removeSuppression(database, scope, number, 'cli:asha');
    await expect(remove(account)).rejects.toThrow('is not suppressed in account main as a whole: ');
    await suppressing(campaign);
    await expect(remove(account)).rejects.toThrow('add --campaign test to remove it there');
    await remove(campaign);
    await suppressing(account);
    await expect(remove(campaign)).rejects.toThrow('leave --campaign out to remove that');
    await moveClock('1 day');
    await remove(account);
    await suppressing(account, [number], 1);
    await moveClock('2 days');
    await expect(remove(account)).rejects.toThrow('is not suppressed in account main');
  });
});

describe('the list of suppressions', () => {
  test('holds those in force, the newest first, page by page, and finds those of a number or a campaign', async () => {
    await seed(database);
    const [account, campaign] = [await wholeAccount(), await campaignOnly('test')];
    const numbers = someNumbers(7);
    for (const next of numbers) await suppressing(account, [next]);
    await suppressing(campaign, [numbers[0] ?? '']);
    await removeSuppression(database, account, numbers[6] ?? '', 'cli:asha');
    await suppressing(account, [number], 1);
    await moveClock('2 days');
    const all = { accountId: null, campaignId: null, number: null };
    const pages: Suppression[][] = [];
    for await (const page of suppressionPages(database, all, 3)) pages.push(page);
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat().map((row) => [row.number, row.campaign])).toEqual([
      [numbers[0], 'test'],
      ...numbers
        .slice(0, 6)
        .toReversed()
        .map((next) => [next, null]),
    ]);
    const newest = await newestSuppressions(database, { ...all, number: numbers[0] ?? '' }, 1);
    expect([newest.total, newest.suppressions.map((row) => row.campaign)]).toEqual([2, ['test']]);
    const ofCampaign = await newestSuppressions(database, { ...all, campaignId: campaign.campaignId }, 10);
    expect(ofCampaign.suppressions).toMatchObject([{ account: 'main', reason: 'asked', actor: 'cli:asha' }]);
  });
});

describe('the scope', () => {
  test('is the only account, the one named, or that of the campaign', async () => {
    await seed(database);
    expect(await wholeAccount()).toMatchObject({ account: 'main', campaign: null, region: 'IN' });
    await database.query(`insert into accounts (name, sid) values ('other', 'x')`);
    const namedScope = (campaign: string | null, account: string | null) =>
      suppressionScope(database, { campaign, account });
    await expect(namedScope(null, null)).rejects.toThrow(
      'there are several accounts (main, other): name one with --account',
    );
    expect(await namedScope(null, 'other')).toMatchObject({ account: 'other' });
    expect(await namedScope('test', null)).toMatchObject({ account: 'main', campaign: 'test' });
    await expect(namedScope('test', 'other')).rejects.toThrow('campaign test is of account main, not other');
    await expect(namedScope('nope', null)).rejects.toThrow('there is no campaign nope');
    await expect(namedScope(null, 'nope')).rejects.toThrow(
      'there is no account nope: the accounts are main, other',
    );
  });

  test('reads numbers by the region that its campaigns share', async () => {
    const { accountId } = await seed(database, { definition: { defaultRegion: 'AE' } });
    expect((await wholeAccount()).region).toBe('AE');
    await seed(database, { name: 'other', accountId });
    expect((await wholeAccount()).region).toBe('IN');
    expect((await campaignOnly('test')).region).toBe('AE');
  });
});
