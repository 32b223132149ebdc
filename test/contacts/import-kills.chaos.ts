import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { seededChance, writeContactFile } from '../../bench/contact-file.ts';
import type { Database } from '../../src/db/pool.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';
import type { ImportOrder } from './import-process.ts';

/*
 * `ROWS=50000 KILLS=20 SEED=1 npx vitest run --config test/chaos.vitest.config.ts test/contacts/import-kills.chaos.ts`
 */
const rows = Number(process.env['ROWS'] ?? 1_000_000);
const kills = Number(process.env['KILLS'] ?? 20);
const chance = seededChance(Number(process.env['SEED'] ?? 1));

test(`an import of ${rows} rows that is killed ${kills} times ends with the contacts of one that was not`, async () => {
  const { database, url } = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'dialer-kills-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'contacts.csv');
  const expected = await writeContactFile(file, rows, 1);
  const { accountId } = await seed(database, { name: 'undisturbed', numbers: [] });
  const order = (campaign: string): ImportOrder => ({ databaseUrl: url, campaign, file });

  const undisturbedMs = await run(order('undisturbed'));
  const whole = await contentOf(database, 'undisturbed');
  expect(whole).toMatchObject(expected);

  const campaigns = ['killed 1'];
  await seed(database, { name: 'killed 1', numbers: [], accountId });
  for (let done = 0; done < kills;) {
    const campaign = campaigns.at(-1) ?? '';
    if (await killAfter(order(campaign), chance() * undisturbedMs)) {
      done += 1;
      await sessionsGone(database);
    }
    const left = await contentOf(database, campaign);
    if (left.state !== 'done') {
      expect({ ...left, state: null }).toEqual(nothing);
      continue;
    }
    expect(left).toEqual(whole);
    campaigns.push(`killed ${campaigns.length + 1}`);
    await seed(database, { name: campaigns.at(-1) ?? '', numbers: [], accountId });
  }
  await run(order(campaigns.at(-1) ?? ''));
  expect(await contentOf(database, campaigns.at(-1) ?? '')).toEqual(whole);
}, 7_200_000);

/** Runs to the end; how long that took in ms. */
async function run(order: ImportOrder): Promise<number> {
  const child = await begun(order);
  const startedAt = performance.now();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  return performance.now() - startedAt;
}

/** Whether the process was still at it when its time came. */
async function killAfter(order: ImportOrder, ms: number): Promise<boolean> {
  const child = await begun(order);
  const ended = once(child, 'exit');
  await Promise.race([ended, delay(ms)]);
  child.kill('SIGKILL');
  const [, signal] = await ended;
  return signal === 'SIGKILL';
}

async function begun(order: ImportOrder) {
  const child = fork(new URL('import-process.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // this process's own are those of the test runner
    execArgv: [],
  });
  child.send(order);
  await once(child, 'message');
  return child;
}

/** The server goes on with a statement whose client is gone. */
async function sessionsGone(database: Database): Promise<void> {
  await waitFor(
    async () => {
      const { sessions } = await one<{ sessions: number }>(
        database,
        `select count(*) as sessions from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
           and backend_type = 'client backend'`,
      );
      return sessions === 0;
    },
    { timeout: 120_000, interval: 100, what: 'the end of the sessions of the killed process' },
  );
}

interface Content {
  state: string | null;
  accepted: number;
  rejected: number;
  duplicates: number;
  /** of all that an import writes of a contact, in the order in which they are dialled; null: there are none */
  contacts: string | null;
  rejects: string | null;
}

const nothing: Content = {
  state: null,
  accepted: 0,
  rejected: 0,
  duplicates: 0,
  contacts: null,
  rejects: null,
};

/** What there is of the campaign's one list beside the empty one that it was made with. */
async function contentOf(database: Database, campaign: string): Promise<Content> {
  return await one<Content & Record<string, unknown>>(
    database,
    `select (select max(i.state) from imports i where i.campaign_id = k.id and i.size_bytes > 0) as state,
       coalesce((select sum(i.accepted) from imports i where i.campaign_id = k.id)::int, 0) as accepted,
       coalesce((select sum(i.rejected) from imports i where i.campaign_id = k.id)::int, 0) as rejected,
       coalesce((select sum(i.duplicates) from imports i where i.campaign_id = k.id)::int, 0) as duplicates,
       (select md5(string_agg(md5(row(c.row_number, c.number, c.numbers, c.dedupe_key, c.name, c.timezone,
            c.timezone_source, c.priority, c.state, c.cells)::text), '' order by c.id))
          from contacts c where c.campaign_id = k.id) as contacts,
       (select md5(string_agg(md5(row(r.row_number, r.code, r.reason, r.mend, r.cells)::text), '' order by r.row_number))
          from import_rejects r join imports i on i.id = r.import_id where i.campaign_id = k.id) as rejects
     from campaigns k where k.name = $1`,
    [campaign],
  );
}
