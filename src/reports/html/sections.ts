import { dispositions } from '../../contacts/disposition-codes.ts';
import { linesByCall } from '../by-call.ts';
import { connectRateOf } from '../call-figures.ts';
import type { TalkCounts } from '../call-figures.ts';
import type { ReasonCount } from '../contact-meanings.ts';
import { clock, exactPercent, grouped } from '../figures.ts';
import { contactMeanings, reasonsOf, reasonText } from '../contact-meanings.ts';
import { columns, heatMap, shareBar, stackedBar } from './charts.ts';
import { markup, nothing } from './markup.ts';
import type { Markup } from './markup.ts';
import type { PageFacts } from './page-facts.ts';

export function contactsSection({ report }: PageFacts): Markup {
  const { contacts, reasons, rejectedRows, duplicateRows } = report;
  const states = contactMeanings.filter(([state]) => contacts[state] > 0);
  const parts = states.map(([state]) => ({ label: state, count: contacts[state], look: state }));
  const rows = states.map(
    ([state, meaning]) =>
      markup`<tr><td class="named">${swatch(state)}${state}</td>${number(grouped(contacts[state]))}${number(exactPercent(contacts[state], contacts.total))}<td class="dim">${meaning}${reasonLines(reasonsOf(reasons, state))}</td></tr>`,
  );
  const beside = [
    ...(rejectedRows === 0 ? [] : [`${grouped(rejectedRows)} rejected`]),
    ...(duplicateRows === 0 ? [] : [`${grouped(duplicateRows)} left out as duplicates`]),
  ];
  const leftOut =
    beside.length === 0
      ? nothing
      : markup`<p class="dim">Rows of the lists that are no contacts: ${beside.join(', ')}.</p>`;
  return section(
    'Contacts',
    markup`${stackedBar(parts, `${contacts.total} contacts by state`)}${table(
      [text('State'), right('Contacts'), right('Share'), text('Meaning')],
      rows,
      markup`<tr><td>accepted rows</td>${number(grouped(contacts.total))}<td></td><td></td></tr>`,
    )}${leftOut}`,
  );
}

function reasonLines(reasons: readonly ReasonCount[]): Markup {
  if (reasons.length === 0) return nothing;
  const lines = reasons.map((one) => markup`<li>${grouped(one.contacts)} ${reasonText(one)}</li>`);
  return markup`<ul class="reasons">${lines}</ul>`;
}

export function dispositionsSection({ report: { dispositions: said } }: PageFacts): Markup {
  if (said.length === 0) return nothing;
  const all = said.reduce((sum, one) => sum + one.contacts, 0);
  const rows = said.map(
    ({ disposition, contacts }) =>
      markup`<tr><td>${disposition.replaceAll('_', ' ')}</td>${number(grouped(contacts))}${number(exactPercent(contacts, all))}<td class="dim">${dispositions[disposition].meaning}</td></tr>`,
  );
  return section(
    'Dispositions',
    table(
      [text('Said last'), right('Contacts'), right('Share'), text('Meaning')],
      rows,
      markup`<tr><td>in all</td>${number(grouped(all))}<td></td><td></td></tr>`,
    ),
  );
}

export function outcomesSection({ report: { attempts, outcomes } }: PageFacts): Markup {
  const ended = outcomes.reduce((sum, one) => sum + one.calls, 0);
  const rows = outcomes.map(({ outcome, calls, unlisted }) => {
    const odd =
      unlisted === 0
        ? nothing
        : markup` <span class="dim">(${grouped(unlisted)} of an unlisted status)</span>`;
    return markup`<tr><td>${outcome.replaceAll('_', ' ')}${odd}</td>${number(grouped(calls))}${number(exactPercent(calls, ended))}<td class="chart">${shareBar(calls / ended)}</td></tr>`;
  });
  const live =
    attempts.live === 0 ? nothing : markup`<p class="dim">${grouped(attempts.live)} more are under way.</p>`;
  const content =
    ended === 0
      ? markup`<p class="dim">No call has ended yet.</p>`
      : table(
          [text('Outcome'), right('Calls'), right('Share'), bar],
          rows,
          markup`<tr><td>ended calls</td>${number(grouped(ended))}<td></td><td></td></tr>`,
        );
  return section('Outcomes of calls', markup`${content}${live}`);
}

/** The last column holds all that took more calls than it says. */
const mostCallsShown = 10;

export function callsToConnectSection({ report: { callsToConnect } }: PageFacts): Markup {
  if (callsToConnect.length === 0) return nothing;
  const all = callsToConnect.reduce((sum, one) => sum + one.contacts, 0);
  const last = Math.min(mostCallsShown, callsToConnect.at(-1)?.calls ?? 1);
  const bars = Array.from({ length: last }, (_, index) => {
    const among = callsToConnect.filter((one) => Math.min(one.calls, mostCallsShown) === index + 1);
    const more = index + 1 === mostCallsShown && among.some((one) => one.calls > mostCallsShown);
    return {
      name: `${index + 1}${more ? '+' : ''}`,
      count: among.reduce((sum, one) => sum + one.contacts, 0),
    };
  });
  return section(
    'Attempts to connect',
    markup`${columns(bars, 'contacts by the number of calls until the first that connected')}<p class="dim">Contacts by how many calls it took until they were connected, calls that an agent did not take among them: ${grouped(all)} in all.</p>`,
  );
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

export function hoursSection({ report: { byWeekday, byCallNumber, timezone } }: PageFacts): Markup {
  if (byWeekday.length === 0) return nothing;
  const week = weekdays.map((name, index) => ({
    name,
    cells: byWeekday.filter((one) => one.weekday === index + 1),
  }));
  return section(
    'Hours',
    markup`<p class="dim">By the hour in which a call was placed, on the clocks of ${timezone}. Rates are of the calls that ended.</p><h3>Connect rate in percent, by which call of its contact it was</h3>${heatMap(linesByCall(byCallNumber), 'connect rate', 'connect rate by hour and number of the call')}<h3>Calls by weekday</h3>${heatMap(week, 'calls', 'calls by hour and weekday')}<h3>Connect rate in percent by weekday</h3>${heatMap(week, 'connect rate', 'connect rate by hour and weekday')}`,
  );
}

const agentsShown = 100;

export function agentsSection({ report: { byAgent } }: PageFacts): Markup {
  if (byAgent.length === 0) return nothing;
  const agents = byAgent.slice(0, agentsShown);
  const rows = agents.map(({ agent, name, ...counts }) =>
    callsRow(name === null ? markup`${agent}` : markup`${name} <span class="dim">${agent}</span>`, counts),
  );
  const title =
    agents.length < byAgent.length
      ? `Agents: the first ${agents.length} of ${byAgent.length}`
      : `Agents: ${byAgent.length}`;
  return section(title, callsTable('Agent', rows), 'long');
}

export function callerIdsSection({ report: { byCallerId } }: PageFacts): Markup {
  if (byCallerId.length === 0) return nothing;
  const rows = byCallerId.map(({ callerId, ...counts }) => callsRow(markup`${callerId}`, counts));
  return section('Caller IDs', callsTable('Caller ID', rows));
}

export function refusalsSection({ report: { refusals } }: PageFacts): Markup {
  if (refusals.length === 0) return nothing;
  const rows = refusals.map(
    ({ code, attempts, meaning }) =>
      markup`<tr><td>${code ?? '–'}</td>${number(grouped(attempts))}<td>${meaning}</td></tr>`,
  );
  const all = refusals.reduce((sum, one) => sum + one.attempts, 0);
  return section(
    'Refused or not sent',
    table(
      [text('Code'), right('Attempts'), text('Meaning')],
      rows,
      markup`<tr><td>in all</td>${number(grouped(all))}<td></td></tr>`,
    ),
    'long',
  );
}

function callsRow(who: Markup, one: TalkCounts): Markup {
  return markup`<tr><td>${who}</td>${number(grouped(one.calls))}${number(grouped(one.connected))}${number(exactPercent(one.connected, one.ended))}<td class="chart">${shareBar(connectRateOf(one))}</td>${number(clock(one.talkSeconds))}</tr>`;
}

function callsTable(who: string, rows: Markup[]): Markup {
  return table(
    [text(who), right('Calls'), right('Connected'), right('Connect rate'), bar, right('Talk time')],
    rows,
  );
}

function section(title: string, content: Markup, look = ''): Markup {
  return markup`<section class="${look}"><h2>${title}</h2>${content}</section>\n`;
}

function table(head: Markup[], rows: Markup[], foot: Markup = nothing): Markup {
  const end = foot === nothing ? nothing : markup`<tfoot>${foot}</tfoot>`;
  return markup`<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody>${end}</table></div>`;
}

/** Over the bars, which go where the page is narrow. */
const bar = markup`<th class="chart"></th>`;

function text(title: string): Markup {
  return markup`<th scope="col">${title}</th>`;
}

function right(title: string): Markup {
  return markup`<th scope="col" class="number">${title}</th>`;
}

function number(value: string): Markup {
  return markup`<td class="number">${value}</td>`;
}

function swatch(look: string): Markup {
  return markup`<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><rect class="${look}" width="12" height="12"/></svg>`;
}
