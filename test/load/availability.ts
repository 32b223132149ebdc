import { differencesOfAttempts } from './compare-with-truth.ts';
import { refusedForAvailability } from './refusals.ts';
import type { LoadRun } from './run-context.ts';
import { defaultLimit, withStage } from './stage.ts';

const contacts = 300;
const agents = { count: 100, off: 80 };
const mostRefused = 5;

/** Dials with a roster of which most have gone home and left their devices off. */
export const availabilityRun: LoadRun = {
  proves: `${agents.off} of ${agents.count} agents are off: under ${mostRefused} % of the requests to place a call are refused for that`,
  limitMs: 900_000,
  async run({ figures, signal, say }) {
    const scenario = {
      seed: 5,
      speed: 10,
      limit: { requests: defaultLimit, countRefused: true },
      agents,
    };
    await withStage({ scenario, signal }, async (stage) => {
      const dialer = await stage.start();
      await stage.create({ name: 'availability', contacts });
      const { contacts: states } = await stage.completed('availability', 720_000);
      say(JSON.stringify(states));
      const truth = stage.sandbox.truth();
      const refused = refusedForAvailability(truth);
      const placings = truth.placings.length;
      const off = new Set(stage.sandbox.agents.filter(({ state }) => state === 'off').map(({ id }) => id));
      figures.equal('agents who are off', off.size, agents.off);
      figures.equal('contacts dialled to their end', states.total - states.pending - states.held, contacts);
      figures.note('requests to place a call', placings);
      figures.note('calls placed', truth.calls.length);
      figures.note('refused because the agent was busy', refused.busy);
      figures.note('refused because the agent was away', refused.away);
      figures.note(
        'agents who are off that were tried',
        new Set(truth.placings.map(({ agent }) => agent ?? '').filter((agent) => off.has(agent))).size,
      );
      figures.atMost(
        'refused for availability in % of the requests to place a call',
        (100 * (refused.busy + refused.away)) / placings,
        mostRefused,
      );
      figures.none(
        'attempts that differ from the truth',
        differencesOfAttempts(truth, await stage.report('availability', '--attempts')),
      );
      figures.equal('requests refused by the limit', truth.requests.throttled, 0);
      figures.note('readings of the users list', truth.requests.byKind['users'] ?? 0);
      await dialer.stop();
      return { keep: figures.broken() > 0 };
    });
  },
};
