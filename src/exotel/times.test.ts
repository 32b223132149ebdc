import { expect, test } from 'vitest';
import { parseTime } from './times.ts';

const instant = new Date('2022-11-03T17:24:40Z');

test.each([
  '2022-11-03T22:54:40+05:30',
  '2022-11-03 22:54:40+05:30',
  '2022-11-03 22:54:40 +0530',
  '2022-11-03T17:24:40Z',
  '2022-11-03T17:24:40.000000Z',
  '2022-11-03 22:54:40',
])('reads %s as the instant it means', (text) => {
  expect(parseTime(text)).toEqual(instant);
});

test('reads a time without a zone at the offset that is asked for', () => {
  expect(parseTime('2022-11-04 01:24:40', '+08:00')).toEqual(instant);
});

test('takes epoch zero for "not yet", in whichever zone it is printed', () => {
  expect(parseTime('1970-01-01 05:30:00+05:30')).toBeNull();
  expect(parseTime('1970-01-01 05:30:00')).toBeNull();
  expect(parseTime('1970-01-01T00:00:00Z')).toBeNull();
});

test.each([null, undefined, '', 'null', 17, '2022-13-45 22:54:40', 'yesterday', {}])(
  'takes %o for no time',
  (value) => {
    expect(parseTime(value)).toBeNull();
  },
);
