import { expect, test } from 'vitest';
import { uniqueKeys } from './rows-jsonl.ts';

test('every column has a key of its own, and one that a list really has keeps it', () => {
  expect(uniqueKeys(['note', 'phone', 'note', '', '', 'note (2)', 'note'])).toEqual([
    'note',
    'phone',
    'note (3)',
    '',
    ' (2)',
    'note (2)',
    'note (4)',
  ]);
});
