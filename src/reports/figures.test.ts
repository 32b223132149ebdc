import { expect, test } from 'vitest';
import { clock, exactPercent, grouped, readableTime, shortCount } from './figures.ts';

test.each([
  [0, '0:00'],
  [64.6, '1:05'],
  [59.7, '1:00'],
  [3600, '1:00:00'],
  [360_061, '100:01:01'],
])('shows %d s as %s', (seconds, shown) => {
  expect(clock(seconds)).toBe(shown);
});

test.each([
  [0, 5, '0 %'],
  [0, 0, '0 %'],
  [1, 1_000_000, '0.1 %'],
  [999_999, 1_000_000, '99.9 %'],
  [5, 5, '100 %'],
  [1, 3, '33.3 %'],
  [1, 4, '25 %'],
])('calls %d of %d %s: all and nothing only where it is', (part, whole, shown) => {
  expect(exactPercent(part, whole)).toBe(shown);
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1k'],
  [1249, '1.2k'],
  [9960, '10k'],
  [999_499, '999k'],
  [999_600, '1M'],
  [2_140_000, '2.1M'],
])('shortens %d to %s', (count, shown) => {
  expect(shortCount(count)).toBe(shown);
});

test('sets thousands apart', () => {
  expect([7, 1234, 1_234_567].map(grouped)).toEqual(['7', '1\u202f234', '1\u202f234\u202f567']);
});

test('tells a time without its ms', () => {
  expect(readableTime('2026-12-01T10:00:00.000+05:30')).toBe('2026-12-01 10:00:00 +05:30');
});
