import type { CountryCode } from 'libphonenumber-js/max';
import { isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { formatDuration, parseDuration } from './durations.ts';
import { campaignModes } from './campaign-mode.ts';
import type { CampaignMode } from './campaign-mode.ts';
import type { WeeklyHours } from './schedule.ts';
import { namedTimeZone } from './time-zone.ts';
import { isCalendarDate } from './wall-clock.ts';
import { parseWeeklyHours } from './weekly-hours.ts';

const DAY_MS = 86_400_000;

type Reading<T> = { value: T } | { problem: string };

/** One value of the file, read by a function that says what is wrong and what to do. */
function read<T>(reader: (value: unknown) => Reading<T>) {
  return z.unknown().transform((value, context): T => {
    const reading = value === null || value === undefined ? { problem: missing(value) } : reader(value);
    if ('value' in reading) return reading.value;
    context.addIssue({ code: 'custom', message: reading.problem });
    return z.NEVER;
  });
}

function missing(value: null | undefined): string {
  return value === null ? 'has no value; give one or take the line out' : 'is missing; add it';
}

const text = read((value) => {
  if (typeof value !== 'string') return { problem: `${shown(value)} is not text; put it in quotes` };
  return value.trim() === '' ? { problem: 'is empty; give a value or take the line out' } : { value };
});

const yesOrNo = read((value) =>
  typeof value === 'boolean'
    ? { value }
    : { problem: `${shown(value)} is neither true nor false; write one` },
);

function oneOf<const T extends string>(...words: T[]) {
  return read((value): Reading<T> => {
    const word = words.find((known) => known === value);
    return word === undefined
      ? { problem: `${shown(value)} is not known here; use ${words.join(' or ')}` }
      : { value: word };
  });
}

function wholeNumber(least: number, most: number) {
  return read((value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? { value }
      : { problem: `${shown(value)} is not allowed; use a whole number from ${least} to ${most}` },
  );
}

function duration(mostMs: number) {
  return read((value) => {
    const reading = parseDuration(value);
    if ('problem' in reading) return reading;
    return reading.milliseconds > mostMs
      ? { problem: `${shown(value)} is too long; ${formatDuration(mostMs)} is the most` }
      : { value: reading.milliseconds };
  });
}

function listOf<T>(item: z.ZodType<T>, example: string) {
  return z.array(item, { error: () => `is not a list; write it as ${example}` });
}

/** Letters, digits, `.`, `_`, `-`, not led by a sign: it needs no quoting in a shell and is never taken for an option. */
const name = read((value) => {
  if (typeof value !== 'string') return { problem: `${shown(value)} is not text; put it in quotes` };
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)
    ? { value }
    : {
        problem: `${shown(value)} cannot be a name; use up to 64 letters (a-z, A-Z), digits, dots, "_" and "-", starting with a letter or digit`,
      };
});

const mode = read((value): Reading<CampaignMode> => {
  const known = campaignModes.find((word) => word === value);
  return known === undefined
    ? { problem: `${shown(value)} is not a mode; use agents, connect or flow` }
    : { value: known };
});

/** Exotel shows it as a number, so it may be written as one. */
const appId = read((value): Reading<string> => {
  const written = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof written === 'string' && /^[0-9]{1,20}$/.test(written)
    ? { value: written }
    : {
        problem: `${shown(value)} is not the id of a flow; copy its number from the dashboard, such as "208287"`,
      };
});

/** A key of a phone; a digit may be written as a number. */
const phoneKey = read((value): Reading<string> => {
  const key = typeof value === 'number' ? String(value) : value;
  return typeof key === 'string' && /^[0-9*]$/.test(key)
    ? { value: key }
    : { problem: `${shown(value)} is not one key of a phone; use a digit or "*", such as "9"` };
});

const callerId = read((value) => {
  const mend = 'write it with + and country code in quotes, such as "+918045680000"';
  if (typeof value === 'number') return { problem: `${value} is read as a number without its +; ${mend}` };
  return typeof value === 'string' && /^\+[1-9]\d{6,14}$/.test(value)
    ? { value }
    : { problem: `${shown(value)} is not a full phone number; ${mend}` };
});

const callerIds = listOf(callerId, '["+918045680000"]').superRefine((ids, context) => {
  if (ids.length === 0) context.addIssue({ code: 'custom', message: 'is empty; list at least one number' });
  ids.forEach((id, index) => {
    if (ids.indexOf(id) === index) return;
    context.addIssue({ code: 'custom', path: [index], message: `${id} is listed twice; take one out` });
  });
});

const timezone = read((value) => {
  const zone = typeof value === 'string' ? namedTimeZone(value) : null;
  return zone === null
    ? { problem: `${shown(value)} is not the name of a time zone; use one such as Asia/Kolkata` }
    : { value: zone };
});

const region = read((value): Reading<CountryCode> => {
  const code = typeof value === 'string' ? value.toUpperCase() : '';
  return isSupportedCountry(code)
    ? { value: code }
    : { problem: `${shown(value)} is not a country code; use two letters such as IN` };
});

const phoneColumns = read((value): Reading<string | string[]> => {
  const names: unknown[] = Array.isArray(value) ? value : [value];
  const problem = 'is not the name of a column, or several as [Mobile, Landline]; correct it';
  if (names.length === 0) return { problem };
  const texts: string[] = [];
  for (const given of names) {
    if (typeof given !== 'string' || given.trim() === '') return { problem };
    texts.push(given);
  }
  const [first = ''] = texts;
  return { value: texts.length === 1 ? first : texts };
});

/** The name of a column, or `none`: the list has no such column, whatever its columns are called. */
const columnOrNone = text.transform((column) => (column.trim().toLowerCase() === 'none' ? '' : column));

const holiday = read((value) =>
  typeof value === 'string' && isCalendarDate(value)
    ? { value }
    : { problem: `${shown(value)} is not a date; write it as 2026-12-03` },
);

const hoursOfDays = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  listOf(text, '["10:00-13:00", "14:00-19:00"]'),
);

const hours = z
  .record(z.string(), hoursOfDays, {
    error: () => 'is not a list of days; write it as { mon-fri: ["10:00-13:00"] }',
  })
  .transform((given, context): WeeklyHours => {
    const reading = parseWeeklyHours(given);
    if ('hours' in reading) return reading.hours;
    for (const { path, problem } of reading.problems) {
      context.addIssue({ code: 'custom', path: [...path], message: problem });
    }
    return z.NEVER;
  });

function block<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'is not a block of settings; write them as key: value' : undefined,
  });
}

/** The blocks of a campaign file below its top, and at '' the file itself; their keys are what may be written. */
export const campaignFileShape = block({
  name,
  mode,
  account: text.optional(),
  contacts: text.optional(),
  agents: text.optional(),
  flow: block({ appId }).optional(),
  callerIds,
  call: block({
    recording: yesOrNo.optional(),
    recordingChannels: oneOf('single', 'dual').optional(),
    ringSeconds: wholeNumber(5, 60).optional(),
    maxSeconds: wholeNumber(1, 14_400).optional(),
  }).optional(),
  schedule: block({
    // read once more with the zone, which says what instant they are
    start: text.optional(),
    end: text.optional(),
    timezone: timezone.optional(),
    hours: hours.optional(),
    holidays: listOf(holiday, '[2026-12-03]').optional(),
  }).optional(),
  retry: block({
    maxAttempts: wholeNumber(1, 50).optional(),
    no_answer: duration(30 * DAY_MS).optional(),
    busy: duration(30 * DAY_MS).optional(),
    unreachable: duration(30 * DAY_MS).optional(),
  }).optional(),
  onUnknown: oneOf('hold', 'retry').optional(),
  onCallBack: oneOf('withdraw', 'keep').optional(),
  optOut: block({ digit: phoneKey }).optional(),
  wrapUp: duration(DAY_MS).optional(),
  scrub: block({
    maxAge: duration(90 * DAY_MS)
      .superRefine((ms, context) => {
        if (ms >= DAY_MS / 24) return;
        context.addIssue({
          code: 'custom',
          message: 'is too short to call anybody by; use 1h or more, such as 7d',
        });
      })
      .optional(),
    unavailable: oneOf('dial', 'hold').optional(),
  }).optional(),
  columns: block({
    phone: phoneColumns.optional(),
    name: columnOrNone.optional(),
    timezone: columnOrNone.optional(),
    priority: columnOrNone.optional(),
  }).optional(),
  duplicates: block({
    within: oneOf('file', 'campaign', 'account').optional(),
    days: wholeNumber(1, 3_650).optional(),
    keep: oneOf('first', 'last', 'merge', 'all').optional(),
  })
    .superRefine((given, context) => {
      if (given.days !== undefined && given.within !== 'account')
        context.addIssue({
          code: 'custom',
          path: ['days'],
          message: 'only counts with "within: account"; take it out, or write that',
        });
      if (given.within === 'account' && (given.keep === 'last' || given.keep === 'merge'))
        context.addIssue({
          code: 'custom',
          path: ['keep'],
          message: `"${given.keep}" would change contacts of other campaigns; use first, or "within: campaign"`,
        });
    })
    .optional(),
  defaultRegion: region.optional(),
});

export type CampaignFileContent = z.output<typeof campaignFileShape>;

/** A value as the file's author knows it. */
function shown(value: unknown): string {
  return typeof value === 'object' ? 'a list or block' : JSON.stringify(value);
}
