import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queryable } from '../db/pool.ts';
import { attemptDetail } from './attempt-detail.ts';
import { attemptDetailPages } from './attempt-pages.ts';
import type { AttemptDetail } from './attempt-pages.ts';
import { always } from './period.ts';
import type { Period } from './period.ts';
import type { ExportOptions } from './report-rows.ts';
import type { CampaignReport } from './report.ts';
import { campaignState, hasScrub } from './summary.ts';
import { createZonedTime } from './zoned-time.ts';

/** An attempt with its details and callbacks is some kilobytes. */
const detailsAtOnce = 1000;

export interface AttemptExportOptions extends ExportOptions {
  period?: Period;
  /** those claimed by then; else also those that are made while they are read */
  lastClaim?: string;
}

/**
 * Writes a report and every attempt behind it, in full detail, as one JSON document: the report's fields, and
 * `attemptRows` beside them. (`attempts` holds the report's counts.)
 * @returns how many attempts were written
 */
export async function writeAttemptsJson(
  queryable: Queryable,
  report: CampaignReport,
  output: Writable,
  options: AttemptExportOptions = {},
): Promise<number> {
  return await writeDetails(queryable, report.name, output, options, {
    begin: `${JSON.stringify(report, null, 2).slice(0, -'\n}'.length)},\n  "attemptRows": [`,
    page: (attempts, written) => {
      const lines = attempts.map((attempt) => `\n    ${JSON.stringify(camelKeys(attempt))}`);
      return `${written === 0 ? '' : ','}${lines.join(',')}`;
    },
    end: (written) => (written === 0 ? ']\n}\n' : '\n  ]\n}\n'),
  });
}

/**
 * Writes every attempt of a campaign in full detail as JSON lines, refused ones too.
 * @returns how many attempts were written
 * @throws UserError when there is no such campaign
 */
export async function writeAttemptsJsonl(
  queryable: Queryable,
  name: string,
  output: Writable,
  options: AttemptExportOptions = {},
): Promise<number> {
  return await writeDetails(queryable, name, output, options, {
    begin: '',
    page: (attempts) => attempts.map((attempt) => `${JSON.stringify(attempt)}\n`).join(''),
    end: () => '',
  });
}

interface Form {
  begin: string;
  page: (attempts: readonly Record<string, unknown>[], written: number) => string;
  end: (written: number) => string;
}

async function writeDetails(
  queryable: Queryable,
  name: string,
  output: Writable,
  { signal, rowsAtOnce = detailsAtOnce, period = always, lastClaim }: AttemptExportOptions,
  form: Form,
): Promise<number> {
  const { id: campaignId, definition } = await campaignState(queryable, name);
  const selection = {
    campaignId,
    period,
    numbers: hasScrub(definition),
    ...(lastClaim !== undefined && { lastClaim }),
  };
  const iso = createZonedTime(definition.schedule.timezone);
  const told = (attempt: AttemptDetail) => attemptDetail(attempt, iso);
  let written = 0;

  async function* parts(): AsyncGenerator<string, void, void> {
    yield form.begin;
    for await (const page of attemptDetailPages(queryable, selection, rowsAtOnce)) {
      yield form.page(page.map(told), written);
      written += page.length;
    }
    yield form.end(written);
  }

  await pipeline(Readable.from(parts(), { highWaterMark: 1 }), output, {
    end: false,
    ...(signal && { signal }),
  });
  return written;
}

/** The names of JSON documents: `dialedNumber` for `dialed_number`; what Exotel sent keeps its own. */
function camelKeys(attempt: Record<string, unknown>): Record<string, unknown> {
  const callbacks = Array.isArray(attempt['callbacks']) ? attempt['callbacks'] : [];
  return { ...camelNames(attempt), callbacks: callbacks.map((one: object) => camelNames(one)) };
}

function camelNames(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
