import { describe, expect, test } from 'vitest';
import { stepOverNumbers } from './number-steps.ts';
import type { StandingNumber } from './number-steps.ts';
import { verdictOfRefusal } from './verdict.ts';
import type { Verdict } from './outcomes.ts';

const rules = {
  retry: { maxAttempts: 3, delayMs: { no_answer: 1, busy: 2, unreachable: 86_400_000 } },
  onUnknown: 'hold' as const,
};
const verdicts: Record<string, Pick<Verdict, 'outcome' | 'contact'>> = {
  unreachable: { outcome: 'unreachable', contact: 'retry' },
  rejected: verdictOfRefusal('rejected'),
  do_not_disturb: verdictOfRefusal('do_not_disturb'),
};

/** "A b C": of three numbers the second may not be dialled. */
function standing(text: string): StandingNumber[] {
  return text.split(' ').map((name) => ({ number: name.toUpperCase(), usable: name === name.toUpperCase() }));
}

describe('a number that cannot be reached', () => {
  test.each([
    ['unreachable', 'A B', 'A', 'B at once'],
    ['rejected', 'A B', 'A', 'B at once'],
    ['do_not_disturb', 'A B C', 'B', 'C at once'],
    ['unreachable', 'A b C', 'A', 'C at once'],
    // the last: by the rules, from the first on that may be dialled
    ['unreachable', 'A B', 'B', 'rules, A'],
    ['unreachable', 'a B C', 'C', 'rules, B'],
    ['unreachable', 'A b', 'A', 'rules, A'],
    ['unreachable', 'a b', 'B', 'rules, none'],
    ['rejected', 'a B', 'B', 'rules, none'],
    // a last number that is none leaves those before it
    ['rejected', 'A B', 'B', 'A in a day'],
    ['do_not_disturb', 'A b C', 'C', 'A in a day'],
    // a number that was taken out meanwhile stands before all others
    ['unreachable', 'B C', 'A', 'B at once'],
  ])('(%s, of %s the number %s) leads to %s', (outcome, numbers, dialled, expected) => {
    const verdict = verdicts[outcome] ?? { outcome: 'unknown', contact: 'as_unknown' };
    const next = stepOverNumbers(standing(numbers), dialled, verdict, rules);
    expect(inShort(next)).toBe(expected);
  });
});

function inShort(next: ReturnType<typeof stepOverNumbers>): string {
  if (next.kind === 'by_rules') return `rules, ${next.number ?? 'none'}`;
  const { due, number } = next.step;
  if (due === 'as_before') return `${number} at once`;
  return `${number} in ${due.inMs === rules.retry.delayMs.unreachable ? 'a day' : due.inMs}`;
}
