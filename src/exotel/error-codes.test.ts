import { expect, test } from 'vitest';
import { errorCodes } from './error-codes.ts';

test('every code that stops an account or a campaign says what a person should do', () => {
  const stopping = [...errorCodes].filter(([, { decision }]) => decision.startsWith('pause_'));
  expect(stopping.map(([code]) => code).toSorted((a, b) => a - b)).toEqual([1001, 1002, 1010, 1017, 10716]);
  for (const [, { advice, decision }] of stopping) {
    expect(advice).toMatch(
      decision === 'pause_account' ? /resume the campaign\.$/ : /resume the campaign with --file\.$/,
    );
  }
});

test('every code has a meaning and a source', () => {
  for (const [, { meaning, source }] of errorCodes) {
    expect(meaning).not.toBe('');
    expect(source).not.toBe('');
  }
});
