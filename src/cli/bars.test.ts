import { array, assert, integer, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bar, joinItems, shareOut, stackedBar, wrapWords } from './bars.ts';

const plain = (_: unknown, text: string) => text;

describe('the stacked bar', () => {
  test('is as wide as asked for, and shows all that is not nothing while there is room', () => {
    assert(
      property(
        array(nat({ max: 10_000_000 }), { minLength: 1, maxLength: 4 }),
        integer({ min: 4, max: 200 }),
        (counts, width) => {
          const lengths = shareOut(counts, width);
          const sum = lengths.reduce((all, length) => all + length, 0);
          expect(sum).toBe(counts.some((count) => count > 0) ? width : 0);
          expect(lengths.map((length) => length > 0)).toEqual(counts.map((count) => count > 0));
        },
      ),
    );
  });

  test('shares out in proportion', () => {
    expect(shareOut([50, 25, 25, 0], 40)).toEqual([20, 10, 10, 0]);
    expect(shareOut([1_000_000, 1, 1], 73)).toEqual([71, 1, 1]);
  });

  test('tells its parts apart without colours', () => {
    const part = (glyph: string, count: number) => ({ glyph, color: 'red' as const, count });
    expect(stackedBar([part('█', 2), part('░', 2)], 8, plain)).toBe('████░░░░');
  });
});

test('a bar is never wider than it may be, and never empty while there is anything', () => {
  expect(bar(0, 4, plain)).toBe('░░░░');
  expect(bar(0.001, 4, plain)).toBe('█░░░');
  expect(bar(1.5, 4, plain)).toBe('████');
});

test('lines break between words and items, never in an item', () => {
  expect(wrapWords('the first on Sat 21 Nov', 12)).toEqual(['the first on', 'Sat 21 Nov']);
  expect(wrapWords(joinItems(['18 no answer', '3 busy', '2 agent busy']), 16)).toEqual([
    '18 no answer ·',
    '3 busy ·',
    '2 agent busy',
  ]);
});
