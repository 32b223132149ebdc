import { expect, test } from 'vitest';
import { renderHours } from './report-hours.ts';

const plain = (_: unknown, text: string): string => text;

test('shows the hours with calls, a line for each call of a contact', () => {
  const hours = [
    { call: 1, hour: 10, calls: 1600, ended: 1500, connected: 375 },
    { call: 1, hour: 12, calls: 4, ended: 4, connected: 4 },
    { call: 2, hour: 10, calls: 10, ended: 10, connected: 0 },
    { call: 7, hour: 12, calls: 2, ended: 2, connected: 1 },
  ];
  expect(renderHours(hours, 80, plain)).toEqual([
    'hour      10   11   12',
    '1st       25    ·  100',
    '2nd        0    ·    ·',
    '3rd        ·    ·    ·',
    '4th        ·    ·    ·',
    '5th        ·    ·    ·',
    '6th+       ·    ·   50',
    'calls   1.6k    0    6',
  ]);
});

test('puts hours together where the terminal is too narrow for all of them', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => ({
    call: 1,
    hour,
    calls: 10,
    ended: 10,
    connected: hour % 2,
  }));
  const lines = renderHours(hours, 60, plain);
  expect(lines[0]).toBe('hour      00   03   06   09   12   15   18   21');
  expect(lines[1]).toMatch(/^1st +(\d+ +){7}\d+$/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
});

test('is nothing where there was no call', () => {
  expect(renderHours([], 80, plain)).toEqual([]);
});
