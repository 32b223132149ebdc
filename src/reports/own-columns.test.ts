import { describe, expect, test } from 'vitest';
import { besideOwn, placeCells, uniteHeaders } from './own-columns.ts';

describe('the columns of several lists', () => {
  test('stand in the order of the first list, with what others add behind them', () => {
    const { names, positions } = uniteHeaders([
      ['phone', 'name'],
      ['city', 'phone', 'plan'],
    ]);
    expect(names).toEqual(['phone', 'name', 'city', 'plan']);
    expect(positions).toEqual([
      [0, 1],
      [2, 0, 3],
    ]);
  });

  test('keep both of two columns that one list calls by the same name', () => {
    const { names, positions } = uniteHeaders([
      ['phone', 'note', 'note'],
      ['note', 'note', 'note', 'phone'],
    ]);
    expect(names).toEqual(['phone', 'note', 'note', 'note']);
    expect(positions).toEqual([
      [0, 1, 2],
      [1, 2, 3, 0],
    ]);
  });
});

describe('our columns', () => {
  test('take a prefix where the list has a column of that name', () => {
    expect(besideOwn(['phone', 'outcome'], ['outcome', 'agent'])).toEqual(['dialer_outcome', 'agent']);
  });

  test('never bear the name of another column, however the list names its own', () => {
    const own = ['outcome', 'dialer_outcome', 'agent'];
    expect(besideOwn(own, ['outcome', 'agent'])).toEqual(['dialer_dialer_outcome', 'dialer_agent']);
  });
});

test('a row that is shorter than its header has empty cells at the end, a longer one is cut to it', () => {
  expect(placeCells(['a'], [2, 0], 3)).toEqual(['', '', 'a']);
  expect(placeCells(['a', 'b', ''], [0, 1], 2)).toEqual(['a', 'b']);
});
