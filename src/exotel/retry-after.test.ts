import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('2026-01-05T10:00:00Z');

test.each([
  ['30', 30_000],
  [' 0 ', 0],
  ['1.5', 1500],
  ['Mon, 05 Jan 2026 10:00:30 GMT', 30_000],
  ['Mon, 05 Jan 2026 09:59:00 GMT', 0],
])('waits as long as "%s" says', (header, expected) => {
  expect(parseRetryAfter(header, now)).toBe(expected);
});

test.each([null, '', 'soon', '-5', '12abc'])('takes %o for no wish', (header) => {
  expect(parseRetryAfter(header, now)).toBeNull();
});
