import { Temporal } from 'temporal-polyfill';

const UNITS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
  { unit: 's', ms: 1_000 },
];

const PARTS = /^(?:\d+(?:\.\d+)?[smhd])+$/;
const PART = /(\d+(?:\.\d+)?)([smhd])/g;
const MEND = 'write a number with its unit, such as 10s, 15m, 2h, 1d, or PT1H30M';

export type DurationReading = { milliseconds: number } | { problem: string };

/**
 * Reads a length of time as people write it (`10s`, `15m`, `2h`, `1d`, `1h30m`) or in ISO 8601 (`PT1H30M`).
 * A bare 0 needs no unit; every other bare number is refused, since it could be seconds or minutes.
 */
export function parseDuration(value: unknown): DurationReading {
  if (value === 0 || value === '0') return { milliseconds: 0 };
  if (typeof value === 'number') return { problem: `${value} has no unit; ${MEND}` };
  if (typeof value !== 'string') return { problem: `is not a length of time; ${MEND}` };
  const text = value.trim();
  const milliseconds = /^[+-]?P/i.test(text) ? millisecondsOfIso(text) : millisecondsOfParts(text);
  if (milliseconds === null) return { problem: `"${text}" is not a length of time; ${MEND}` };
  if (milliseconds < 0) return { problem: `"${text}" is negative; ${MEND}` };
  return { milliseconds };
}

/** A length of time as `parseDuration` reads it: 5_400_000 is `1h30m`. Parts of a second are left out. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.floor(milliseconds / 1_000) * 1_000;
  let text = '';
  for (const { unit, ms } of UNITS) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}

function millisecondsOfParts(text: string): number | null {
  if (!PARTS.test(text)) return null;
  const seen = new Set<string>();
  let total = 0;
  for (const [, count, name = ''] of text.matchAll(PART)) {
    const unit = UNITS.find((known) => known.unit === name);
    if (unit === undefined || seen.has(name)) return null;
    seen.add(name);
    total += Number(count) * unit.ms;
  }
  return Math.round(total);
}

function millisecondsOfIso(text: string): number | null {
  try {
    // years, months and weeks have no fixed length without a date, and Temporal refuses to total them
    return Math.round(Temporal.Duration.from(text).total('millisecond'));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
