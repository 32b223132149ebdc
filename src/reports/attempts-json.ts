import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queryable } from '../db/pool.ts';
import { attemptPages } from './attempt-pages.ts';
import type { AttemptLine } from './attempt-pages.ts';
import type { ExportOptions } from './report-rows.ts';
import type { CampaignReport } from './report.ts';
import { campaignState } from './summary.ts';
import { createZonedTime } from './zoned-time.ts';

/**
 * Writes a report and every attempt behind it as one JSON document: the report's fields, and `attemptRows` beside
 * them. (`attempts` holds the report's counts.)
 * @returns how many attempts were written
 */
export async function writeAttemptsJson(
  queryable: Queryable,
  report: CampaignReport,
  output: Writable,
  { signal, rowsAtOnce = 5000 }: ExportOptions = {},
): Promise<number> {
  const state = await campaignState(queryable, report.name);
  const iso = createZonedTime(state.definition.schedule.timezone);
  let rows = 0;

  async function* parts(): AsyncGenerator<string, void, void> {
    yield `${JSON.stringify(report, null, 2).slice(0, -'\n}'.length)},\n  "attemptRows": [`;
    for await (const page of attemptPages(queryable, state.id, rowsAtOnce)) {
      const lines = page.map((line) => `\n    ${JSON.stringify(attemptRow(line, iso))}`);
      yield `${rows === 0 ? '' : ','}${lines.join(',')}`;
      rows += page.length;
    }
    yield rows === 0 ? ']\n}\n' : '\n  ]\n}\n';
  }

  await pipeline(Readable.from(parts()), output, { end: false, ...(signal && { signal }) });
  return rows;
}

function attemptRow(line: AttemptLine, iso: (instant: Date) => string) {
  const time = (instant: Date | null) => (instant === null ? null : iso(instant));
  return {
    dialedNumber: line.dialed_number,
    attemptId: line.attempt_id,
    attemptNumber: line.attempt_number,
    placedAt: time(line.placed_at),
    endedAt: time(line.ended_at),
    agent: line.agent,
    callerId: line.caller_id,
    callSid: line.call_sid,
    outcome: line.outcome,
    providerStatus: line.provider_status,
    errorCode: line.error_code,
    talkSeconds: line.talk_seconds,
    recordingUrl: line.recording_url,
  };
}
