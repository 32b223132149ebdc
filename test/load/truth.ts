import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { differencesOfAttempts, differencesOfContacts, overlappingCalls } from './compare-with-truth.ts';
import { mean, quantile } from './figures.ts';
import type { LoadRun, RunContext } from './run-context.ts';
import { withStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

const contacts = 150;

/** Lets callbacks go astray and compares the reports with what the simulated Exotel knows. */
export const truthRun: LoadRun = {
  proves:
    'the report is the truth with all callbacks lost, and with callbacks doubled, late and out of order',
  limitMs: 1_500_000,
  async run(context) {
    await campaignWith(context, 'all lost', { faults: { lost: 1 } });
    await campaignWith(context, 'doubled, late, reordered', {
      lateBy: '60s',
      faults: { doubled: 0.5, late: 0.3, reordered: 0.5 },
    });
  },
};

/** Talks of some tens of seconds, in real time: how soon an end is known hangs on how long calls last. */
function scenario(callbacks: ScenarioInput['callbacks']): ScenarioInput {
  return {
    seed: 3,
    speed: 1,
    limit: { requests: 198, countRefused: true },
    agents: { count: 50 },
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

async function campaignWith(
  { figures, signal, say }: RunContext,
  what: string,
  callbacks: ScenarioInput['callbacks'],
): Promise<void> {
  await withStage({ scenario: scenario(callbacks), signal }, async (stage) => {
    const dialer = await stage.start();
    const list = await stage.create({ name: 'truth', contacts });
    say(`callbacks ${what}: started`);
    const summary = await stage.completed('truth', 660_000);
    say(`callbacks ${what}: ${JSON.stringify(summary.contacts)}`);
    await callbacksAreOver(stage);

    const truth = stage.sandbox.truth();
    const reportOfAttempts = await stage.report('truth', '--attempts');
    const reportOfContacts = await stage.report('truth');
    const { contacts: states } = summary;
    figures.equal(
      `${what}: contacts finished, exhausted or suppressed`,
      states.finished + states.exhausted + states.suppressed,
      contacts,
    );
    figures.note(`${what}: calls placed`, truth.calls.length);
    figures.note(`${what}: callbacks delivered`, truth.callbacks.filter(({ delivered }) => delivered).length);
    figures.none(
      `${what}: attempts that differ from the truth`,
      differencesOfAttempts(truth, reportOfAttempts),
    );
    figures.none(`${what}: contacts that differ`, differencesOfContacts(truth, list, reportOfContacts));
    figures.none(`${what}: overlapping calls`, overlappingCalls(truth));

    const { byKind, throttled, total } = truth.requests;
    const late = await lateness(stage);
    figures.equal(`${what}: requests refused by the limit`, throttled, 0);
    figures.note(`${what}: looks per call`, (byKind['call'] ?? 0) / truth.calls.length);
    figures.note(`${what}: readings of the users list`, byKind['users'] ?? 0);
    figures.note(`${what}: requests of all kinds per call`, total / truth.calls.length);
    figures.note(
      `${what}: talk, mean (s)`,
      mean(truth.calls.flatMap(({ talkSeconds }) => talkSeconds || [])),
    );
    figures.atMost(`${what}: end to outcome, p50 (s)`, quantile(late, 0.5), 15);
    figures.atMost(`${what}: end to outcome, p90 (s)`, quantile(late, 0.9), 45);
    figures.note(`${what}: end to outcome, longest (s)`, quantile(late, 1));
    await dialer.stop();
    return { keep: figures.broken() > 0 };
  });
}

/** Seconds from each call's end to the moment at which its attempt had an outcome. */
async function lateness(stage: Stage): Promise<number[]> {
  const settled = await stage.query(`select call_sid, settled_at from attempts where call_sid is not null`);
  const settledAt = new Map(settled.map((row) => [row['call_sid'], row['settled_at']]));
  return stage.sandbox.truth().calls.flatMap(({ sid, endedAt }) => {
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
