import { expect, onTestFinished, test } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import type { Database } from '../../src/db/pool.ts';
import { startFairShare } from '../../src/dialing/fair-share.ts';
import { holdOwnership } from '../../src/dialing/ownership.ts';
import { createLog } from '../../src/log.ts';
import { testDatabase } from '../support/database.ts';
import { createRig } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';
import { account, startDialerProcess } from '../faults/dialer.ts';

const log = createLog('silent');
const leaseMs = 800;

/** A worker that owns accounts and does nothing with them. */
function startOwner(database: Database, owner: string, accountIds: number[]): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const share = startFairShare({ database, owner, accounts: accountIds.length, leaseMs, log });
  const holding = accountIds.map((accountId) =>
    holdOwnership(
      { database, accountId, owner, leaseMs, windowMs: 1000, share, clock: systemClock, log },
      async ({ signal }) => {
        await delay(3_600_000, undefined, { signal }).catch(() => undefined);
      },
      stopping.signal,
    ),
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(holding);
    await share.stop();
  };
  onTestFinished(stop);
  return { stop };
}

test('accounts spread over the workers, and move when workers come and go', async () => {
  const { database } = await testDatabase();
  const accounts = await database.query<{ id: number }>(
    `insert into accounts (name, sid) select 'a' || n, 's' || n from generate_series(1, 4) n returning id`,
  );
  const ids = accounts.rows.map((row) => row.id);
  await database.query('insert into leases (account_id) select unnest($1::bigint[])', [ids]);
  const spread = async (): Promise<string> => {
    const found = await database.query<{ owned: number }>(
      'select count(*) as owned from leases where owner is not null and expires_at > clock_timestamp() group by owner order by 1',
    );
    return found.rows.map((row) => row.owned).join(' ');
  };
  const first = startOwner(database, 'one', ids);
  await waitFor(async () => (await spread()) === '4');
  const second = startOwner(database, 'two', ids);
  await waitFor(async () => (await spread()) === '2 2');
  startOwner(database, 'three', ids);
  await waitFor(async () => (await spread()) === '1 1 2');
  await first.stop();
  await waitFor(async () => (await spread()) === '2 2');
  await second.stop();
  await waitFor(async () => (await spread()) === '4');
  expect(await spread()).toBe('4');
}, 30_000);

test('of several accounts, those of a worker that was killed are taken over as soon as its leases have run out', async () => {
  const rig = await createRig();
  rig.config.timings.leaseMs = 4000;
  rig.config.accounts = ['first', 'second', 'third', 'fourth'].map((name) => ({ ...account(rig), name }));
  const owners = async (): Promise<string> => {
    const found = await rig.database.query<{ pid: string; owned: number }>(
      `select split_part(owner, ':', 2) as pid, count(*) as owned from leases
       where expires_at > clock_timestamp() group by owner order by (split_part(owner, ':', 2) = '${process.pid}')`,
    );
    return found.rows.map(({ pid, owned }) => `${owned} of ${pid}`).join(', ');
  };
  const killed = await startDialerProcess(rig);
  await waitFor(async () => (await owners()) === `4 of ${killed.pid}`);
  await rig.start(['worker']);
  await waitFor(async () => (await owners()) === `2 of ${killed.pid}, 2 of ${process.pid}`);
  killed.signal('SIGKILL');
  const killedAt = performance.now();
  await waitFor(async () => (await owners()) === `4 of ${process.pid}`);
  // the lease, and the half second between two looks; it was two leases
  expect(performance.now() - killedAt).toBeLessThan(6000);
}, 60_000);
