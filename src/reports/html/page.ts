import { clock, exactPercent, grouped, periodText, readableTime } from '../figures.ts';
import { markup, nothing } from './markup.ts';
import type { Markup } from './markup.ts';
import type { PageFacts } from './page-facts.ts';
import {
  agentsSection,
  callerIdsSection,
  callsToConnectSection,
  contactsSection,
  dispositionsSection,
  hoursSection,
  outcomesSection,
  refusalsSection,
} from './sections.ts';
import { style } from './style.ts';

/** A report as one page, with all it needs in it: no script, and nothing is loaded, which its policy forbids too. */
export function renderPage(facts: PageFacts): string {
  const { html } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="campaign-dialer">
<title>${facts.report.name}: campaign report</title>
<style>${{ html: style }}</style>
</head>
<body>
<main>
${heading(facts)}
${tiles(facts)}
${contactsSection(facts)}${dispositionsSection(facts)}${outcomesSection(facts)}${callsToConnectSection(facts)}${hoursSection(facts)}${agentsSection(facts)}${callerIdsSection(facts)}${refusalsSection(facts)}${footer(facts)}
</main>
</body>
</html>
`;
  return html;
}

function heading({ report, writtenAt }: PageFacts): Markup {
  const { name, status, reason, startedAt, endedAt, timezone } = report;
  const why = reason === null ? nothing : markup`<p>${reason}</p>`;
  const time =
    startedAt === null
      ? 'not started yet'
      : `${readableTime(startedAt)} to ${endedAt === null ? 'now' : readableTime(endedAt)}`;
  return markup`<header><p class="eyebrow">Campaign report, as of ${readableTime(writtenAt)}</p><h1>${name}<span class="status ${status}">${status}</span></h1>${why}<p class="dim">${time} (${timezone})</p>${periodLine(report)}</header>`;
}

/** What the page says of contacts is of now in any case. */
function periodLine({ since, until }: PageFacts['report']): Markup {
  const text = periodText({ since, until });
  return text === null ? nothing : markup`<p>Calls and attempts ${text}; contacts as they stand.</p>`;
}

function tiles({ report }: PageFacts): Markup {
  const { contacts, attempts, talkSeconds, reached } = report;
  const ended = report.outcomes.reduce((sum, one) => sum + one.calls, 0);
  const connected = report.outcomes.find((one) => one.outcome === 'connected')?.calls ?? 0;
  return markup`<dl class="tiles">${[
    tile('Contacts', grouped(contacts.total), 'rows accepted'),
    tile('Reached', grouped(reached), `${exactPercent(reached, contacts.total)} of contacts`),
    tile(
      'Calls',
      grouped(attempts.total),
      attempts.live === 0 ? 'all ended' : `${grouped(attempts.live)} live`,
    ),
    tile(
      'Connect rate',
      ended === 0 ? '–' : exactPercent(connected, ended),
      `${grouped(connected)} of ${grouped(ended)} ended`,
    ),
    tile('Talk time', longTime(talkSeconds.total), 'in all'),
    tile('Median talk', talkSeconds.median === null ? '–' : clock(talkSeconds.median), 'of connected calls'),
    tile('Long talk', talkSeconds.p90 === null ? '–' : clock(talkSeconds.p90), '90 % are no longer (p90)'),
  ]}</dl>`;
}

/** A tile has room for `999:59:59`. */
function longTime(seconds: number): string {
  return seconds < 1000 * 3600 ? clock(seconds) : `${grouped(Math.round(seconds / 3600))} h`;
}

function tile(title: string, value: string, note: string): Markup {
  return markup`<div><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`;
}

function footer({ report: { requests }, acceptedRows }: PageFacts): Markup {
  const { placing, polling, throttled } = requests;
  return markup`<footer><p>The states of the contacts add up to the ${grouped(acceptedRows)} rows that were accepted.</p><p>Requests to Exotel: ${grouped(placing)} to place calls, ${grouped(polling)} to look calls up; ${grouped(throttled)} of both were answered 429.</p></footer>`;
}
