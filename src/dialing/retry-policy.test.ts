import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  stepAfterAgentFault,
  stepAfterCustomerOutcome,
  stepAfterUnknown,
  stepAfterUnlisted,
  waitAfterRingMs,
} from './retry-policy.ts';
import type { RetryRules } from './retry-policy.ts';

const minute = 60_000;
const rules: RetryRules = {
  retry: {
    maxAttempts: 3,
    delayMs: { no_answer: 120 * minute, busy: 15 * minute, unreachable: 1440 * minute },
  },
  onUnknown: 'hold',
};

describe('after a call that the customer did not take', () => {
  test.each([
    ['no_answer', 120 * minute],
    ['busy', 15 * minute],
    ['unreachable', 1440 * minute],
  ] as const)('%s waits as the campaign says', (outcome, inMs) => {
    expect(stepAfterCustomerOutcome(outcome, 1, rules)).toMatchObject({ state: 'pending', due: { inMs } });
  });

  test('the budget is for all outcomes together', () => {
    expect(stepAfterCustomerOutcome('busy', 2, rules).state).toBe('pending');
    expect(stepAfterCustomerOutcome('busy', 3, rules)).toEqual({ state: 'exhausted', reason: 'busy' });
  });
});

describe('after an attempt that stayed unknown', () => {
  test('the contact is held, since it may have been called', () => {
    expect(stepAfterUnknown(1, rules)).toEqual({ state: 'held', reason: 'unknown' });
  });
  test('on request it is tried again, within its budget', () => {
    expect(stepAfterUnknown(1, { ...rules, onUnknown: 'retry' }).state).toBe('pending');
    expect(stepAfterUnknown(3, { ...rules, onUnknown: 'retry' }).state).toBe('exhausted');
  });
});

describe('after an agent’s fault', () => {
  test('the contact keeps its place', () => {
    expect(stepAfterAgentFault([1], false)).toEqual({
      step: { state: 'pending', due: 'as_before', reason: null },
      excuseLast: 0,
    });
  });

  test('a fault after the customer’s phone rang waits a quarter of an hour', () => {
    expect(stepAfterAgentFault([1], true).step).toMatchObject({ due: { inMs: waitAfterRingMs } });
  });

  test('three faults in a row by different agents put it back: 1, 5, 30 minutes, then it is held', () => {
    const agents: number[] = [];
    const steps = [];
    for (let round = 0; round < 4; round += 1) {
      agents.push(1, 2, 3);
      steps.push(stepAfterAgentFault(agents, false));
    }
    expect(steps.map(({ step }) => (step.state === 'pending' ? step.due : step.state))).toEqual([
      { inMs: minute },
      { inMs: 5 * minute },
      { inMs: 30 * minute },
      'held',
    ]);
    expect(steps.every(({ excuseLast }) => excuseLast === 3)).toBe(true);
  });

  test('the same agent’s faults, however many, never put it back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.boolean(), (count, twoAgents) => {
        const agents = Array.from({ length: count }, (_, index) => (twoAgents ? index % 2 : 1));
        expect(stepAfterAgentFault(agents, false).step).toMatchObject({ due: 'as_before' });
      }),
    );
  });

  test('with any agents it is never finished, exhausted or suppressed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 60 }),
        fc.boolean(),
        (agents, rang) => {
          expect(['pending', 'held']).toContain(stepAfterAgentFault(agents, rang).step.state);
        },
      ),
    );
  });
});

test('a status that is not listed is tried again free of charge, but not for ever', () => {
  expect(stepAfterUnlisted(1, rules)).toMatchObject({ state: 'pending', due: { inMs: 120 * minute } });
  expect(stepAfterUnlisted(3, rules)).toMatchObject({ state: 'held' });
});
