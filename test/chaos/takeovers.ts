import type { Database } from '../../src/db/pool.ts';
import type { Life } from './fleet.ts';

/** One taking of the account, written by the database in the transaction that took it. */
export interface Takeover {
  epoch: number;
  /** by the real clock, which is the provider's too */
  at: Date;
  /** by the dialer's clock */
  dialer_at: Date;
}

/** Has the database write down every takeover: the lease itself only knows the last one. */
export async function recordTakeovers(database: Database): Promise<void> {
  await database.query('create schema chaos');
  await database.query(
    `create table chaos.takeovers (
       epoch bigint primary key,
       at timestamptz not null default clock_timestamp(),
       dialer_at timestamptz not null default dialer_now()
     )`,
  );
  await database.query(
    `create function chaos.record_takeover() returns trigger language plpgsql as $$
     begin
       insert into chaos.takeovers (epoch) values (new.epoch);
       return new;
     end $$`,
  );
  await database.query(
    `create trigger record_takeover after update of epoch on leases for each row
     when (new.epoch <> old.epoch) execute function chaos.record_takeover()`,
  );
}

export const takeoversSql = 'select epoch, at, dialer_at from chaos.takeovers order by epoch';

/** The first takeover after an epoch; undefined for the last owner. */
export function takeoverAfter(takeovers: readonly Takeover[], epoch: number): Takeover | undefined {
  return takeovers.find((takeover) => takeover.epoch > epoch);
}

/** Whether a process, by its place in the fleet, owned the account at some moment of a span; ms of the wall clock. */
export function ownedWithin(
  { takeovers, lives }: { takeovers: readonly Takeover[]; lives: readonly Life[] },
  name: string,
  { from, to }: { from: number; to: number },
): boolean {
  return takeovers.some(({ epoch, at }, index) => {
    const until = takeovers[index + 1]?.at.getTime() ?? Infinity;
    if (at.getTime() > to || until < from) return false;
    const owner = lives.find(({ epochs }) => epochs.includes(epoch));
    // one that was killed before it could say that it owned may be anybody
    return owner === undefined || owner.name === name;
  });
}
