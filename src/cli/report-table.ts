import { dispositions as meanings } from '../contacts/disposition-codes.ts';
import type { TalkCounts } from '../reports/call-figures.ts';
import { contactMeanings, reasonsOf, reasonText } from '../reports/contact-meanings.ts';
import { clock, periodText, readableTime } from '../reports/figures.ts';
import type { CampaignReport } from '../reports/report.ts';
import { bar, joinItems, wrapWords } from './bars.ts';
import type { Paint } from './bars.ts';
import { counted } from './import-text.ts';
import { tableOf } from './output.ts';
import { percent } from './progress.ts';
import { renderHours } from './report-hours.ts';

export interface Look {
  columns: number;
  paint: Paint;
}

/** A report for people: how it stands, what came of the contacts and of the calls, and who took them. */
export function renderReport(report: CampaignReport, look: Look): string {
  return [
    heading(report, look),
    contacts(report, look),
    dispositions(report, look),
    calls(report, look),
    hours(report, look),
    refusals(report, look),
    agents(report, look),
    callerIds(report, look),
    requests(report, look),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function heading(report: CampaignReport, { columns, paint }: Look): string {
  const { startedAt, endedAt } = report;
  const period = periodText(report);
  return [
    `${paint('bold', report.name)}  ${report.status}`,
    ...(report.reason === null ? [] : wrapWords(report.reason, columns)),
    startedAt === null
      ? 'not started yet'
      : `${readableTime(startedAt)} to ${endedAt === null ? 'now' : readableTime(endedAt)}`,
    ...(period === null ? [] : wrapWords(`calls and attempts ${period}; contacts as they stand`, columns)),
  ].join('\n');
}

function contacts(report: CampaignReport, { paint }: Look): string {
  const { contacts: counts, reasons, reached } = report;
  const rows = contactMeanings
    .filter(([state]) => counts[state] > 0)
    .flatMap(([state, meaning]) => [
      [state, counts[state], percent(counts[state], counts.total), paint('dim', meaning)],
      ...reasonsOf(reasons, state).map((one) => [
        '',
        '',
        '',
        paint('dim', `  ${one.contacts} ${reasonText(one)}`),
      ]),
    ]);
  const table = section(
    `Contacts: ${counts.total}${leftOut(report)}`,
    ['state', 'contacts', 'share', ''],
    rows,
    paint,
  );
  return counts.total === 0
    ? table
    : `${table}\n  reached ${reached} of ${counts.total} (${percent(reached, counts.total)})`;
}

/** Rows of the lists that are no contacts. */
function leftOut({ rejectedRows, duplicateRows }: CampaignReport): string {
  const parts = [
    ...(rejectedRows === 0 ? [] : [`${counted(rejectedRows, 'row')} rejected`]),
    ...(duplicateRows === 0 ? [] : [`${counted(duplicateRows, 'duplicate')} left out`]),
  ];
  return parts.length === 0 ? '' : `, beside ${parts.join(' and ')}`;
}

function dispositions({ dispositions: said }: CampaignReport, { paint }: Look): string {
  if (said.length === 0) return '';
  const all = said.reduce((sum, one) => sum + one.contacts, 0);
  const rows = said.map(({ disposition, contacts: count }) => [
    disposition.replaceAll('_', ' '),
    count,
    percent(count, all),
    paint('dim', meanings[disposition].meaning),
  ]);
  return section(`Dispositions: ${all}`, ['said last', 'contacts', 'share', ''], rows, paint);
}

function calls(report: CampaignReport, { columns, paint }: Look): string {
  const { attempts, talkSeconds, outcomes, callsToConnect } = report;
  const ended = outcomes.reduce((sum, one) => sum + one.calls, 0);
  const connected = outcomes.find((one) => one.outcome === 'connected')?.calls ?? 0;
  const rows = outcomes.map(({ outcome, calls: count, unlisted }) => [
    outcome.replaceAll('_', ' '),
    count,
    percent(count, ended),
    bar(count / ended, 20, paint) +
      (unlisted === 0 ? '' : paint('dim', `  ${unlisted} of an unlisted status`)),
  ]);
  const live = attempts.live === 0 ? '' : `, ${attempts.live} of them live`;
  const lines = [section(`Calls: ${attempts.total}${live}`, ['outcome', 'calls', 'share', ''], rows, paint)];
  if (ended > 0) lines.push(`  connect rate ${percent(connected, ended)} of ${ended} ended`);
  if (callsToConnect.length > 0)
    lines.push(...wrapWords(toConnect(callsToConnect), columns - 2).map(indented));
  if (talkSeconds.median !== null && talkSeconds.p90 !== null) {
    const { total, median, p90 } = talkSeconds;
    lines.push(
      `  talk time ${clock(total)} in all, ${clock(median)} in the median, nine tenths up to ${clock(p90)}`,
    );
  }
  return lines.join('\n');
}

const mostCallsNamed = 5;

/** Contacts by how many calls it took to connect them. */
function toConnect(callsToConnect: CampaignReport['callsToConnect']): string {
  const of = (from: number, to: number): number =>
    callsToConnect
      .filter(({ calls: count }) => count >= from && count <= to)
      .reduce((sum, one) => sum + one.contacts, 0);
  const highest = Math.min(callsToConnect.at(-1)?.calls ?? 1, mostCallsNamed);
  const named = Array.from({ length: highest }, (_, index) => `${index + 1}: ${of(index + 1, index + 1)}`);
  const more = of(mostCallsNamed + 1, Infinity);
  const items = more === 0 ? named : [...named, `more: ${more}`];
  return `contacts by calls until one connected: ${joinItems(items)}`;
}

function hours({ byCallNumber, timezone }: CampaignReport, { columns, paint }: Look): string {
  const lines = renderHours(byCallNumber, columns - 2, paint);
  if (lines.length === 0) return '';
  const title = paint('bold', 'Connect rate in percent by hour and call');
  return `${title}${paint('dim', `  ${timezone}`)}\n${indented(lines.join('\n'))}`;
}

function refusals({ refusals: list }: CampaignReport, { columns, paint }: Look): string {
  if (list.length === 0) return '';
  const rows = list.map(({ code, meaning, attempts }) => [
    code ?? '-',
    attempts,
    wrapWords(meaning, columns - besideMeaning).join('\n'),
  ]);
  const all = list.reduce((sum, one) => sum + one.attempts, 0);
  return section(`Refused or not sent: ${all}`, ['code', 'attempts', 'meaning'], rows, paint);
}

const besideMeaning = 24;

const mostShown = 10;

function agents({ byAgent }: CampaignReport, { paint }: Look): string {
  if (byAgent.length === 0) return '';
  const list = byAgent.slice(0, mostShown);
  const names = list.map((one) => one.name);
  const rows = list.map(({ agent, name, ...counts }) => [
    name === null || names.indexOf(name) !== names.lastIndexOf(name) ? agent : name,
    ...talkCells(counts),
  ]);
  return section(titleOf('Agents', byAgent), ['agent', ...talkHead], rows, paint);
}

/** One alone says nothing that the calls do not. */
function callerIds({ byCallerId }: CampaignReport, { paint }: Look): string {
  if (byCallerId.length < 2) return '';
  const rows = byCallerId
    .slice(0, mostShown)
    .map(({ callerId, ...counts }) => [callerId, ...talkCells(counts)]);
  return section(titleOf('Caller IDs', byCallerId), ['caller ID', ...talkHead], rows, paint);
}

const talkHead = ['calls', 'connected', 'rate', 'talk time'];

function talkCells({ calls: count, ended, connected, talkSeconds }: TalkCounts): (string | number)[] {
  return [count, connected, percent(connected, ended), clock(talkSeconds)];
}

function titleOf(what: string, all: readonly unknown[]): string {
  return all.length > mostShown
    ? `${what}: the first ${mostShown} of ${all.length}`
    : `${what}: ${all.length}`;
}

function requests({ requests: counts }: CampaignReport, { paint }: Look): string {
  const { placing, polling, throttled, lastMinute, limit } = counts;
  return [
    paint('bold', `Requests to Exotel: ${placing + polling}`),
    `  ${placing} to place calls, ${polling} to look calls up, ${throttled} answered 429`,
    `  in the last minute ${lastMinute} of ${limit}, of the whole account`,
  ].join('\n');
}

const numeric = ['contacts', 'calls', 'attempts', 'connected', 'share', 'rate', 'talk time'];

function section(title: string, head: string[], rows: (string | number)[][], paint: Paint): string {
  if (rows.length === 0) return paint('bold', title);
  const [first = '', ...lines] = tableOf(head, rows, numeric).split('\n');
  return `${paint('bold', title)}\n${indented([paint('dim', first), ...lines].join('\n'))}`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
