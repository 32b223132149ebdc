import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRateWindow, mostInAnyWindow } from './rate-window.ts';

const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
const moments = (between: readonly number[]): number[] => {
  let now = 0;
  return between.map((gap) => (now += gap));
};

test('admits exactly those requests that find fewer than the limit in the window before them', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 6 }), fc.boolean(), (between, limit, countRefused) => {
      const window = createRateWindow({ limit, windowMs: 1_000, countRefused });
      const counted: number[] = [];
      for (const now of moments(between)) {
        const expected = counted.filter((moment) => now - moment < 1_000).length < limit;
        expect(window.admit(now)).toBe(expected);
        if (expected || countRefused) counted.push(now);
      }
    }),
  );
});

test('never admits more than the limit in any window', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 6 }), (between, limit) => {
      const window = createRateWindow({ limit, windowMs: 1_000, countRefused: false });
      const admitted = moments(between).filter((now) => window.admit(now));
      expect(mostInAnyWindow(admitted, 1_000)).toBeLessThanOrEqual(limit);
    }),
  );
});

test('says how long a refused request has to wait', () => {
  const window = createRateWindow({ limit: 2, windowMs: 1_000, countRefused: false });
  window.admit(0);
  window.admit(300);
  expect(window.waitAt(400)).toBe(600);
  expect(window.admit(999)).toBe(false);
  expect(window.admit(1_000)).toBe(true);
});

test('remembers what was admitted when its size changes', () => {
  const window = createRateWindow({ limit: 2, windowMs: 1_000, countRefused: false });
  window.admit(0);
  window.admit(10);
  window.resize({ limit: 3, windowMs: 1_000, countRefused: false });
  expect(window.admit(20)).toBe(true);
  expect(window.admit(30)).toBe(false);
  window.resize({ limit: 1, windowMs: 1_000, countRefused: false });
  expect(window.admit(1_015)).toBe(false);
  expect(window.admit(1_020)).toBe(true);
});

test('finds the fullest window, which holds its first moment and not the one at its end', () => {
  expect(mostInAnyWindow([0, 500, 999, 1_000, 1_400], 1_000)).toBe(4);
  expect(mostInAnyWindow([0, 1_000, 2_000], 1_000)).toBe(1);
  expect(mostInAnyWindow([], 1_000)).toBe(0);
});
