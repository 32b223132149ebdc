import { expect, test } from 'vitest';
import { columns, heatMap, shareBar, stackedBar } from './charts.ts';

function numbersOf(html: string, pattern: RegExp): number[] {
  return [...html.matchAll(pattern)].map((match) => Number(match[1]));
}

test('the parts of a bar fill it, in their shares, and the smallest can still be seen', () => {
  const { html } = stackedBar(
    [
      { label: 'finished', count: 750_000, look: 'finished' },
      { label: 'held', count: 0, look: 'held' },
      { label: 'pending', count: 249_999, look: 'pending' },
      { label: 'dialing', count: 1, look: 'dialing' },
    ],
    'contacts',
  );
  const widths = numbersOf(html, /<rect class="(?!empty)\w+" x="[\d.]+" y="0" width="([\d.]+)"/g);
  expect(widths).toHaveLength(3);
  expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(1000, 1);
  expect(widths[0]).toBeCloseTo(747, 0);
  expect(widths[2]).toBeGreaterThan(3.9);
  expect(html).toContain('<title>dialing: 1 (0.1 %)</title>');
});

test('a bar of nothing is empty and holds no broken number', () => {
  expect(stackedBar([{ label: 'finished', count: 0, look: 'finished' }], 'contacts').html).not.toMatch(
    /NaN|Infinity|<title>/,
  );
  expect(shareBar(0).html).toContain('<rect class="filled" width="0"');
});

test('the highest column has the whole height, half as many half of it', () => {
  const { html } = columns(
    [
      { name: '1', count: 20 },
      { name: '2', count: 10 },
      { name: '3', count: 0 },
    ],
    'contacts',
  );
  expect(numbersOf(html, /class="filled"[^>]* height="([\d.]+)"/g)).toEqual([120, 60, 0]);
});

test('a line has the hours from the first to the last with calls, each with its calls, and shades in five steps up to the most', () => {
  const { html } = heatMap(
    [
      { name: 'Mon', cells: [{ hour: 9, calls: 1500, ended: 1500, connected: 300 }] },
      { name: 'Wed', cells: [{ hour: 8, calls: 1, ended: 1, connected: 0 }] },
      { name: 'Sun', cells: [{ hour: 23, calls: 300, ended: 300, connected: 300 }] },
    ],
    'calls',
    'calls',
  );
  expect(html.match(/<rect /g)).toHaveLength(3 * 16);
  expect(html).toContain(
    '<title>Mon 09:00 to 10:00: 1\u202f500 calls, 300 of 1\u202f500 ended connected (20 %)</title>',
  );
  expect(html).toContain('<title>Sun 23:00 to 24:00: 300 calls, 300 of 300 ended connected (100 %)</title>');
  expect([...html.matchAll(/<rect class="(heat\d)"/g)].map((match) => match[1])).toEqual([
    'heat5',
    'heat1',
    'heat1',
  ]);
});

test('rates are of the calls that ended, measured by hours of many calls, and stand over the calls they are of', () => {
  const cells = [
    { hour: 9, calls: 1000, ended: 800, connected: 80 },
    { hour: 10, calls: 40, ended: 40, connected: 20 },
    // one of one is no better hour than the best
    { hour: 11, calls: 2, ended: 1, connected: 1 },
    { hour: 12, calls: 4, ended: 4, connected: 0 },
    { hour: 13, calls: 3, ended: 0, connected: 0 },
  ];
  const { html } = heatMap([{ name: '1st', cells }], 'connect rate', 'connect rate');
  expect(
    [...html.matchAll(/<text class="on-(heat\d)"[^>]*>([^<]+)</g)].map(([, shade, rate]) => [shade, rate]),
  ).toEqual([
    ['heat1', '10'],
    ['heat5', '50'],
    ['heat5', '100'],
    ['heat0', '0'],
    ['heat0', '–'],
  ]);
  expect([...html.matchAll(/<text class="axis"[^>]*>([^<]+)</g)].map(([, text]) => text).slice(5)).toEqual([
    '1k',
    '40',
    '2',
    '4',
    '3',
  ]);
});
