import { expect, test } from 'vitest';
import { randomFor } from './random.ts';

test('gives the same answers to the same question, whatever was asked in between', () => {
  const first = randomFor(7, 'talk', '+919800000001', 1);
  const alone = [first.next(), first.next()];
  randomFor(7, 'talk', '+919800000002', 1).next();
  const again = randomFor(7, 'talk', '+919800000001', 1);
  expect([again.next(), again.next()]).toEqual(alone);
});

test('gives other answers for another seed, number or ordinal', () => {
  const draws = [
    randomFor(7, 'talk', '+919800000001', 1),
    randomFor(8, 'talk', '+919800000001', 1),
    randomFor(7, 'talk', '+919800000002', 1),
    randomFor(7, 'talk', '+919800000001', 2),
  ].map((random) => random.next());
  expect(new Set(draws).size).toBe(4);
});

test('spreads neighbouring phone numbers evenly over the outcomes', () => {
  const counts = { yes: 0, no: 0 };
  for (let number = 0; number < 4_000; number += 1) {
    const picked = randomFor(1, 'outcome', `+9198${String(number).padStart(8, '0')}`).pick(['yes', 'no'], {
      yes: 3,
      no: 1,
    });
    counts[picked ?? 'no'] += 1;
  }
  expect(counts.yes / 4_000).toBeGreaterThan(0.72);
  expect(counts.yes / 4_000).toBeLessThan(0.78);
});

test('picks nothing when nothing has a weight', () => {
  expect(randomFor(1, 'x').pick(['one', 'two'], { one: 0 })).toBeNull();
});

test('keeps lengths near their mean and never under a tenth of it', () => {
  const lengths = Array.from({ length: 4_000 }, (_, index) =>
    randomFor(1, index).around({ mean: 1_000, spread: 900 }),
  );
  expect(Math.min(...lengths)).toBe(100);
  const mean = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
  expect(mean).toBeGreaterThan(950);
  expect(mean).toBeLessThan(1_150);
});
