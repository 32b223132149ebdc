import { Temporal } from 'temporal-polyfill';
import { formatDuration } from '../campaigns/durations.ts';
import type { Database, Queryable } from '../db/pool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** Compares the zone that an account's naive times are read in with what its calls tell. */
export interface ZoneWatch {
  /** Takes in the shift that a placed call told; null where it told none. Never throws. */
  note(shiftMs: number | null): Promise<void>;
}

/** More than clocks that differ and answers that take long come to. */
const largestShiftMs = 5 * 60_000;
/** Zones differ by quarters of an hour; in between it is rounded, so that one problem is told once. */
const stepMs = 5 * 60_000;

export function createZoneWatch(options: {
  database: Database;
  accountId: number;
  timeZone: string;
  log: Log;
}): ZoneWatch {
  const { database, accountId, timeZone, log } = options;
  let told: string | null | undefined;
  return {
    async note(shiftMs) {
      if (shiftMs === null) return;
      const problem = zoneProblem(shiftMs, timeZone, new Date());
      if (problem === told) return;
      try {
        await tellZoneProblem(database, accountId, problem);
        told = problem;
        if (problem !== null)
          log.warn({ account: accountId, problem }, 'the zone of an account does not fit');
      } catch (error) {
        log.warn(
          { reason: messageOf(error) },
          'what is wrong with the zone of an account could not be stored',
        );
      }
    },
  };
}

/** What a shift of an account's times means and what to do; null where they fit. */
export function zoneProblem(shiftMs: number, timeZone: string, now: Date): string | null {
  if (Math.abs(shiftMs) <= largestShiftMs) return null;
  const rounded = Math.round(shiftMs / stepMs) * stepMs;
  const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(
    timeZone,
  );
  const offset = offsetNanoseconds / 1_000_000 + rounded;
  const sign = offset < 0 ? '-' : '+';
  const utc = new Date(Math.abs(offset)).toISOString().slice(11, 16);
  const way = rounded < 0 ? 'behind' : 'ahead of';
  return (
    `the times of this Exotel account, read in ${timeZone}, are ${formatDuration(Math.abs(rounded))} ${way} the clock: ` +
    `set EXOTEL_TIMEZONE (in the accounts file timezone) to the zone they are written in, where it is UTC${sign}${utc} now, ` +
    'and restart the dialer; until then ends of calls are not told rightly and calls whose answer was lost are not found'
  );
}

async function tellZoneProblem(
  queryable: Queryable,
  accountId: number,
  problem: string | null,
): Promise<void> {
  await queryable.query(
    `update accounts set zone_problem = $2, zone_problem_at = case when $2::text is not null then dialer_now() end
     where id = $1 and zone_problem is distinct from $2`,
    [accountId, problem],
  );
}
