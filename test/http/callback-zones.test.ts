import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import type { AccountConfig } from '../../src/config.ts';
import { readConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { callbackAddress } from '../../src/results/callback-address.ts';
import { startService } from '../../src/serve.ts';
import { testDatabase } from '../support/database.ts';
import { claimedAny, one, seed } from '../support/seed.ts';
import { waitFor } from '../support/wait.ts';

const secret = 'a secret for these tests';
const form = {
  Status: 'completed',
  StartTime: '2026-01-05 11:59:00',
  EndTime: '2026-01-05 12:00:00',
};

test('times in callbacks are read in the zone of the account that they came for', async () => {
  const { database, url } = await testDatabase();
  const config = {
    ...readConfig({ DIALER_SECRET: secret, DIALER_PORT: '0' }, tmpdir()),
    accounts: [account('delhi', 'Asia/Kolkata'), account('islands', 'Asia/Singapore')],
    databaseUrl: url,
  };
  const server = await startService({ config, database, log: createLog('silent') }, ['server']);
  onTestFinished(() => server.stop());
  const ends: Record<string, Date> = {};
  for (const { name } of config.accounts) ends[name] = await endOfCall(database, server.url ?? '', name);
  expect(ends).toEqual({
    delhi: new Date('2026-01-05T06:30:00Z'),
    islands: new Date('2026-01-05T04:00:00Z'),
  });
});

function account(name: string, timeZone: string): AccountConfig {
  return {
    name,
    sid: name,
    credentials: { key: 'key', token: 'token' },
    ccmUrl: 'http://127.0.0.1:1',
    v1Url: 'http://127.0.0.1:1',
    timeZone,
    requestsPerMinute: 198,
    callsPerMinute: null,
    maxConcurrentLegs: null,
    callDetails: 'v2',
  };
}

/** When a call to a flow ended, by what its callback made of Exotel's time. */
async function endOfCall(database: Database, url: string, accountName: string): Promise<Date> {
  const { id: accountId } = await one<{ id: number }>(database, 'select id from accounts where name = $1', [
    accountName,
  ]);
  const definition = { mode: 'flow', flow: { appId: '208287' } } as const;
  const { claiming } = await seed(database, { name: accountName, accountId, agents: 0, definition });
  const { attemptId } = await claimedAny(claiming);
  const response = await fetch(callbackAddress(url, secret, { accountId, attemptId, issuedAt: new Date() }), {
    method: 'POST',
    body: new URLSearchParams({ CallSid: `sid of ${accountName}`, ...form }),
  });
  expect(response.status).toBe(200);
  const attempt = () =>
    one<{ ended_at: Date | null }>(database, 'select ended_at from attempts where id = $1', [attemptId]);
  return await waitFor(async () => (await attempt()).ended_at, { what: 'the end of the call' });
}
