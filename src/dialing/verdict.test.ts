import { describe, expect, test } from 'vitest';
import { errorCodes } from '../exotel/error-codes.ts';
import type { Refusal } from '../exotel/place-call.ts';
import type { Outcome } from './outcomes.ts';
import { verdictOfCall, verdictOfRefusal } from './verdict.ts';

describe('what a call came to', () => {
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
  ];
  test.each(rows)('%s with the customer’s leg %s is %s', (status, customerLegStatus, outcome, counts) => {
    expect(verdictOfCall({ status, customerLegStatus })).toMatchObject({ outcome, counts, unlisted: false });
  });

  test.each(['to_leg_cancelled', 'something_new', '', null])(
    'a status that nobody told us of (%s) is shown as unlisted and burns no contact',
    (status) => {
      const verdict = verdictOfCall({ status, customerLegStatus: null });
      expect(verdict).toMatchObject({ unlisted: true, counts: false, contact: 'retry_free' });
      expect(verdict.outcome).not.toBe('connected');
    },
  );
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
