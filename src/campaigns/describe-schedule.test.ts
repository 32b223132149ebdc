import { expect, test } from 'vitest';
import { mayPlaceAt } from './calling-hours.ts';
import { describeHours, describeInstant, describeRefusal } from './describe-schedule.ts';
import type { Schedule } from './schedule.ts';
import { parseWeeklyHours } from './weekly-hours.ts';

const reading = parseWeeklyHours({ 'mon-fri': ['10:00-13:00', '14:00-19:00'], sun: ['22:00-02:00'] });
const OFFICE: Schedule = {
  timezone: 'Asia/Kolkata',
  start: '2026-11-16T10:00:00+05:30',
  end: '2026-12-05T18:00:00+05:30',
  hours: 'hours' in reading ? reading.hours : null,
  holidays: ['2026-11-25'],
};

test('an instant reads as people write it, in the zone', () => {
  expect(describeInstant(new Date('2026-11-23T04:30:00Z'), 'Asia/Kolkata')).toBe(
    'Mon 23 Nov 2026 10:00 (Asia/Kolkata)',
  );
});

test.each([
  ['2026-11-20T20:00', 'outside calling hours until Sun 22 Nov 2026 22:00 (Asia/Kolkata)'],
  ['2026-11-25T11:00', 'closed for a holiday until Thu 26 Nov 2026 10:00 (Asia/Kolkata)'],
  [
    '2026-11-23T12:59:30',
    'too close to closing time for one more call to ring; next call from Mon 23 Nov 2026 14:00 (Asia/Kolkata)',
  ],
  ['2026-11-01T11:00', 'not started yet: the first call may go out on Mon 16 Nov 2026 10:00 (Asia/Kolkata)'],
  ['2026-12-04T19:30', 'outside calling hours, and none come again'],
  ['2026-12-07T11:00', 'past the end, Sat 5 Dec 2026 18:00 (Asia/Kolkata)'],
])('at %s it says: %s', (at, sentence) => {
  const verdict = mayPlaceAt(OFFICE, new Date(`${at}+05:30`), 30);
  expect(verdict.allowed ? 'allowed' : describeRefusal(OFFICE, verdict)).toBe(sentence);
});

test('weekly hours read in one line', () => {
  expect(describeHours(OFFICE)).toBe('Mon-Fri 10:00-13:00, 14:00-19:00; Sun 22:00-02:00 (Asia/Kolkata)');
  expect(describeHours({ ...OFFICE, hours: null })).toBe('any hour (Asia/Kolkata)');
});
