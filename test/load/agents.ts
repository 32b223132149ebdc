import { differencesOfAttempts } from './compare-with-truth.ts';
import { mean } from './figures.ts';
import { refusedForAvailability } from './refusals.ts';
import type { LoadRun, RunContext } from './run-context.ts';
import { withStage } from './stage.ts';
import type { Stage, Summary } from './stage.ts';
import { until } from './until.ts';

const contacts = 600;
const comeBackWithinSeconds = 60;

/** Dials with a roster of which half cannot be relied on. */
export const agentsRun: LoadRun = {
  proves:
    'agents who are off, busy or toggling cost no contact anything, and one who comes back is called soon',
  limitMs: 1_500_000,
  async run({ figures, signal, say }) {
    const scenario = {
      seed: 4,
      speed: 10,
      limit: { requests: 198, countRefused: true },
      agents: { count: 40, off: 10, busy: 10, toggling: 6 },
    };
    await withStage({ scenario, signal }, async (stage) => {
      const dialer = await stage.start();
      await stage.create({ name: 'agents', contacts });
      await until(() => stage.sandbox.truth().calls.length >= 100, {
        what: 'the first hundred calls',
        timeoutMs: 180_000,
        signal,
        intervalMs: 500,
      });
      for (const id of ['agent-031', 'agent-034', 'agent-038']) await comesBack({ figures, say }, stage, id);
      const summary = await stage.completed('agents', 1_080_000);
      say(JSON.stringify(summary));
      await judge({ figures }, stage, summary);
      await dialer.stop();
      return { keep: figures.broken() > 0 };
    });
  },
};

/** Switches on the device of an agent who was off, and takes the time until a call is placed through them. */
async function comesBack(
  { figures, say }: Pick<RunContext, 'figures' | 'say'>,
  { sandbox, signal }: Stage,
  id: string,
): Promise<void> {
  const was = sandbox.agents.find((agent) => agent.id === id)?.state;
  if (was !== 'off') throw new Error(`${id} is ${was ?? 'unknown'}, not off`);
  const at = Date.now();
  sandbox.control({ agentStates: { [id]: 'available' } });
  const call = await until(
    () => sandbox.truth().calls.find(({ agent, placedAt }) => agent === id && Date.parse(placedAt) >= at),
    { what: `a call for ${id}`, timeoutMs: 150_000, signal, intervalMs: 200 },
  );
  const seconds = (Date.parse(call.placedAt) - at) / 1000;
  say(`${id} came back and was called after ${seconds} s`);
  figures.atMost(`seconds until ${id}, who came back, is called`, seconds, comeBackWithinSeconds);
}

async function judge(
  { figures }: Pick<RunContext, 'figures'>,
  stage: Stage,
  { contacts: states }: Summary,
): Promise<void> {
  const truth = stage.sandbox.truth();
  figures.equal(
    'contacts dialled to their end',
    states.finished + states.exhausted + states.suppressed,
    contacts,
  );
  figures.note(
    'contacts finished / exhausted / suppressed / held',
    [states.finished, states.exhausted, states.suppressed, states.held].join(' / '),
  );
  figures.none('agents’ faults that cost a contact its budget', await budgetSpentByAgents(stage));
  figures.none('contacts exhausted before their budget was', await exhaustedEarly(stage));
  figures.none(
    'attempts that differ from the truth',
    differencesOfAttempts(truth, await stage.report('agents', '--attempts')),
  );

  const refused = refusedForAvailability(truth);
  const placed = truth.calls.length;
  figures.note('calls placed', placed);
  figures.note('refused because the agent was busy', refused.busy);
  figures.note('refused because the agent was away', refused.away);
  figures.atMost(
    'refusals by availability in % of calls placed',
    (100 * (refused.busy + refused.away)) / placed,
    10,
  );
  figures.equal('requests refused by the limit', truth.requests.throttled, 0);
  figures.note('readings of the users list', truth.requests.byKind['users'] ?? 0);
  figures.note('looks at calls', truth.requests.byKind['call'] ?? 0);
  figures.note(
    'mean hold of a call (s)',
    mean(
      truth.calls.flatMap(({ placedAt, endedAt }) =>
        endedAt === null ? [] : [(Date.parse(endedAt) - Date.parse(placedAt)) / 1000],
      ),
    ),
  );
}

async function budgetSpentByAgents(stage: Stage): Promise<string[]> {
  const rows = await stage.query(
    `select id, outcome from attempts
     where counts <> (outcome in ('connected', 'no_answer', 'busy', 'unreachable'))`,
  );
  return rows.map(({ id, outcome }) => `${String(outcome)} of attempt ${String(id)}`);
}

async function exhaustedEarly(stage: Stage): Promise<string[]> {
  const rows = await stage.query(
    `select c.row_number, (select count(*)::int from attempts t where t.contact_id = c.id and t.counts) as counted
     from contacts c where c.state = 'exhausted'`,
  );
  return rows
    .filter(({ counted }) => counted !== 3)
    .map(({ row_number: row, counted }) => `row ${String(row)} after ${String(counted)} attempts`);
}
