import type { Interval } from './open-intervals.ts';
import { localDate, openIntervals } from './open-intervals.ts';
import type { Schedule } from './schedule.ts';

/** The customer rings after the agent, so a call placed later than this before closing would ring outside hours. */
const PLACING_MARGIN = 15_000;

type ClosedReason = 'before_start' | 'outside_hours' | 'holiday' | 'after_end';

export interface CallingWindow {
  readonly open: boolean;
  /** When the open window or the campaign ends; null when closed, or when no closing is in sight. */
  readonly closesAt: Date | null;
  /** When a closed window opens next; null when open, or when it never does within 400 days. */
  readonly opensAt: Date | null;
  readonly why: 'open' | ClosedReason;
}

export type PlacingVerdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly reason: ClosedReason | 'closing';
      /** The first instant at which a call may be placed; null when there is none within 400 days. */
      readonly until: Date | null;
    };

/** Whether calling hours are open at an instant, and when that changes. Start belongs to a window, its end does not. */
export function windowAt(schedule: Schedule, instant: Date): CallingWindow {
  const now = instant.getTime();
  const next = firstOf(openIntervals(schedule, now));
  if (next !== null && next.from <= now) {
    return { open: true, closesAt: dateOrNull(next.to), opensAt: null, why: 'open' };
  }
  return {
    open: false,
    closesAt: null,
    opensAt: next === null ? null : new Date(next.from),
    why: closedReason(schedule, now),
  };
}

/**
 * Whether a call may be placed at an instant: inside an open window that stays open for `ringSeconds` and 15 s
 * more. If not, why, and from when on it may.
 */
export function mayPlaceAt(schedule: Schedule, instant: Date, ringSeconds: number): PlacingVerdict {
  const now = instant.getTime();
  const needed = placingMilliseconds(ringSeconds);
  let openNow = false;
  for (const interval of openIntervals(schedule, now)) {
    openNow ||= interval.from <= now;
    if (interval.to - interval.from < needed) continue;
    if (interval.from <= now) return { allowed: true };
    return { allowed: false, reason: reasonAt(schedule, now, openNow), until: new Date(interval.from) };
  }
  return { allowed: false, reason: reasonAt(schedule, now, openNow), until: null };
}

/** How long a window must stay open for a call to be placed in it. */
export function placingMilliseconds(ringSeconds: number): number {
  return ringSeconds * 1_000 + PLACING_MARGIN;
}

function reasonAt(schedule: Schedule, now: number, openNow: boolean): ClosedReason | 'closing' {
  return openNow ? 'closing' : closedReason(schedule, now);
}

function closedReason(schedule: Schedule, now: number): ClosedReason {
  if (schedule.end !== null && now >= Date.parse(schedule.end)) return 'after_end';
  if (schedule.start !== null && now < Date.parse(schedule.start)) return 'before_start';
  return schedule.holidays.includes(localDate(schedule.timezone, now)) ? 'holiday' : 'outside_hours';
}

function firstOf(intervals: Iterable<Interval>): Interval | null {
  for (const interval of intervals) return interval;
  return null;
}

function dateOrNull(instant: number): Date | null {
  return Number.isFinite(instant) ? new Date(instant) : null;
}
