import { createAdmission, type Admission } from './admission.ts';
import { createRoster, type Roster } from './agents.ts';
import { createCallbacks, type Callbacks } from './callbacks.ts';
import type { CallStep } from './call-plan.ts';
import { createCalls, type Call, type Calls } from './calls.ts';
import { createPace, type Pace } from './pace.ts';
import { createRequestLog, type RequestLog } from './requests.ts';
import { passthruMessages, pressedDigits } from './passthru.ts';
import type { Settings } from './settings.ts';

/** Everything that exists in one run of the sandbox; a reset replaces it as a whole. */
export interface World {
  readonly startedAt: Date;
  readonly settings: Settings;
  readonly pace: Pace;
  readonly roster: Roster;
  readonly calls: Calls;
  readonly callbacks: Callbacks;
  readonly requests: RequestLog;
  readonly admission: Admission;
  /** A call as soon as the scenario lets it be read. */
  visibleCall(sid: string): Call | undefined;
  /** Ends every life and every callback that is under way. */
  stop(): Promise<void>;
}

/** Creates a world; `onSettled` hears of every call that came to its end. */
export function createWorld({
  settings,
  recordingUrl,
  onSettled,
}: {
  settings: Settings;
  recordingUrl: (sid: string) => string;
  onSettled: (call: Call) => void;
}): World {
  const scenario = settings.current;
  const pace = createPace({ speed: scenario.speed });
  const callbacks = createCallbacks({ settings, pace });

  const onStep = (call: Call, step: CallStep): void => {
    if (step === 'agent_answered' || step === 'customer_answered')
      callbacks.send(call, call.callbacks(call, 'answered'));
    if (step === 'customer_answered' && call.mode === 'flow') {
      call.digits = pressedDigits(settings.current, call);
      callbacks.send(call, passthruMessages(settings.current, call, pace.wall()));
    }
    if (step === 'ended') release(call);
    if (step !== 'settled') return;
    callbacks.send(call, call.callbacks(call, 'terminal'));
    callbacks.finish(call);
    onSettled(call);
  };

  const calls = createCalls({ settings, pace, recordingUrl, onStep });

  return {
    startedAt: pace.wall(),
    settings,
    pace,
    roster: createRoster({ scenario, pace }),
    calls,
    callbacks,
    requests: createRequestLog({ pace }),
    admission: createAdmission({ settings, pace }),
    visibleCall(sid) {
      const call = calls.find(sid);
      const age = call ? pace.wall().getTime() - call.placedAt.getTime() : 0;
      return age * scenario.speed >= settings.current.answers.visibleAfter ? call : undefined;
    },
    async stop() {
      pace.stop();
      await callbacks.stop();
    },
  };
}

function release(call: Call): void {
  const agent = call.agentLeg?.agent;
  if (agent?.onCall === call.sid) agent.onCall = null;
}
