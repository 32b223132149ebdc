import { expect, test } from 'vitest';
import { parseTime, toNaiveTime } from './times.ts';

const instant = new Date('2022-11-03T17:24:40Z');

test.each([
  '2022-11-03T22:54:40+05:30',
  '2022-11-03 22:54:40+05:30',
  '2022-11-03 22:54:40 +0530',
  '2022-11-03T17:24:40Z',
  '2022-11-03T17:24:40.000000Z',
  '2022-11-03 22:54:40',
  'Thu, 03 Nov 2022 22:54:40',
  'Thu, 3 Nov 2022 22:54:40 +0530',
  'Thu, 03 Nov 2022 17:24:40 GMT',
])('reads %s as the instant it means', (text) => {
  expect(parseTime(text)).toEqual(instant);
});

test('reads a time without a zone in the zone that is named, summer time included', () => {
  expect(parseTime('2022-11-04 01:24:40', 'Asia/Singapore')).toEqual(instant);
  expect(parseTime('2022-11-03 13:24:40', 'America/New_York')).toEqual(instant);
  expect(parseTime('2022-12-03 13:24:40', 'America/New_York')).toEqual(new Date('2022-12-03T18:24:40Z'));
  expect(parseTime('2022-11-03T22:54:40+05:30', 'Asia/Singapore')).toEqual(instant);
});

test('writes an instant as the wall clock of the zone, to the second', () => {
  expect(toNaiveTime(instant, 'Asia/Kolkata')).toBe('2022-11-03 22:54:40');
  expect(toNaiveTime(new Date('2022-11-03T18:29:59.999Z'), 'Asia/Kolkata')).toBe('2022-11-03 23:59:59');
  expect(toNaiveTime(new Date('2022-11-03T18:30:00Z'), 'Asia/Kolkata')).toBe('2022-11-04 00:00:00');
});

test('takes epoch zero for "not yet", in whichever zone it is printed', () => {
  expect(parseTime('1970-01-01 05:30:00+05:30')).toBeNull();
  expect(parseTime('1970-01-01 05:30:00')).toBeNull();
  expect(parseTime('1970-01-01 08:00:00', 'Asia/Singapore')).toBeNull();
  expect(parseTime('1970-01-01T00:00:00Z')).toBeNull();
});

test.each([
  null,
  undefined,
  '',
  'null',
  17,
  '2022-13-45 22:54:40',
  '2022-02-30 10:00:00',
  'Thu, 03 Noi 2022 22:54:40',
  'yesterday',
  {},
])('takes %o for no time', (value) => {
  expect(parseTime(value)).toBeNull();
});
