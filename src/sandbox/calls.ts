import { randomBytes } from 'node:crypto';
import type { Agent } from './agents.ts';
import { planCall, type AgentFault, type CallPlan, type CallStep } from './call-plan.ts';
import type { CallbackMessage } from './callbacks.ts';
import type { Pace } from './pace.ts';
import { randomFor } from './random.ts';
import type { CallOutcome } from './scenario.ts';
import type { Settings } from './settings.ts';

/** Voice v2's words for how a call ended (other versions translate them). */
export type CallStatus =
  | 'completed'
  | 'agent_unanswered'
  | 'agent_canceled'
  | 'agent_no_dial'
  | 'customer_unanswered'
  | 'customer_no_dial';
export type LegStatus = 'in-progress' | 'completed' | 'no-answer' | 'busy' | 'failed' | 'canceled';

/** A call to be made, whichever version of the API asked for it. */
export interface Placement {
  readonly api: 'v1' | 'v2';
  /** `agents`: v2; `connect` and `flow`: v1 with two numbers, or with a number and a flow. */
  readonly mode: 'agents' | 'connect' | 'flow';
  /** The leg that is dialled first; null where the customer is connected to a flow. */
  readonly agentLeg: { readonly contactUri: string; readonly agent: Agent | null } | null;
  /** E.164. */
  readonly customer: string;
  readonly virtualNumber: string;
  readonly customField: string | null;
  readonly ringMs: number;
  readonly maxTalkMs: number;
  readonly record: boolean;
  /** What to tell the subscriber at `answered` (once for each leg) and at `terminal`. */
  readonly callbacks: (call: Call, event: 'answered' | 'terminal') => CallbackMessage[];
}

export interface Call extends Placement {
  readonly sid: string;
  /** The how manieth call of the run this is, from 1. */
  readonly ordinal: number;
  readonly nth: number;
  readonly plan: CallPlan;
  readonly placedAt: Date;
  state: 'active' | 'terminal';
  status: CallStatus | null;
  agentStatus: LegStatus | null;
  customerStatus: LegStatus | null;
  updatedAt: Date;
  agentAnsweredAt: Date | null;
  customerDialedAt: Date | null;
  customerRangAt: Date | null;
  customerAnsweredAt: Date | null;
  endedAt: Date | null;
  settledAt: Date | null;
  recordingUrl: string | null;
  /** True from the end on where a recording exists or is being made. */
  recordingDue: boolean;
  /** Keys that the customer pressed in a flow. */
  digits: string | null;
}

/** Every call since the start. */
export interface Calls {
  /** `agentFault` is what the agent's phone does, where that is not left to chance. */
  place(placement: Placement, agentFault?: AgentFault | null): Call;
  find(sid: string): Call | undefined;
  all(): Iterable<Call>;
  /** Calls whose phones still ring or whose people still talk. */
  live(): ReadonlySet<Call>;
}

const endings: Readonly<
  Record<CallOutcome, { status: CallStatus; agent: LegStatus; customer: LegStatus | null }>
> = {
  connected: { status: 'completed', agent: 'completed', customer: 'completed' },
  no_answer: { status: 'customer_unanswered', agent: 'completed', customer: 'no-answer' },
  busy: { status: 'customer_unanswered', agent: 'completed', customer: 'busy' },
  unreachable: { status: 'customer_no_dial', agent: 'completed', customer: 'failed' },
  agent_no_answer: { status: 'agent_unanswered', agent: 'no-answer', customer: null },
  agent_busy: { status: 'agent_unanswered', agent: 'busy', customer: null },
  agent_canceled: { status: 'agent_canceled', agent: 'canceled', customer: null },
  agent_unreachable: { status: 'agent_no_dial', agent: 'failed', customer: null },
  agent_hung_up: { status: 'agent_canceled', agent: 'completed', customer: 'canceled' },
  agent_left: { status: 'agent_canceled', agent: 'completed', customer: null },
};

/**
 * Creates the part that lets calls live: it places them, walks each through its plan and tells `onStep`
 * after every step. `recordingUrl` says where a call's recording is served.
 */
export function createCalls({
  settings,
  pace,
  recordingUrl,
  onStep,
}: {
  settings: Settings;
  pace: Pace;
  recordingUrl: (sid: string) => string;
  onStep: (call: Call, step: CallStep) => void;
}): Calls {
  const bySid = new Map<string, Call>();
  const live = new Set<Call>();
  const placedTo = new Map<string, number>();

  const walk = (call: Call, index: number): void => {
    const next = call.plan.steps[index];
    if (next === undefined) return;
    pace.after(next.afterMs, () => {
      take(call, next.step, pace.wall());
      if (next.step === 'ended') live.delete(call);
      if (next.step === 'settled') record(call);
      onStep(call, next.step);
      walk(call, index + 1);
    });
  };

  const record = (call: Call): void => {
    const { share, after } = settings.current.recordings;
    const { seed } = settings.current;
    if (!call.record || call.plan.outcome !== 'connected') return;
    if (!randomFor(seed, 'recording', call.customer, call.nth).chance(share)) return;
    call.recordingDue = true;
    const publish = (): void => {
      call.recordingUrl = recordingUrl(call.sid);
    };
    if (after === 0) publish();
    else pace.after(after, publish);
  };

  return {
    place(placement, agentFault = null) {
      const nth = (placedTo.get(placement.customer) ?? 0) + 1;
      placedTo.set(placement.customer, nth);
      const plan = planCall(settings.current, {
        number: placement.customer,
        nth,
        ringMs: placement.ringMs,
        maxTalkMs: placement.maxTalkMs,
        withAgent: placement.agentLeg !== null,
        agentFault,
      });
      const call = newCall(placement, { ordinal: bySid.size + 1, nth, plan, now: pace.wall() });
      bySid.set(call.sid, call);
      live.add(call);
      walk(call, 0);
      return call;
    },
    find: (sid) => bySid.get(sid),
    all: () => bySid.values(),
    live: () => live,
  };
}

function newCall(
  placement: Placement,
  { ordinal, nth, plan, now }: { ordinal: number; nth: number; plan: CallPlan; now: Date },
): Call {
  return {
    ...placement,
    sid: newSid(now),
    ordinal,
    nth,
    plan,
    placedAt: now,
    state: 'active',
    status: null,
    agentStatus: null,
    customerStatus: null,
    updatedAt: now,
    agentAnsweredAt: null,
    customerDialedAt: null,
    customerRangAt: null,
    customerAnsweredAt: null,
    endedAt: null,
    settledAt: null,
    recordingUrl: null,
    recordingDue: false,
    digits: null,
  };
}

function take(call: Call, step: CallStep, now: Date): void {
  call.updatedAt = now;
  switch (step) {
    case 'agent_answered':
      call.agentAnsweredAt = now;
      call.agentStatus = 'in-progress';
      return;
    case 'customer_dialed':
      call.customerDialedAt = now;
      return;
    case 'customer_rang':
      call.customerRangAt = now;
      return;
    case 'customer_answered':
      call.customerAnsweredAt = now;
      call.customerStatus = 'in-progress';
      return;
    case 'ended': {
      const ending = endings[call.plan.outcome];
      call.endedAt = now;
      call.agentStatus = call.agentLeg === null ? null : ending.agent;
      call.customerStatus = ending.customer;
      return;
    }
    case 'settled':
      call.settledAt = now;
      call.state = 'terminal';
      call.status = endings[call.plan.outcome].status;
  }
}

/** Seconds of talk in scenario time: 0 unless both parties talked. */
export function talkSeconds(call: Call): number {
  return call.plan.outcome === 'connected' ? Math.max(1, Math.round(call.plan.talkMs / 1000)) : 0;
}

/** Seconds from placing to the end, in scenario time. */
export function totalSeconds({ plan }: Call): number {
  return secondsAfter(plan, 0);
}

/** Seconds for which the agent's phone was off the hook, in scenario time: 0 when nobody took it. */
export function agentSeconds({ plan }: Call): number {
  const answered = plan.steps.findIndex(({ step }) => step === 'agent_answered');
  return answered === -1 ? 0 : secondsAfter(plan, answered + 1);
}

function secondsAfter(plan: CallPlan, first: number): number {
  const steps = plan.steps.slice(first).filter(({ step }) => step !== 'settled');
  return Math.round(steps.reduce((sum, { afterMs }) => sum + afterMs, 0) / 1000);
}

/**
 * Exotel's SIDs have 32 characters of [0-9a-z] of which the last four seem to tell the date. They are
 * drawn afresh in every run, whatever the seed: a dialer that keeps its database over two rehearsals
 * must not meet a SID again.
 */
export function newSid(now: Date): string {
  const random = randomBytes(28).reduce((text, byte) => text + (byte % 36).toString(36), '');
  const date = [now.getUTCMonth() + 1, now.getUTCDate()].map((part) => part.toString(36)).join('');
  return `${random}${(now.getUTCFullYear() - 2000).toString(16)}${date}`;
}
