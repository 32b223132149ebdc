import type { Database } from '../db/pool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { createWake } from './wake.ts';

/** How many of the accounts this worker should own, so that they are spread over the workers that are alive. */
export interface FairShare {
  /** Whether this worker may take one more account that was given back; one whose owner died anybody may. */
  mayTake(): boolean;
  /** Notes that an account was taken; `handOver` is called when another worker should have it. */
  took(accountId: number, handOver: () => void): void;
  lost(accountId: number): void;
  stop(): Promise<void>;
}

export interface FairShareOptions {
  database: Database;
  owner: string;
  /** how many accounts the workers are set up for */
  accounts: number;
  leaseMs: number;
  log: Log;
}

interface Others {
  alive: number;
  /** whether one of them, surely alive, owns fewer accounts than everybody could have */
  poor: boolean;
}

/** Tells the other workers that this one is alive, and gives accounts up when it has more than its share. */
export function startFairShare(options: FairShareOptions): FairShare {
  const { database, owner, accounts, leaseMs, log } = options;
  const stopping = new AbortController();
  const pause = createWake();
  const owned = new Map<number, () => void>();
  let others: Others = { alive: 0, poor: false };
  const most = (): number => Math.ceil(accounts / (others.alive + 1));
  const everybody = (): number => Math.floor(accounts / (others.alive + 1));

  const watching = (async () => {
    while (!stopping.signal.aborted) {
      try {
        others = await meetOthers(database, owner, leaseMs, accounts);
        const last = [...owned.keys()].at(-1);
        if (others.poor && owned.size > everybody() && last !== undefined) {
          log.info({ account: last, workers: others.alive + 1 }, 'hands an account over to another worker');
          owned.get(last)?.();
        }
      } catch (error) {
        log.debug({ reason: messageOf(error) }, 'the other workers could not be counted');
      }
      await pause.sleep(leaseMs / 4, stopping.signal);
    }
  })();

  return {
    mayTake: () => owned.size < most(),
    took: (accountId, handOver) => {
      owned.set(accountId, handOver);
    },
    lost: (accountId) => {
      owned.delete(accountId);
    },
    async stop() {
      stopping.abort();
      await watching;
      await database.query('delete from workers where owner = $1', [owner]).catch(() => undefined);
    },
  };
}

async function meetOthers(
  database: Database,
  owner: string,
  leaseMs: number,
  accounts: number,
): Promise<Others> {
  await database.query(
    `insert into workers (owner, seen_at) values ($1, clock_timestamp())
     on conflict (owner) do update set seen_at = clock_timestamp()`,
    [owner],
  );
  await database.query(`delete from workers where seen_at < clock_timestamp() - interval '10 min'`);
  // seen each quarter of a lease; when a dead worker's leases run out, it must not be given an account for want of them
  const found = await database.query<{ owned: number; awake: boolean }>(
    `select (select count(*) from leases l where l.owner = w.owner and l.expires_at > clock_timestamp()) as owned,
       w.seen_at > clock_timestamp() - $2 * interval '0.5 ms' as awake
     from workers w where w.owner <> $1 and w.seen_at > clock_timestamp() - $2 * interval '1 ms'`,
    [owner, leaseMs],
  );
  const alive = found.rows.length;
  const everybody = Math.floor(accounts / (alive + 1));
  return { alive, poor: found.rows.some((row) => row.awake && row.owned < everybody) };
}
