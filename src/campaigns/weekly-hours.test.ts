import { describe, expect, test } from 'vitest';
import { parseWeeklyHours } from './weekly-hours.ts';

const CLOSED = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

describe('parseWeeklyHours', () => {
  test.each([
    ['one day', { mon: ['10:00-13:00'] }, { mon: [[600, 780]] }],
    ['a full name in any case', { Monday: ['9:30-10:00'] }, { mon: [[570, 600]] }],
    ['a range of days', { 'sat-sun': ['10:00-11:00'] }, { sat: [[600, 660]], sun: [[600, 660]] }],
    [
      'a range over the end of the week',
      { 'sun-mon': ['10:00-11:00'] },
      { sun: [[600, 660]], mon: [[600, 660]] },
    ],
    ['a list of days', { 'mon, wed': ['10:00-11:00'] }, { mon: [[600, 660]], wed: [[600, 660]] }],
    ['24:00 as an end', { mon: ['22:00-24:00'] }, { mon: [[1320, 1440]] }],
    ['00:00 as an end', { mon: ['22:00-00:00'] }, { mon: [[1320, 1440]] }],
    ['a window over midnight, on the day it starts', { fri: ['22:00-02:00'] }, { fri: [[1320, 1560]] }],
    [
      'windows out of order',
      { mon: ['14:00-15:00', '10:00-11:00'] },
      {
        mon: [
          [600, 660],
          [840, 900],
        ],
      },
    ],
    ['windows that touch as one', { mon: ['10:00-13:00', '13:00-15:00'] }, { mon: [[600, 900]] }],
    ['an empty list as a closed day', { mon: [] }, {}],
  ])('reads %s', (_, given, expected) => {
    expect(parseWeeklyHours(given)).toEqual({ hours: { ...CLOSED, ...expected } });
  });

  test.each([
    ['an unknown day', { funday: ['10:00-11:00'] }, ['funday'], /names no day/],
    ['a range of three', { 'mon-wed-fri': ['10:00-11:00'] }, ['mon-wed-fri'], /names no day/],
    [
      'a day named twice',
      { 'mon-fri': ['10:00-11:00'], wed: ['12:00-13:00'] },
      ['wed'],
      /already in "mon-fri"/,
    ],
    ['what is no window', { mon: ['10:00-11:00', '9-5'] }, ['mon', 1], /write it as "10:00-13:00"/],
    ['a time past midnight', { mon: ['10:00-24:30'] }, ['mon', 0], /no clock shows/],
    ['minutes past 59', { mon: ['10:60-11:00'] }, ['mon', 0], /no clock shows/],
    ['24:00 as a start', { mon: ['24:00-02:00'] }, ['mon', 0], /no clock shows/],
    ['a window without length', { mon: ['10:00-10:00'] }, ['mon', 0], /has no length/],
    ['windows that overlap', { mon: ['10:00-13:00', '12:00-14:00'] }, ['mon'], /overlap/],
  ])('refuses %s and says where', (_, given, path, problem) => {
    expect(parseWeeklyHours(given)).toEqual({
      problems: [{ path, problem: expect.stringMatching(problem) }],
    });
  });
});
