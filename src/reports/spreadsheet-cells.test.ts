import { expect, test } from 'vitest';
import { harmlessCell } from './spreadsheet-cells.ts';

test.each([
  '=1+1',
  '=HYPERLINK("https://evil.example","look")',
  '+1+cmd|calc',
  '-2+3',
  '-',
  '-1-',
  '-cmd|calc',
  '-1E5',
  '-500\n=1',
  '－500',
  '@SUM(A1)',
  '\t=1',
  '\rx',
  '\nx',
  '  =1+1',
  '\u00a0=1+1',
  ' \t-1',
  '＝1+1',
  '+91 98765 43210',
  '+91987654321012345',
])('puts an apostrophe before %j', (cell) => {
  expect(harmlessCell(cell)).toBe(`'${cell}`);
});

test.each(['', ' ', 'Asha Rao', 'a=b', '3-4', "'=1", '919876543210', '0091-98', 'अनीता', ' padded '])(
  'leaves %j as it is',
  (cell) => {
    expect(harmlessCell(cell)).toBe(cell);
  },
);

test.each(['+919876543210', '+14155550100', ' +919876543210', '+919876543210 '])(
  'never alters the phone number %j',
  (cell) => {
    expect(harmlessCell(cell)).toBe(cell);
  },
);

test.each(['-500', '-0', '-1250.50', '-1,25,000.50', '-1.250,50'])(
  'leaves the amount %j the number that it is',
  (cell) => {
    expect(harmlessCell(cell)).toBe(cell);
  },
);
