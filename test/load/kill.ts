import { setTimeout as delay } from 'node:timers/promises';
import { randomFor } from '../../src/sandbox/random.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import type { Truth } from '../../src/sandbox/truth.ts';
import {
  attemptsSentTwice,
  differencesOfAttempts,
  differencesOfContacts,
  overlappingCalls,
} from './compare-with-truth.ts';
import type { LoadRun, RunContext } from './run-context.ts';
import { withStage } from './stage.ts';
import type { Line, Stage, Summary } from './stage.ts';

const contacts = 400;
const kills = 8;
const seed = 5;
const maxAttempts = 3;

/** What the sandbox has handed to the network within this time before a kill may have died with the process. */
const inFlightMs = 2000;

/** Kills the dialer at random moments of a campaign, now alone, now with its database. */
export const killRun: LoadRun = {
  proves: 'kill -9 in mid-campaign: nobody is called twice, nobody is lost, the report is the truth',
  limitMs: 1_500_000,
  async run({ figures, signal, say }) {
    await withStage({ scenario, signal }, async (stage) => {
      const killedAt: number[] = [];
      let dialer = await stage.start();
      const list = await stage.create({
        name: 'kill',
        contacts,
        file: { call: { recording: true, ringSeconds: 20, maxSeconds: 60 } },
      });
      const random = randomFor(seed, 'kills');
      for (let round = 0; round < kills; round += 1) {
        await delay(4000 + random.next() * 14_000, undefined, { signal });
        const alive = stage.sandbox.truth().calls.filter(({ endedAt }) => endedAt === null).length;
        const underWay = stage.sandbox
          .requests()
          .filter(({ answeredAt, at }) => answeredAt === null && at.getTime() > Date.now() - inFlightMs);
        await dialer.kill(round % 2 === 0 ? 'process' : 'group');
        killedAt.push(Date.now());
        say(`killed with ${alive} calls alive and ${underWay.length} requests under way`);
        await delay(random.next() * 3000, undefined, { signal });
        dialer = await stage.start();
      }
      const summary = await stage.completed('kill', 900_000);
      say(JSON.stringify(summary.contacts));
      await judge(figures, stage, { list, summary, killedAt });
      await dialer.stop();
      return { keep: figures.broken() > 0 };
    });
  },
};

/** Slow answers, and agents enough for the limit but no more: every kill meets calls and requests that are under way. */
const scenario: ScenarioInput = {
  seed,
  speed: 10,
  limit: { requests: 198, countRefused: true },
  agents: { count: 20 },
  answers: { latency: { mean: '400ms', spread: '150ms' } },
};

async function judge(
  figures: RunContext['figures'],
  stage: Stage,
  { list, summary, killedAt }: { list: Line[]; summary: Summary; killedAt: number[] },
): Promise<void> {
  const truth = stage.sandbox.truth();
  const reportOfAttempts = await stage.report('kill', '--attempts');
  const unknown = reportOfAttempts.filter(({ outcome }) => outcome === 'unknown');
  const unknownIds = new Set(unknown.map((line) => line['attempt_id'] ?? ''));
  const unknownNumbers = new Set(unknown.map((line) => line['dialed_number'] ?? ''));
  const states = summary.contacts;

  figures.note('kills', killedAt.length);
  figures.note('calls placed', truth.calls.length);
  figures.equal('contacts in a state', states.total, contacts);
  figures.equal(
    'contacts dialled to their end, or held as unknown',
    states.finished + states.exhausted + states.suppressed + states.held,
    contacts,
  );
  figures.none('overlapping calls to one number', overlappingCalls(truth));
  figures.none('attempts sent more than once', attemptsSentTwice(truth));
  figures.none('calls that the rules did not allow', await callsAgainstTheRules(stage, truth));
  figures.none(
    'attempts that differ from the truth',
    differencesOfAttempts(truth, reportOfAttempts, unknownIds),
  );
  figures.none(
    'contacts that differ from the truth',
    differencesOfContacts(truth, list, await stage.report('kill'), unknownNumbers),
  );
  figures.note('attempts that stay unknown', unknown.length);
  figures.note(
    '… of which made a call',
    truth.calls.filter(({ customField }) => unknownIds.has(customField ?? '')).length,
  );
  figures.none('unknown although an answer or a callback came', knownAfterAll(truth, unknownIds, killedAt));
  figures.equal('requests refused by the limit', truth.requests.throttled, 0);
  figures.atMost('most requests in any 60 s', truth.requests.mostArrivalsInWindow, 198);
  figures.note('looks at calls', truth.requests.byKind['call'] ?? 0);
}

/** Attempts that reached the provider although an earlier one of their contact forbade it or was still open. */
async function callsAgainstTheRules(stage: Stage, truth: Truth): Promise<string[]> {
  const sent = new Set(truth.placings.map(({ customField }) => customField));
  const rows = await stage.query(
    `select t.id, t.number, before.id as before_id, before.outcome as before_outcome,
       before.settled_at > t.claimed_at or before.settled_at is null as still_open,
       (select count(*)::int from attempts c where c.contact_id = t.contact_id and c.counts
          and c.attempt_number < t.attempt_number) as counted_before
     from attempts t left join attempts before
       on before.contact_id = t.contact_id and before.attempt_number < t.attempt_number`,
  );
  const final = new Set(['connected', 'do_not_disturb', 'rejected', 'unknown']);
  const known = new Set(rows.map(({ id }) => id));
  const strangers = [...sent]
    .filter((id) => !known.has(id))
    .map((id) => `${String(id)} is no attempt of the database`);
  const broken = rows.flatMap((row) => {
    if (!sent.has(String(row['id']))) return [];
    const why = final.has(String(row['before_outcome']))
      ? `after ${String(row['before_outcome'])}`
      : row['before_id'] !== null && row['still_open'] === true
        ? 'while an earlier attempt was open'
        : Number(row['counted_before']) >= maxAttempts
          ? `after ${String(row['counted_before'])} counted attempts`
          : null;
    return why === null ? [] : [`${String(row['number'])} was called ${why}: attempt ${String(row['id'])}`];
  });
  return [...strangers, ...broken];
}

/** `unknown` is right only where neither the answer nor a callback of the attempt was delivered. */
function knownAfterAll(truth: Truth, unknownIds: ReadonlySet<string>, killedAt: readonly number[]): string[] {
  const told = truth.callbacks.filter(
    ({ customField, delivered }) => delivered && unknownIds.has(customField ?? ''),
  );
  const answered = truth.placings.filter(({ customField, answeredAt }) => {
    if (answeredAt === null || !unknownIds.has(customField ?? '')) return false;
    const at = Date.parse(answeredAt);
    return !killedAt.some((killed) => at > killed - inFlightMs && at < killed + inFlightMs);
  });
  return [
    ...told.map(({ customField, event }) => `${customField}: its ${event} callback was delivered`),
    ...answered.map(({ customField }) => `${customField}: its answer was delivered, and no kill was near`),
  ];
}
