import type { CallDetailsApi } from '../../src/exotel/get-call-details.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import type { Truth } from '../../src/sandbox/truth.ts';
import {
  differencesOfAttempts,
  differencesOfContacts,
  overlappingCalls,
  toldWithoutLegs,
} from './compare-with-truth.ts';
import { mean, quantile } from './figures.ts';
import type { Figures } from './figures.ts';
import type { Mode } from './mode.ts';
import type { RunContext } from './run-context.ts';
import { withStage } from './stage.ts';
import type { Line, Stage, Summary } from './stage.ts';
import { until } from './until.ts';

/** What is known of an end how soon, in seconds. */
const halfWithinSeconds = 15;
const nineTenthsWithinSeconds = 45;

export interface MeasuredCampaign {
  /** stands before each of its figures */
  what: string;
  mode: Mode;
  contacts: number;
  /** requests a minute that the provider allows and the dialer is told */
  limit: number;
  outcomes?: ScenarioInput['outcomes'];
  callbacks: ScenarioInput['callbacks'];
  /** bound of the requests for each call that came to its end; null only notes them */
  mostRequestsPerCall: number | null;
  /** the API that tells of calls of mode agents; v2 when left out */
  callDetails?: CallDetailsApi;
}

/**
 * Dials a campaign to its end, compares the reports with what the simulated Exotel knows, and says how many requests
 * that took and how soon the ends of calls were known.
 */
export async function measureCampaign(
  { figures, signal, say }: Pick<RunContext, 'figures' | 'signal' | 'say'>,
  campaign: MeasuredCampaign,
): Promise<void> {
  const { what, mode, contacts, limit, callDetails = 'v2' } = campaign;
  await withStage({ scenario: scenarioOf(campaign), signal, limit, callDetails }, async (stage) => {
    const dialer = await stage.start();
    const list = await stage.create({ name: 'measured', mode, contacts });
    say(`${what}: started`);
    const summary = await stage.completed('measured', 900_000);
    say(`${what}: ${JSON.stringify(summary.contacts)}`);
    await callbacksAreOver(stage);
    await lateLooksAreOver(stage);
    const truth = stage.sandbox.truth();
    const told = callDetails === 'v3' ? toldWithoutLegs(truth) : truth;
    await judgeReports(figures, stage, { what, list, truth: told, summary });
    await judgeRequests(figures, stage, campaign, truth);
    await judgeLateness(figures, stage, campaign, truth);
    await dialer.stop();
    return { keep: figures.broken() > 0 };
  });
}

/** Talks of some tens of seconds, in real time: how soon an end is known hangs on how long calls last. */
function scenarioOf({ limit, outcomes, callbacks }: MeasuredCampaign): ScenarioInput {
  return {
    seed: 3,
    speed: 1,
    limit: { requests: limit, countRefused: true },
    agents: { count: 50 },
    ...(outcomes !== undefined && { outcomes }),
    durations: {
      agentAnswer: { mean: '4s', spread: '1s' },
      dialing: { mean: '1s', spread: '300ms' },
      customerAnswer: { mean: '7s', spread: '2s' },
      talk: { mean: '40s', spread: '20s' },
      postProcessing: '1s',
    },
    callbacks,
  };
}

async function judgeReports(
  figures: Figures,
  stage: Stage,
  { what, list, truth, summary }: { what: string; list: Line[]; truth: Truth; summary: Summary },
): Promise<void> {
  const { contacts: states } = summary;
  const reportOfAttempts = await stage.report('measured', '--attempts');
  const reportOfContacts = await stage.report('measured');
  figures.equal(
    `${what}: contacts finished, exhausted or suppressed`,
    states.finished + states.exhausted + states.suppressed,
    list.length,
  );
  figures.note(`${what}: calls placed`, truth.calls.length);
  figures.note(`${what}: callbacks delivered`, truth.callbacks.filter(({ delivered }) => delivered).length);
  figures.none(
    `${what}: attempts that differ from the truth`,
    differencesOfAttempts(truth, reportOfAttempts),
  );
  figures.none(`${what}: contacts that differ`, differencesOfContacts(truth, list, reportOfContacts));
  figures.none(`${what}: overlapping calls`, overlappingCalls(truth));
}

async function judgeRequests(
  figures: Figures,
  stage: Stage,
  { what, mode, mostRequestsPerCall }: MeasuredCampaign,
  { requests, calls }: Truth,
): Promise<void> {
  // a look for a recording is a look at a call like any other to the provider: the dialer says what it was for
  const late = await sentFor(stage, 'recordings');
  const ended = calls.filter(({ endedAt }) => endedAt !== null).length;
  figures.equal(`${what}: requests refused by the limit`, requests.throttled, 0);
  figures.note(
    `${what}: requests by kind`,
    Object.entries(requests.byKind)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', '),
  );
  figures.note(`${what}: requests per finished call, of all kinds`, requests.total / ended);
  figures.note(`${what}: of these requests late looks for recordings`, late);
  if (mode === 'flow') {
    figures.note(`${what}: of these requests for the lengths of calls`, await sentFor(stage, 'lengths'));
  }
  const name = `${what}: requests per finished call, without late looks for recordings`;
  const perCall = (requests.total - late) / ended;
  if (mostRequestsPerCall === null) figures.note(name, perCall);
  else figures.atMost(name, perCall, mostRequestsPerCall);
}

/** Requests that the dialer sent for one purpose. */
async function sentFor(stage: Stage, kind: string): Promise<number> {
  const [row] = await stage.query(
    `select count(*)::int as sent from requests where kind = $1 and result is distinct from 'unsent'`,
    [kind],
  );
  return Number(row?.['sent']);
}

async function judgeLateness(
  figures: Figures,
  stage: Stage,
  { what }: MeasuredCampaign,
  truth: Truth,
): Promise<void> {
  const late = await lateness(stage, truth);
  figures.note(`${what}: talk, mean (s)`, mean(truth.calls.flatMap(({ talkSeconds }) => talkSeconds || [])));
  figures.atMost(`${what}: end to outcome, p50 (s)`, quantile(late, 0.5), halfWithinSeconds);
  figures.atMost(`${what}: end to outcome, p90 (s)`, quantile(late, 0.9), nineTenthsWithinSeconds);
  figures.note(`${what}: end to outcome, longest (s)`, quantile(late, 1));
}

/** Seconds from each call's end to the moment at which its attempt had an outcome. */
async function lateness(stage: Stage, { calls }: Truth): Promise<number[]> {
  const settled = await stage.query(`select call_sid, settled_at from attempts where call_sid is not null`);
  const settledAt = new Map(settled.map((row) => [row['call_sid'], row['settled_at']]));
  return calls.flatMap(({ sid, endedAt }) => {
    const at = settledAt.get(sid);
    return at instanceof Date && endedAt !== null ? [(at.getTime() - Date.parse(endedAt)) / 1000] : [];
  });
}

/** Late callbacks come after the campaign's end, and must change nothing. */
async function callbacksAreOver({ sandbox, signal }: Stage): Promise<void> {
  await until(
    () => {
      const ends = sandbox.truth().calls.map(({ settledAt }) => Date.parse(settledAt ?? ''));
      const { lateBy, faults } = sandbox.settings.current.callbacks;
      const last = Math.max(...ends) + (faults.late === undefined ? 0 : lateBy) + 5000;
      return Date.now() > last;
    },
    { what: 'the last callback', timeoutMs: 120_000, signal, intervalMs: 1000 },
  );
}

/** What Exotel fills in minutes after a call's end is in the reports once the last look for it is over. */
async function lateLooksAreOver(stage: Stage): Promise<void> {
  await until(
    async () => {
      const [row] = await stage.query(
        `select count(*)::int as looks from attempts where next_late_look_at is not null`,
      );
      return row?.['looks'] === 0;
    },
    { what: 'the last late look', timeoutMs: 900_000, signal: stage.signal, intervalMs: 5000 },
  );
}
