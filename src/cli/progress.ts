import { hasAgents } from '../campaigns/campaign-mode.ts';
import { formatDuration } from '../campaigns/durations.ts';
import type { Progress } from '../reports/progress.ts';
import type { AgentCounts, CampaignSummary } from '../reports/summary.ts';
import { bar, joinItems, stackedBar, wrapWords } from './bars.ts';
import type { Paint } from './bars.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** How many contacts stand where; the four add up to all of them. */
export interface Standing {
  total: number;
  /** in a final state: nothing will be dialled for them any more */
  done: number;
  live: number;
  waitingForRetry: number;
  notYetDialled: number;
}

export function standingOf({ summary: { contacts }, waitingForRetry }: Progress): Standing {
  const { total, pending, dialing } = contacts;
  // The counts come from two statements, between which a contact may have moved.
  const waiting = Math.min(waitingForRetry, pending);
  return {
    total,
    done: total - pending - dialing,
    live: dialing,
    waitingForRetry: waiting,
    notYetDialled: pending - waiting,
  };
}

/**
 * How much longer it takes at the rate of the last minutes, in ms; null where that would be a guess: while nothing
 * is dialled, before some contacts were done, and past two weeks. Never sooner than the last retry falls due.
 */
export function timeLeft(progress: Progress): number | null {
  const { summary, recentlyDone, recentMs, lastDueAt, now } = progress;
  const { total, done } = standingOf(progress);
  if (summary.status !== 'running' || total === done) return null;
  if (summary.reason !== null && summary.attempts.live === 0) return null;
  if (recentlyDone < 5 || recentMs < 15_000) return null;
  const atThisRate = ((total - done) / recentlyDone) * recentMs;
  const untilLastDue = lastDueAt === null ? 0 : lastDueAt.getTime() - now.getTime();
  const left = Math.max(atThisRate, untilLastDue);
  return left > 14 * day ? null : left;
}

/** A length of time to two figures of it: `45s`, `12m`, `1h40m`, `3d4h`. */
export function roughly(milliseconds: number): string {
  const steps: [number, number][] = [
    [minute, 5_000],
    [60 * minute, minute],
    [day, 10 * minute],
  ];
  const step = steps.find(([below]) => milliseconds < below)?.[1] ?? 60 * minute;
  return formatDuration(Math.max(step, Math.round(milliseconds / step) * step));
}

/** A share in whole percent; 100 only when it is all of it, and 0 only when it is nothing. */
export function percent(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %';
  if (part >= whole) return '100 %';
  return `${Math.min(99, Math.max(1, Math.round((part / whole) * 100)))} %`;
}

export interface PanelOptions {
  columns: number;
  paint: Paint;
}

/** The live panel: several lines, none wider than `columns`. */
export function renderPanel(progress: Progress, { columns, paint }: PanelOptions): string {
  const { summary } = progress;
  const width = Math.max(40, Math.min(columns - 1, 100));
  const standing = standingOf(progress);
  const labelled = (label: string, text: string): string[] =>
    wrapWords(text, width - labelWidth).map(
      (line, index) => paint('dim', (index === 0 ? label : '').padEnd(labelWidth)) + line,
    );
  const left = timeLeft(progress);
  return [
    `${paint('bold', summary.name)}  ${paint(statusColor[summary.status], summary.status)}  ${standing.done} of ${standing.total} contacts done`,
    '',
    contactsBar(standing, width, paint),
    ...legend(standing, width, paint),
    '',
    ...labelled('calls', callsLine(progress)),
    `${paint('dim', 'requests'.padEnd(labelWidth))}${requestsBar(summary.requests, width - labelWidth, paint)}`,
    ...(hasAgents(summary.mode) ? labelled('agents', agentsLine(summary.agents)) : []),
    ...(left === null ? [] : labelled('time left', `about ${roughly(left)} at this pace`)),
    ...(summary.reason === null ? [] : labelled('not dialling', summary.reason)),
  ].join('\n');
}

const labelWidth = 14;

export const statusColor = {
  draft: 'dim',
  scheduled: 'cyan',
  running: 'green',
  paused: 'yellow',
  completed: 'green',
  canceled: 'red',
} as const;

function parts({ done, live, waitingForRetry, notYetDialled }: Standing) {
  return [
    { glyph: '█', color: 'green', count: done, what: 'done' },
    { glyph: '▓', color: 'cyan', count: live, what: 'live' },
    { glyph: '▒', color: 'yellow', count: waitingForRetry, what: 'waiting for retry' },
    { glyph: '░', color: 'dim', count: notYetDialled, what: 'not yet dialled' },
  ] as const;
}

function contactsBar(standing: Standing, width: number, paint: Paint): string {
  const share = percent(standing.done, standing.total).padStart(6);
  return stackedBar(parts(standing), width - share.length, paint) + share;
}

function legend(standing: Standing, width: number, paint: Paint): string[] {
  const lines: { text: string; length: number }[] = [];
  for (const { glyph, color, count, what } of parts(standing)) {
    const label = ` ${count} ${what}`;
    const item = { text: paint(color, glyph) + label, length: glyph.length + label.length };
    const line = lines.at(-1);
    if (line === undefined || line.length + 3 + item.length > width) lines.push(item);
    else
      lines.splice(-1, 1, {
        text: `${line.text}   ${item.text}`,
        length: line.length + 3 + item.length,
      });
  }
  return lines.map((line) => line.text);
}

function callsLine({ summary: { attempts } }: Progress): string {
  const ended = attempts.total - attempts.live;
  const connected = attempts.outcomes.connected ?? 0;
  const rate = ended === 0 ? '' : `, ${percent(connected, ended)} of ${ended} ended`;
  return `${attempts.live} live · ${connected} connected${rate}`;
}

/** The requests of the last minute against the account's limit. */
export function requestsBar(
  { lastMinute, limit }: CampaignSummary['requests'],
  width: number,
  paint: Paint,
): string {
  const text = ` ${lastMinute} of ${limit} in the last minute`;
  return bar(lastMinute / limit, Math.min(20, width - text.length), paint) + text;
}

/** Agents by how they stand, those of which there are any. */
export function agentsLine(agents: AgentCounts): string {
  const states: [number, string][] = [
    [agents.onCall, 'on call'],
    [agents.available, 'available'],
    [agents.wrapUp, 'in wrap-up'],
    [agents.coolingDown, 'cooling down'],
    [agents.paused, 'paused'],
    [agents.disabled, 'disabled'],
  ];
  const present = states.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return present.length === 0 ? 'none' : joinItems(present);
}

/** The same in one line, for logs and files. */
export function renderLine(progress: Progress): string {
  const { summary } = progress;
  const { total, done, live, waitingForRetry, notYetDialled } = standingOf(progress);
  const left = timeLeft(progress);
  return [
    `${done} of ${total} done (${percent(done, total)}), ${live} live, ${waitingForRetry} waiting for retry, ${notYetDialled} not yet dialled`,
    `${summary.attempts.outcomes.connected ?? 0} connected`,
    `${summary.requests.lastMinute} of ${summary.requests.limit} requests in the last minute`,
    ...(left === null ? [] : [`about ${roughly(left)} left`]),
    ...(summary.reason === null ? [] : [`not dialling: ${summary.reason}`]),
  ].join('; ');
}
