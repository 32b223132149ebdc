import { array, assert, bigInt, constantFrom, oneof, property } from 'fast-check';
import { expect, test } from 'vitest';
import { createNumberSet } from './number-set.ts';

const number = oneof(
  bigInt({ min: 100_000n, max: 999_999_999_999_999n }).map((digits) => `+${digits}`),
  constantFrom('+919800000001', '+919800000002', '+999999999999999', '+999999999999998', '+1000000'),
);

test('knows exactly the numbers that were added, as a set of their texts does', () => {
  assert(
    property(array(number, { maxLength: 300 }), array(number, { maxLength: 50 }), (added, asked) => {
      const numbers = createNumberSet();
      const texts = new Set<string>();
      for (const one of added) {
        expect(numbers.add(one)).toBe(!texts.has(one));
        texts.add(one);
      }
      for (const one of [...added, ...asked]) expect(numbers.has(one)).toBe(texts.has(one));
    }),
  );
});

test('keeps a hundred thousand neighbouring numbers apart', () => {
  const numbers = createNumberSet();
  const known = (index: number) => `+9198${String(index).padStart(8, '0')}`;
  for (let index = 0; index < 100_000; index += 1) expect(numbers.add(known(index))).toBe(true);
  for (let index = 0; index < 100_000; index += 1) if (numbers.add(known(index))) expect.unreachable();
  expect(numbers.has(known(100_000))).toBe(false);
});
