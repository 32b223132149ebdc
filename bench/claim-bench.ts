import { createDatabase } from '../src/db/pool.ts';
import type { Database } from '../src/db/pool.ts';
import { claimNext } from '../src/dialing/claim.ts';
import type { ClaimOptions } from '../src/dialing/claim.ts';
import { createLog } from '../src/log.ts';
import { seed } from '../test/support/seed.ts';
import type { BenchOptions } from './bench-options.ts';
import { fillCampaign } from './fill-campaign.ts';
import type { BenchServer } from './server.ts';
import { atMost, quantile } from './tables.ts';
import type { BenchTable } from './tables.ts';

const smallest = 10_000;
const agents = 50;
/** Calls under way at a time; many that wait for Exotel's answer would stop the account after some seconds. */
const callsAtOnce = 10;
const claimsInTurn = 1000;

/** One campaign that is dialled, and what its claims took in ms. */
interface Dialled {
  contacts: number;
  database: Database;
  claiming: ClaimOptions;
  times: number[];
}

/**
 * Claims in turns from campaigns of three sizes and lets each call end unanswered, so that as many contacts wait at the
 * end as at the start. After many claims, with nothing but autovacuum at work, the next ones are measured.
 */
export async function claimBench(
  server: BenchServer,
  { rows, claims, say }: BenchOptions,
): Promise<BenchTable> {
  const sizes = [...new Set([smallest, Math.max(smallest, Math.round(rows / 5)), Math.max(smallest, rows)])];
  const dialled: Dialled[] = [];
  for (const contacts of sizes) {
    say(`${contacts} contacts`);
    dialled.push(await fill(server, contacts));
  }
  const measured = Math.ceil(claims / 10 / claimsInTurn) * claimsInTurn;
  for (let done = 0; done < claims + measured; done += claimsInTurn) {
    if (done % (10 * claimsInTurn) === 0) say(`after ${done} claims`);
    for (const one of dialled) {
      const times = await claimSome(one, claimsInTurn);
      if (done >= claims) one.times.push(...times);
    }
  }
  for (const { database } of dialled) await database.close();
  return tableOfClaims(dialled, claims);
}

function tableOfClaims(dialled: readonly Dialled[], claims: number): BenchTable {
  const p99 = (of: Dialled | undefined): number => quantile(of?.times ?? [], 0.99);
  const [first] = dialled;
  const last = dialled.at(-1);
  return {
    title: `The claiming transaction after ${claims} claims`,
    columns: ['contacts that wait', 'p50', 'p99', 'claims measured'],
    rows: dialled.map((one) => [
      String(one.contacts),
      `${quantile(one.times, 0.5).toFixed(2)} ms`,
      `${p99(one).toFixed(2)} ms`,
      String(one.times.length),
    ]),
    bounds: [
      atMost(
        `p99 with ${last?.contacts} to that with ${first?.contacts}`,
        p99(last) / p99(first),
        2,
        'times',
      ),
    ],
  };
}

async function fill(server: BenchServer, contacts: number): Promise<Dialled> {
  const url = await server.fresh(`claim_${contacts}`);
  const database = createDatabase(url, { log: createLog('warn') });
  const { campaignId, claiming } = await seed(database, { numbers: [], agents });
  await fillCampaign(url, campaignId, contacts, 'pending');
  return { contacts, database, claiming, times: [] };
}

/** Claims some calls, ends them, and so on; what each claim took. */
async function claimSome({ database, claiming }: Dialled, claims: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < claims) {
    for (let call = 0; call < callsAtOnce; call += 1) {
      const startedAt = performance.now();
      const claimed = await claimNext(claiming);
      times.push(performance.now() - startedAt);
      if (claimed.kind !== 'claimed') throw new Error(`a claim came to ${claimed.kind}`);
    }
    await endCalls(database);
  }
  return times;
}

/** What an unanswered call leaves behind, for all that are under way: the contact is due again, behind all others. */
async function endCalls(database: Database): Promise<void> {
  await database.query(
    `with ended as (
       update attempts set state = 'settled', outcome = 'no_answer', settled_at = dialer_now(), settled_by = 'poll',
         agent_held = false, counts = true, placed_at = claimed_at, call_sid = id::text
       where state <> 'settled' returning contact_id, agent_id
     ), answered as (
       update requests set answered_at = clock_timestamp(), result = 'ok' where answered_at is null
     ), idle as (
       update agents set idle_since = dialer_now() where id in (select agent_id from ended)
     )
     update contacts set state = 'pending', due_at = dialer_now()
     where id = any (array(select contact_id from ended))`,
  );
}
