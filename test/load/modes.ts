import { messageOf } from '../../src/errors.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { measureCampaign } from './measured-campaign.ts';
import type { Mode } from './mode.ts';
import type { CallbackWay, LoadRun } from './run-context.ts';

/** Calls in numbers that show what they cost: a flow needs no agents, so nothing but the limit holds it back. */
const contactsOf: Readonly<Record<Mode, number>> = { agents: 150, connect: 150, flow: 600 };

const callbacksOf: Readonly<Record<CallbackWay, ScenarioInput['callbacks']>> = {
  on: {},
  off: { faults: { lost: 1 } },
  mixed: { lateBy: '60s', faults: { lost: 0.3, doubled: 0.3, late: 0.3, reordered: 0.3 } },
};

/**
 * Requests of all kinds for each call: with callbacks little more than the one that places it; without, v1 tells of a
 * hundred calls at once but of the legs one by one, and v2 of each call by itself.
 */
const withCallbacks = 1.05;
const withoutCallbacks: Readonly<Record<Mode, number>> = { agents: 2.5, connect: 2.1, flow: 1.1 };

/** Dials in each mode with callbacks, without them, and with callbacks of which a part goes astray. */
export const modesRun: LoadRun = {
  proves:
    'in each mode, whatever becomes of callbacks: true reports, ends known soon, few requests for a call',
  limitMs: 7_200_000,
  async run(context) {
    const { figures, signal, say, limit } = context;
    for (const mode of context.modes) {
      for (const way of context.callbacks) {
        const what = `${mode}, callbacks ${way}`;
        try {
          await measureCampaign(context, {
            what,
            mode,
            contacts: contactsOf[mode],
            limit,
            outcomes: peopleOf(mode),
            callbacks: callbacksOf[way],
            mostRequestsPerCall: way === 'on' ? withCallbacks : withoutCallbacks[mode],
            promptly: way !== 'on',
          });
        } catch (error) {
          if (signal.aborted) throw error;
          say(messageOf(error));
          figures.none(`${what}: came to no end`, [messageOf(error)]);
        }
      }
    }
  },
};

/** Nobody is on the register: what is refused costs a request and is no call. */
function peopleOf(mode: Mode): ScenarioInput['outcomes'] {
  return {
    connected: 56,
    no_answer: 20,
    busy: 8,
    unreachable: 5,
    ...(mode !== 'flow' && { agent_no_answer: 5, agent_canceled: 2, agent_unreachable: 2 }),
  };
}
