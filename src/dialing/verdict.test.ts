import { describe, expect, test } from 'vitest';
import { errorCodes } from '../exotel/error-codes.ts';
import type { Refusal } from '../exotel/place-call.ts';
import type { AgentEffect, ContactEffect, Outcome, Verdict } from './outcomes.ts';
import { verdictOfCall, verdictOfRefusal } from './verdict.ts';
import type { FinalStatus } from './verdict.ts';

function judged(final: Partial<FinalStatus> & Pick<FinalStatus, 'mode'>): Verdict | 'look_needed' {
  return verdictOfCall({
    status: null,
    firstLegStatus: null,
    secondLegStatus: null,
    legsTold: true,
    ...final,
  });
}

describe('what a call of Voice v2 came to', () => {
  const rows: [status: string, customerLeg: string | null, outcome: Outcome, counts: boolean][] = [
    ['completed', 'completed', 'connected', true],
    ['customer_unanswered', 'no-answer', 'no_answer', true],
    ['customer_unanswered', null, 'no_answer', true],
    ['customer_unanswered', 'busy', 'busy', true],
    ['customer_no_dial', 'failed', 'unreachable', true],
    ['customer_no_dial', 'busy', 'unreachable', true],
    ['agent_unanswered', null, 'agent_no_answer', false],
    ['agent_canceled', null, 'agent_canceled', false],
    ['agent_canceled', 'canceled', 'agent_canceled', false],
    ['agent_no_dial', null, 'agent_unreachable', false],
    ['customer_canceled', 'canceled', 'agent_canceled', false],
  ];
  test.each(rows)('%s with the customer’s leg %s is %s', (status, secondLegStatus, outcome, counts) => {
    const verdict = judged({ mode: 'agents', status, secondLegStatus });
    expect(verdict).toMatchObject({ outcome, counts, unlisted: false });
  });
});

describe('what a call of Voice v1 between an agent and a customer came to', () => {
  type Row = [
    first: string,
    second: string | null,
    outcome: Outcome,
    counts: boolean,
    agent: AgentEffect,
    contact: ContactEffect,
  ];
  const rows: Row[] = [
    ['no-answer', null, 'agent_no_answer', false, 'missed', 'keep_place'],
    ['busy', null, 'agent_busy', false, 'cool_busy', 'keep_place'],
    ['failed', null, 'agent_unreachable', false, 'cool_unavailable', 'keep_place'],
    ['canceled', null, 'agent_canceled', false, 'missed', 'keep_place'],
    ['completed', 'completed', 'connected', true, 'served', 'finish'],
    ['completed', 'no-answer', 'no_answer', true, 'answered', 'retry'],
    ['completed', 'busy', 'busy', true, 'answered', 'retry'],
    ['completed', 'failed', 'unreachable', true, 'answered', 'retry'],
    ['completed', 'canceled', 'agent_canceled', false, 'missed', 'keep_place'],
  ];
  test.each(rows)('legs %s and %s are %s', (first, second, outcome, counts, agent, contact) => {
    for (const status of ['completed', 'no-answer', 'busy', 'failed', 'canceled', 'something-new', null]) {
      const legs = { firstLegStatus: first, secondLegStatus: second };
      expect(judged({ mode: 'connect', status, ...legs })).toEqual({
        outcome,
        counts,
        agent,
        contact,
        wider: 'none',
        unlisted: false,
      });
    }
  });

  test.each(['completed', 'no-answer', 'busy', 'failed', 'canceled', null])(
    'in which the agent answered and the customer was never dialled (%s) is charged to neither of them',
    (status) => {
      const legs = { firstLegStatus: 'completed', secondLegStatus: null };
      expect(judged({ mode: 'connect', status, ...legs })).toMatchObject({ ...unlisted, agent: 'answered' });
    },
  );

  test.each(['completed', 'no-answer', 'busy', 'failed', 'canceled', 'something-new'])(
    'is not decided by the status %s alone: whose doing it was, the legs tell',
    (status) => {
      expect(judged({ mode: 'connect', status, legsTold: false })).toBe('look_needed');
      expect(judged({ mode: 'connect', status })).toBe('look_needed');
    },
  );

  test.each([
    ['in-progress', null],
    ['ringing', null],
    ['completed', 'in-progress'],
    ['completed', 'ringing'],
  ])('is not decided by legs that have not ended (%s, %s)', (firstLegStatus, secondLegStatus) => {
    const legs = { firstLegStatus, secondLegStatus };
    expect(judged({ mode: 'connect', status: 'completed', ...legs })).toBe('look_needed');
  });

  test.each([
    ['something-new', null],
    ['completed', 'something-new'],
  ])(
    'by a leg’s word that nobody told us of (%s, %s) burns no contact',
    (firstLegStatus, secondLegStatus) => {
      const legs = { firstLegStatus, secondLegStatus };
      expect(judged({ mode: 'connect', status: 'completed', ...legs })).toMatchObject(unlisted);
    },
  );
});

describe('what a call to a flow came to', () => {
  const rows: [status: string, outcome: Outcome, contact: ContactEffect][] = [
    ['completed', 'connected', 'finish'],
    ['no-answer', 'no_answer', 'retry'],
    ['busy', 'busy', 'retry'],
    ['failed', 'unreachable', 'retry'],
  ];
  test.each(rows)('%s is %s, whether its leg was told or not', (status, outcome, contact) => {
    const verdict = { outcome, contact, counts: true, agent: 'untouched', wider: 'none', unlisted: false };
    expect(judged({ mode: 'flow', status, legsTold: false })).toEqual(verdict);
    expect(judged({ mode: 'flow', status, firstLegStatus: status })).toEqual(verdict);
  });
});

const unlisted = { unlisted: true, counts: false, contact: 'retry_free', outcome: 'unreachable' };

describe('a status that nobody told us of', () => {
  test.each(['something_new', 'no-answer', ''])(
    'of Voice v2 (%s) is shown as unlisted and burns no contact',
    (status) => {
      expect(judged({ mode: 'agents', status })).toMatchObject(unlisted);
    },
  );

  test.each(['canceled', 'something-new', 'customer_unanswered', ''])(
    'of a call to a flow (%s) is shown as unlisted and burns no contact',
    (status) => {
      expect(judged({ mode: 'flow', status, legsTold: false })).toMatchObject(unlisted);
    },
  );

  test.each(['agents', 'flow'] as const)('is none at all: in mode %s a look has to tell', (mode) => {
    expect(judged({ mode, status: null })).toBe('look_needed');
  });
});

function refusalOf(code: number): Refusal {
  const decision = errorCodes.get(code)?.decision;
  if (
    decision === undefined ||
    decision === 'throttled' ||
    decision === 'internal' ||
    decision === 'call_not_found'
  ) {
    throw new Error(`code ${code} is no refusal`);
  }
  return decision;
}

describe('what a refusal came to', () => {
  const rows: [code: number, outcome: Outcome][] = [
    [10706, 'agent_busy'],
    [1012, 'agent_unavailable'],
    [10703, 'agent_unavailable'],
    [10705, 'agent_unavailable'],
    [10731, 'agent_unavailable'],
    [10702, 'agent_unavailable'],
    [10806, 'agent_unavailable'],
    [10712, 'agent_unavailable'],
    [10717, 'do_not_disturb'],
    [10725, 'rejected'],
    [1010, 'rejected'],
    [1017, 'rejected'],
    [1001, 'rejected'],
    [1002, 'rejected'],
    [10716, 'rejected'],
  ];
  test.each(rows)('code %i is %s', (code, outcome) => {
    expect(verdictOfRefusal(refusalOf(code))).toMatchObject({ outcome, counts: false });
  });

  test('an account’s or campaign’s error keeps the contact where it stood', () => {
    expect(verdictOfRefusal('pause_account')).toMatchObject({ contact: 'keep_place', agent: 'untouched' });
    expect(verdictOfRefusal('pause_campaign')).toMatchObject({ contact: 'keep_place', agent: 'untouched' });
  });
});
