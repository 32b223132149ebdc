import { messageOf } from '../../src/errors.ts';
import type { CallDetailsApi } from '../../src/exotel/get-call-details.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { measureCampaign } from './measured-campaign.ts';
import type { Mode } from './mode.ts';
import type { CallbackWay, LoadRun, RunContext } from './run-context.ts';

/** Calls in numbers that show what they cost: a flow needs no agents, so nothing but the limit holds it back. */
const contactsOf: Readonly<Record<Mode, number>> = { agents: 150, connect: 150, flow: 600 };

const callbacksOf: Readonly<Record<CallbackWay, ScenarioInput['callbacks']>> = {
  on: {},
  off: { faults: { lost: 1 } },
  mixed: { lateBy: '60s', faults: { lost: 0.3, doubled: 0.3, late: 0.3, reordered: 0.3 } },
};

/**
 * Requests of all kinds for each call that ended, but late looks for recordings: with callbacks little more than the
 * one that places it; without, v1 tells of a hundred calls at once but of the legs one by one, and v2 and v3 of each
 * call by itself. Where a part of the callbacks goes astray a call may cost what it costs without any; how soon its end
 * must be known is the same in all three.
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
    for (const { mode, way, callDetails } of campaignsOf(context)) {
      const what = `${mode}, callbacks ${way}${callDetails === 'v3' ? ', read from v3' : ''}`;
      try {
        await measureCampaign(context, {
          what,
          mode,
          contacts: contactsOf[mode],
          limit,
          outcomes: peopleOf(mode),
          callbacks: callbacksOf[way],
          callDetails,
          mostRequestsPerCall: way === 'on' ? withCallbacks : withoutCallbacks[mode],
        });
      } catch (error) {
        if (signal.aborted) throw error;
        say(messageOf(error));
        figures.none(`${what}: came to no end`, [messageOf(error)]);
      }
    }
  },
};

interface ModeCampaign {
  mode: Mode;
  way: CallbackWay;
  callDetails: CallDetailsApi;
}

/** Each mode with each way of callbacks; v3 tells only of calls of mode agents, and is read where callbacks do not. */
function campaignsOf({ modes, callbacks, details }: RunContext): ModeCampaign[] {
  return modes.flatMap((mode) =>
    callbacks.flatMap((way) => {
      const differs = mode === 'agents' && way === 'off';
      const apis = differs ? details : (['v2'] as const);
      return apis.map((callDetails) => ({ mode, way, callDetails }));
    }),
  );
}

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
