import { contactMeanings } from '../reports/contact-meanings.ts';
import { clock, readableTime } from '../reports/figures.ts';
import type { ReportDetails } from '../reports/report-details.ts';
import type { CampaignReport } from '../reports/report.ts';
import { bar, wrapWords } from './bars.ts';
import type { Paint } from './bars.ts';
import { tableOf } from './output.ts';
import { percent } from './progress.ts';

export interface Look {
  columns: number;
  paint: Paint;
}

/** A report for people: how it stands, what came of the contacts and of the calls, and who took them. */
export function renderReport(report: CampaignReport, details: ReportDetails, look: Look): string {
  return [
    heading(report, look),
    contacts(report, look),
    calls(report, details, look),
    refusals(details, look),
    agents(details, look),
    requests(report, look),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function heading(report: CampaignReport, { columns, paint }: Look): string {
  const { startedAt, endedAt } = report;
  return [
    `${paint('bold', report.name)}  ${report.status}`,
    ...(report.reason === null ? [] : wrapWords(report.reason, columns)),
    startedAt === null
      ? 'not started yet'
      : `${readableTime(startedAt)} to ${endedAt === null ? 'now' : readableTime(endedAt)}`,
  ].join('\n');
}

function contacts({ contacts: counts, rejectedRows }: CampaignReport, { paint }: Look): string {
  const rows = contactMeanings
    .filter(([state]) => counts[state] > 0)
    .map(([state, meaning]) => [
      state,
      counts[state],
      percent(counts[state], counts.total),
      paint('dim', meaning),
    ]);
  const rejected = rejectedRows === 0 ? '' : `, and ${rejectedRows} rows of the list rejected`;
  return section(`Contacts: ${counts.total}${rejected}`, ['state', 'contacts', 'share', ''], rows, paint);
}

function calls(report: CampaignReport, { outcomes }: ReportDetails, { paint }: Look): string {
  const { attempts, talkSeconds } = report;
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
  if (talkSeconds.median !== null) {
    lines.push(`  talk time ${clock(talkSeconds.total)} in all, ${clock(talkSeconds.median)} in the median`);
  }
  return lines.join('\n');
}

function refusals({ refusals: list }: ReportDetails, { columns, paint }: Look): string {
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

function agents({ agents: list, agentsInAll }: ReportDetails, { paint }: Look): string {
  if (list.length === 0) return '';
  const names = list.map((one) => one.name);
  const rows = list.map(({ agent, name, calls: count, connected, talk_seconds: talk }) => [
    name === null || names.indexOf(name) !== names.lastIndexOf(name) ? agent : name,
    count,
    connected,
    percent(connected, count),
    clock(talk),
  ]);
  const title =
    list.length < agentsInAll
      ? `Agents: the first ${list.length} of ${agentsInAll}`
      : `Agents: ${agentsInAll}`;
  return section(title, ['agent', 'calls', 'connected', 'share', 'talk time'], rows, paint);
}

function requests({ requests: counts }: CampaignReport, { paint }: Look): string {
  const { placing, polling, throttled, lastMinute, limit } = counts;
  return [
    paint('bold', `Requests to Exotel: ${placing + polling}`),
    `  ${placing} to place calls, ${polling} to look calls up, ${throttled} answered 429`,
    `  in the last minute ${lastMinute} of ${limit}, of the whole account`,
  ].join('\n');
}

const numeric = ['contacts', 'calls', 'attempts', 'connected', 'share', 'talk time'];

function section(title: string, head: string[], rows: (string | number)[][], paint: Paint): string {
  if (rows.length === 0) return paint('bold', title);
  const [first = '', ...lines] = tableOf(head, rows, numeric).split('\n');
  return `${paint('bold', title)}\n${indented([paint('dim', first), ...lines].join('\n'))}`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
