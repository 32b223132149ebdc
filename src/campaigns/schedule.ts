export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes since the day's midnight on the wall clock, `[from, to)`. `to` is past 1440 where it crosses midnight. */
export type MinuteRange = readonly [from: number, to: number];

export type WeeklyHours = Readonly<Record<Weekday, readonly MinuteRange[]>>;

/** When contacts may be called. Plain JSON, so that it is stored with the campaign as it is. */
export interface Schedule {
  /** The named zone whose wall clock `hours` and `holidays` are read by. */
  readonly timezone: string;
  /** ISO 8601 with its offset; null: when told. */
  readonly start: string | null;
  /** ISO 8601 with its offset; null: until done. */
  readonly end: string | null;
  /** null: any hour. */
  readonly hours: WeeklyHours | null;
  /** Dates (`2026-12-03`) without calls, from midnight to midnight in `timezone`. */
  readonly holidays: readonly string[];
}
