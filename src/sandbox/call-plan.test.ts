import { expect, test } from 'vitest';
import { isDoNotDisturb, planCall, type CallToPlan } from './call-plan.ts';
import { scenarioSchema, type CallOutcome, type ScenarioInput } from './scenario.ts';

const number = '+919800000001';

function plan(input: ScenarioInput, call: Partial<CallToPlan> = {}) {
  const limits = { ringMs: 30_000, maxTalkMs: 1_800_000, withAgent: true };
  return planCall(scenarioSchema.parse(input), { number, nth: 1, ...limits, ...call });
}

const stepsOf = (outcome: CallOutcome): string[] =>
  plan({ numbers: { [number]: { outcome } } }).steps.map(({ step }) => step);

test('dials the customer only after the agent has answered', () => {
  expect(stepsOf('connected')).toEqual([
    'agent_answered',
    'customer_dialed',
    'customer_rang',
    'customer_answered',
    'ended',
    'settled',
  ]);
  for (const outcome of ['agent_no_answer', 'agent_canceled', 'agent_unreachable'] as const) {
    expect(stepsOf(outcome)).toEqual(['ended', 'settled']);
  }
  expect(stepsOf('agent_left')).toEqual(['agent_answered', 'ended', 'settled']);
});

test('lets the phone ring for an unanswered call and an agent who hangs up, not for a busy or unreachable one', () => {
  expect(stepsOf('no_answer')).toContain('customer_rang');
  expect(stepsOf('agent_hung_up')).toContain('customer_rang');
  expect(stepsOf('busy')).not.toContain('customer_rang');
  expect(stepsOf('unreachable')).not.toContain('customer_rang');
});

test('ends a ringing leg at the ring limit, even when an answer was asked for', () => {
  const unanswered = plan({ numbers: { [number]: { outcome: 'no_answer' } } }, { ringMs: 25_000 });
  expect(unanswered.steps.find(({ step }) => step === 'ended')?.afterMs).toBe(25_000);
  const slowCustomer = {
    numbers: { [number]: { outcome: 'connected' as const } },
    durations: { customerAnswer: { mean: '40s', spread: '0s' } },
  };
  expect(plan(slowCustomer).outcome).toBe('no_answer');
  const slowAgent = { ...slowCustomer, durations: { agentAnswer: { mean: '40s', spread: '0s' } } };
  expect(plan(slowAgent).outcome).toBe('agent_no_answer');
});

test('cuts a talk at the limit', () => {
  const talkative = { numbers: { [number]: { outcome: 'connected' as const, talk: '10m' } } };
  expect(plan(talkative).talkMs).toBe(600_000);
  expect(plan(talkative, { maxTalkMs: 60_000 }).talkMs).toBe(60_000);
});

test('follows a sequence call by call and stays at its last outcome', () => {
  const scenario = {
    numbers: { [number]: { sequence: ['busy', 'no_answer', 'connected'] } },
  } satisfies ScenarioInput;
  const outcomes = [1, 2, 3, 4].map((nth) => plan(scenario, { nth }).outcome);
  expect(outcomes).toEqual(['busy', 'no_answer', 'connected', 'connected']);
});

test('gives a call without an agent no outcome of an agent', () => {
  const scenario = { outcomes: { agent_no_answer: 100, connected: 1 } };
  for (let nth = 1; nth <= 50; nth += 1) {
    expect(plan(scenario, { nth, withAgent: false }).outcome).toBe('connected');
  }
});

test('draws outcomes by weight', () => {
  const scenario = { outcomes: { connected: 7, busy: 3 } };
  const outcomes = Array.from({ length: 2_000 }, (_, index) => plan(scenario, { nth: index + 1 }).outcome);
  const busy = outcomes.filter((outcome) => outcome === 'busy').length;
  expect(busy).toBeGreaterThan(500);
  expect(busy).toBeLessThan(700);
});

test('keeps a number on the do-not-disturb register for good, by list, pattern or weight', () => {
  const listed = (input: ScenarioInput, who = number) => isDoNotDisturb(scenarioSchema.parse(input), who);
  expect(listed({ doNotDisturb: { numbers: [number] } })).toBe(true);
  expect(listed({ doNotDisturb: { pattern: '1$' }, outcomes: { connected: 1 } })).toBe(true);
  expect(listed({ doNotDisturb: { pattern: '2$' }, outcomes: { connected: 1 } })).toBe(false);
  expect(listed({ numbers: { [number]: { outcome: 'do_not_disturb' } } })).toBe(true);
  expect(listed({ outcomes: { do_not_disturb: 1 }, numbers: { [number]: { outcome: 'busy' } } })).toBe(false);
  const share = Array.from({ length: 2_000 }, (_, index) => `+9198${String(index).padStart(8, '0')}`).filter(
    (who) => listed({ outcomes: { connected: 9, do_not_disturb: 1 } }, who),
  );
  expect(share.length).toBeGreaterThan(140);
  expect(share.length).toBeLessThan(260);
});
