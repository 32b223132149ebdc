import { Temporal } from 'temporal-polyfill';
import { isCalendarDate, parseInstant } from '../campaigns/wall-clock.ts';
import { UserError } from '../errors.ts';

/** From `since` on and before `until`; null: without that end. */
export interface Period {
  since: Date | null;
  until: Date | null;
}

export const always: Period = { since: null, until: null };

/**
 * Reads a period as people give it: instants, or dates on the clocks of a zone, of which the last counts in full.
 * @throws UserError with exit code 2 that says which end is wrong
 */
export function parsePeriod(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  timezone: string,
): Period {
  const period = {
    since: since === undefined ? null : endOf('--since', since, timezone, 0),
    until: until === undefined ? null : endOf('--until', until, timezone, 1),
  };
  if (period.since !== null && period.until !== null && period.since >= period.until) {
    throw wrong(`--since ${since} is not before --until ${until}: turn them round`);
  }
  return period;
}

/** @param days that a date is counted on by, to its own beginning or to that of the next */
function endOf(flag: string, text: string, timezone: string, days: 0 | 1): Date {
  if (isCalendarDate(text)) {
    const day = Temporal.PlainDate.from(text).add({ days });
    return new Date(day.toZonedDateTime(timezone).epochMilliseconds);
  }
  const reading = parseInstant(text, timezone);
  if ('iso' in reading) return new Date(reading.iso);
  throw wrong(`${flag}: ${reading.problem}, or a date alone`);
}

function wrong(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}

/**
 * The condition in SQL that an attempt was made within a period: by the instant at which its call was placed, else by
 * that of its claim. The index has the latter, and no call is placed a day after its claim.
 */
export function madeWithin(attempt: string, since: string, until: string): string {
  const made = `coalesce(${attempt}.placed_at, ${attempt}.claimed_at)`;
  return `(${since}::timestamptz is null
      or (${attempt}.claimed_at > ${since}::timestamptz - interval '1 day' and ${made} >= ${since}::timestamptz))
    and (${until}::timestamptz is null
      or (${attempt}.claimed_at < ${until}::timestamptz + interval '1 day' and ${made} < ${until}::timestamptz))`;
}
