import { Command } from 'commander';
import { hasAgents } from '../campaigns/campaign-mode.ts';
import { describeHours, describeInstant } from '../campaigns/describe-schedule.ts';
import { listCampaigns } from '../reports/campaign-list.ts';
import { campaignState, campaignSummary } from '../reports/summary.ts';
import type { CampaignState, CampaignSummary, ContactCounts } from '../reports/summary.ts';
import { joinItems, paintFor, wrapWords } from './bars.ts';
import type { Paint } from './bars.ts';
import { loadingText } from './import-display.ts';
import { printJson, say, tableOf } from './output.ts';
import { agentsLine, percent, requestsBar, statusColor } from './progress.ts';
import { withSession } from './session.ts';

export function listCommand(): Command {
  return new Command('list')
    .description('all campaigns, the newest first')
    .option('--json', 'print one JSON document: an array of what `campaign show --json` prints')
    .action((flags: { json?: true }) =>
      withSession(async ({ database }) => {
        const campaigns = await listCampaigns(database);
        if (flags.json) printJson(campaigns);
        else if (campaigns.length === 0) {
          say('there is no campaign yet: `dialer campaign create FILE.yaml` makes one');
        } else process.stdout.write(`${renderList(campaigns)}\n`);
      }),
    );
}

export function showCommand(): Command {
  return new Command('show')
    .description('how a campaign stands, and why')
    .argument('<name>', 'the campaign')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  dialer campaign show renewal-november')
    .action((name: string, flags: { json?: true }) =>
      withSession(async ({ database }) => {
        const summary = await campaignSummary(database, name);
        if (flags.json) {
          printJson(summary);
          return;
        }
        const state = await campaignState(database, name);
        const width = Math.min(process.stdout.columns ?? 80, 100);
        process.stdout.write(`${renderCampaign(summary, state, width, paintFor(process.stdout))}\n`);
      }),
    );
}

/** One line a campaign. */
export function renderList(campaigns: readonly CampaignSummary[]): string {
  const rows = campaigns.map(({ name, status, contacts, attempts }) => {
    const done = contacts.total - contacts.pending - contacts.dialing;
    return [
      name,
      status,
      contacts.total,
      done,
      percent(done, contacts.total),
      attempts.live,
      attempts.outcomes.connected ?? 0,
    ];
  });
  const head = ['campaign', 'status', 'contacts', 'done', '', 'live calls', 'connected'];
  return tableOf(head, rows, ['contacts', 'done', '', 'live calls', 'connected']);
}

const labelWidth = 12;

/** A campaign for people: what it does and why on top, then what it is made of. */
export function renderCampaign(
  summary: CampaignSummary,
  state: CampaignState,
  width: number,
  paint: Paint,
): string {
  const line = (label: string, text: string): string =>
    wrapWords(text, width - labelWidth)
      .map((part, index) => paint('dim', (index === 0 ? label : '').padEnd(labelWidth)) + part)
      .join('\n');
  return [
    `${paint('bold', summary.name)}  ${paint(statusColor[summary.status], summary.status)}`,
    ...(summary.reason === null ? [] : [wrapWords(summary.reason, width).join('\n')]),
    ...(summary.warning === null ? [] : [wrapWords(`warning: ${summary.warning}`, width).join('\n')]),
    '',
    line('account', state.account_name),
    line('mode', `${modeText(state)}, from ${state.definition.callerIds.join(', ')}`),
    line('schedule', schedule(state)),
    line('hours', hours(state)),
    '',
    line('contacts', contactStates(summary.contacts)),
    ...(summary.rejectedRows === 0 ? [] : [line('', rejected(summary))]),
    ...(summary.loading ?? []).map((list) => line('loading', `${list.file}, ${loadingText(list)}`)),
    line('calls', calls(summary)),
    ...(hasAgents(summary.mode) ? [line('agents', agentsLine(summary.agents))] : []),
    paint('dim', 'requests'.padEnd(labelWidth)) + requestsBar(summary.requests, width - labelWidth, paint),
  ].join('\n');
}

function rejected({ name, rejectedRows: rows }: CampaignSummary): string {
  const what = rows === 1 ? '1 row was rejected and is' : `${rows} rows were rejected and are`;
  return `${what} given back by \`dialer contacts rejects ${name}\``;
}

function modeText({ mode, definition }: CampaignState): string {
  return definition.flow?.appId === undefined ? mode : `${mode} ${definition.flow.appId}`;
}

function schedule(state: CampaignState): string {
  const { starts_at: startsAt, ends_at: endsAt, started_at: startedAt, ended_at: endedAt } = state;
  const { timezone } = state.definition.schedule;
  const begin =
    startedAt === null
      ? startsAt === null
        ? 'starts when told'
        : `starts ${describeInstant(startsAt, timezone)}`
      : `started ${describeInstant(startedAt, timezone)}`;
  if (endedAt !== null) return `${begin}, ended ${describeInstant(endedAt, timezone)}`;
  return `${begin}, ${endsAt === null ? 'until done' : `ends ${describeInstant(endsAt, timezone)}`}`;
}

function hours({ definition }: CampaignState): string {
  const { holidays } = definition.schedule;
  const closed = holidays.length === 0 ? '' : `; closed on ${holidays.join(', ')}`;
  return `${describeHours(definition.schedule)}${closed}`;
}

function contactStates(contacts: ContactCounts): string {
  const { total, ...states } = contacts;
  const present = Object.entries(states).filter(([, count]) => count > 0);
  return joinItems([`${total}`, ...present.map(([state, count]) => `${count} ${state}`)]);
}

function calls({ attempts }: CampaignSummary): string {
  const outcomes = Object.entries(attempts.outcomes)
    .toSorted(([, one], [, other]) => other - one)
    .map(([outcome, count]) => `${count} ${outcome.replaceAll('_', ' ')}`);
  const refused = attempts.refused === 0 ? [] : [`${attempts.refused} refused`];
  return joinItems([`${attempts.total} placed`, `${attempts.live} live`, ...refused, ...outcomes]);
}
