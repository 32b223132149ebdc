import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { cancelCampaign, pauseByPerson } from '../../src/campaigns/lifecycle.ts';
import { suppressNumbers } from '../../src/contacts/suppress-numbers.ts';
import { suppressionScope } from '../../src/contacts/suppression-scope.ts';
import { createDatabase } from '../../src/db/pool.ts';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced } from '../../src/dialing/attempt-store.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import type { ClaimOptions } from '../../src/dialing/claim.ts';
import { createLog } from '../../src/log.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

const sessions = 50;
const numbers = someNumbers(800);
let database: Database;
let url: string;
beforeEach(async () => {
  ({ database, url } = await testDatabase());
});

/** A running campaign that fifty sessions do not dial to its end within a test: as many agents as contacts. */
async function longCampaign(): Promise<Seeded> {
  const seeded = await seed(database, { agents: 0, numbers });
  await database.query(
    `with agent as (
       insert into agents (account_id, user_id) select $1, 'agent ' || line from generate_series(1, $2) line returning id
     )
     insert into campaign_agents (campaign_id, agent_id) select $3, id from agent`,
    [seeded.accountId, numbers.length, seeded.campaignId],
  );
  return seeded;
}

/** Fifty sessions of their own that claim as fast as they can, until the function that it gives is called. */
function claimEndlessly({ claiming }: Seeded): () => Promise<void> {
  const wide = createDatabase(url, { log: createLog('error'), maxConnections: sessions });
  const stopped = new AbortController();
  const running = Array.from({ length: sessions }, async () => {
    while (!stopped.signal.aborted) await claimAndPlace({ ...claiming, database: wide });
  });
  const stop = async (): Promise<void> => {
    stopped.abort();
    await Promise.all(running);
  };
  onTestFinished(async () => {
    await stop();
    await wide.close();
  });
  return stop;
}

/** A claim whose call is placed at once: those that stay without an answer would stop the claims by themselves. */
async function claimAndPlace(options: ClaimOptions): Promise<void> {
  const result = await claimNext(options);
  if (result.kind !== 'claimed') return;
  const { attemptId } = result.claim;
  await markPlaced(options.database, attemptId, `call of ${attemptId}`, new Date(), new Date());
}

const claimsOf = async (dialled: readonly string[]) =>
  (
    await one<{ claims: number }>(
      database,
      'select count(*) as claims from attempts where number = any($1)',
      [dialled],
    )
  ).claims;

/**
 * Runs a command amidst the claims of fifty sessions, all of which claim once more after it returned.
 * @returns how many claims of these numbers there were when it returned, and how many in the end
 */
async function amidstClaims(
  seeded: Seeded,
  dialled: readonly string[],
  command: () => Promise<unknown>,
): Promise<{ atReturn: number; inTheEnd: number }> {
  const stop = claimEndlessly(seeded);
  await waitFor(async () => (await claimsOf(dialled)) >= 20);
  await command();
  const atReturn = await claimsOf(dialled);
  await Promise.all(Array.from({ length: sessions }, () => claimAndPlace(seeded.claiming)));
  await stop();
  return { atReturn, inTheEnd: await claimsOf(dialled) };
}

test.each([
  ['pause', (db: Database) => pauseByPerson(db, 'test', 'asha')],
  ['cancel', (db: Database) => cancelCampaign(db, 'test', 'asha')],
])(
  '%s: after it returned no claim commits, with fifty sessions claiming',
  async (_name, command) => {
    const { atReturn, inTheEnd } = await amidstClaims(await longCampaign(), numbers, () => command(database));
    expect(inTheEnd).toBe(atReturn);
    expect(inTheEnd).toBeLessThan(numbers.length);
  },
  60_000,
);

test('suppression: after it returned no claim of a suppressed number commits, and the others go on', async () => {
  const seeded = await longCampaign();
  const suppressed = numbers.filter((_number, index) => index % 2 === 1);
  const scope = await suppressionScope(database, { campaign: null, account: null });
  const grounds = { source: 'person', reason: null, expiresAt: null, actor: 'asha' };
  const { atReturn, inTheEnd } = await amidstClaims(seeded, suppressed, () =>
    suppressNumbers(database, scope, suppressed, grounds),
  );
  expect(inTheEnd).toBe(atReturn);
  expect(inTheEnd).toBeLessThan(suppressed.length);
  expect(await claimsOf(numbers)).toBeGreaterThan(2 * inTheEnd + sessions / 2);
}, 60_000);
