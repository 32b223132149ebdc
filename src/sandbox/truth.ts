import { talkSeconds, totalSeconds, type Call, type CallStatus, type LegStatus } from './calls.ts';
import type { CallbackDelivery } from './callbacks.ts';
import type { Arrival, RequestSummary } from './requests.ts';
import type { CallOutcome } from './scenario.ts';
import type { World } from './world.ts';

/** All that the sandbox did, as JSON: moments are ISO strings in UTC. */
export interface Truth {
  startedAt: string;
  seed: number;
  speed: number;
  calls: TrueCall[];
  placings: TruePlacing[];
  requests: RequestSummary;
  callbacks: TrueCallback[];
}

interface TrueCall {
  sid: string;
  api: Call['api'];
  mode: Call['mode'];
  /** The how manieth call to this number it was. */
  nth: number;
  customField: string | null;
  /** User id, where the first leg belongs to one. */
  agent: string | null;
  from: string | null;
  to: string;
  callerId: string;
  state: 'active' | 'terminal';
  status: CallStatus | null;
  agentStatus: LegStatus | null;
  customerStatus: LegStatus | null;
  /** Null until the call has ended. */
  outcome: CallOutcome | null;
  placedAt: string;
  agentAnsweredAt: string | null;
  customerDialedAt: string | null;
  /** Null when the customer's phone never rang. */
  customerRangAt: string | null;
  customerAnsweredAt: string | null;
  endedAt: string | null;
  settledAt: string | null;
  /** In scenario time; the moments are those of the clock, `speed` times as dense. */
  talkSeconds: number | null;
  /** The whole call, from placing to its end, likewise. */
  totalSeconds: number | null;
  recordingUrl: string | null;
  /** Keys that the customer pressed in a flow. */
  digits: string | null;
}

interface TruePlacing {
  at: string;
  monotonicMs: number;
  agent: string | null;
  customer: string | null;
  customField: string | null;
  admitted: boolean;
  /** HTTP status and Exotel's code of the answer; a null status means that the connection was cut. */
  status: number | null;
  code: number | null;
  fault: Arrival['fault'];
  /** The call that this request placed, whatever its answer said. */
  sid: string | null;
  /** When the whole answer had left; null when it never did. */
  answeredAt: string | null;
}

type TrueCallback = Omit<CallbackDelivery, 'occurredAt' | 'attemptedAt' | 'finishedAt'> & {
  occurredAt: string;
  attemptedAt: string | null;
  finishedAt: string | null;
};

/** The truth at this moment. */
export function truthOf({ startedAt, settings, calls, requests, callbacks }: World): Truth {
  const { seed, speed, limit } = settings.current;
  return {
    startedAt: startedAt.toISOString(),
    seed,
    speed,
    calls: [...calls.all()].map(trueCall),
    placings: requests.all().flatMap((arrival) => (arrival.kind === 'place' ? [truePlacing(arrival)] : [])),
    requests: requests.summary(limit.window),
    callbacks: callbacks.log().map(trueCallback),
  };
}

function trueCall(call: Call): TrueCall {
  return {
    sid: call.sid,
    api: call.api,
    mode: call.mode,
    nth: call.nth,
    customField: call.customField,
    agent: call.agentLeg?.agent?.id ?? null,
    from: call.agentLeg?.contactUri ?? null,
    to: call.customer,
    callerId: call.virtualNumber,
    state: call.state,
    status: call.status,
    agentStatus: call.agentStatus,
    customerStatus: call.customerStatus,
    outcome: call.endedAt === null ? null : call.plan.outcome,
    placedAt: call.placedAt.toISOString(),
    agentAnsweredAt: iso(call.agentAnsweredAt),
    customerDialedAt: iso(call.customerDialedAt),
    customerRangAt: iso(call.customerRangAt),
    customerAnsweredAt: iso(call.customerAnsweredAt),
    endedAt: iso(call.endedAt),
    settledAt: iso(call.settledAt),
    talkSeconds: call.endedAt === null ? null : talkSeconds(call),
    totalSeconds: call.endedAt === null ? null : totalSeconds(call),
    recordingUrl: call.recordingUrl,
    digits: call.digits,
  };
}

function truePlacing(arrival: Arrival): TruePlacing {
  const { at, monotonicMs, placing, admitted, status, code, fault, sid, answeredAt } = arrival;
  const claim = placing ?? { agent: null, customer: null, customField: null };
  return {
    at: at.toISOString(),
    monotonicMs,
    ...claim,
    admitted,
    status,
    code,
    fault,
    sid,
    answeredAt: iso(answeredAt),
  };
}

function trueCallback(delivery: CallbackDelivery): TrueCallback {
  return {
    ...delivery,
    occurredAt: delivery.occurredAt.toISOString(),
    attemptedAt: iso(delivery.attemptedAt),
    finishedAt: iso(delivery.finishedAt),
  };
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
