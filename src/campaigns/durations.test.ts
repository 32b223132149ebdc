import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from './durations.ts';

describe('parseDuration', () => {
  test.each([
    ['10s', 10_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['0.5s', 500],
    [' 20s ', 20_000],
    ['PT1H30M', 5_400_000],
    ['PT45S', 45_000],
    ['P1D', 86_400_000],
    ['0s', 0],
    [0, 0],
    ['0', 0],
  ])('reads %j as %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toEqual({ milliseconds });
  });

  test.each([
    [15, /15 has no unit; write a number with its unit/],
    ['15', /"15" is not a length of time/],
    ['2 hours', /not a length of time/],
    ['1h1h', /not a length of time/],
    ['-5s', /not a length of time/],
    ['-PT5S', /negative/],
    ['P1M', /not a length of time/],
    ['', /not a length of time/],
    [true, /not a length of time/],
    [null, /not a length of time/],
    [['1h'], /not a length of time/],
  ])('refuses %j and says what to write', (value, problem) => {
    expect(parseDuration(value)).toEqual({ problem: expect.stringMatching(problem) });
  });

  test('reads back whatever formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000))).toEqual({ milliseconds: seconds * 1_000 });
      }),
    );
  });
});
