import { expect, test } from 'vitest';
import { zoneProblem } from './zone-watch.ts';

const now = new Date('2026-01-05T10:00:00Z');
const minutes = (count: number) => count * 60_000;

test.each([0, 4, -4, 5, -5])('takes a shift of %i minutes for clocks that differ', (shift) => {
  expect(zoneProblem(minutes(shift), 'Asia/Kolkata', now)).toBeNull();
});

test.each<[shift: number, zone: string, says: RegExp]>([
  [minutes(150), 'Asia/Kolkata', /read in Asia\/Kolkata, are 2h30m ahead of the clock: .* UTC\+08:00 now/],
  [minutes(-150), 'Asia/Singapore', /read in Asia\/Singapore, are 2h30m behind the clock: .* UTC\+05:30 now/],
  [minutes(-330), 'Asia/Kolkata', /5h30m behind .* UTC\+00:00 now/],
  [minutes(-450), 'Asia/Kolkata', /7h30m behind .* UTC-02:00 now/],
])('says of a shift of %i ms in %s which zone would fit', (shift, zone, says) => {
  expect(zoneProblem(shift, zone, now)).toMatch(says);
  // one problem is told in the same words, however long the answers take
  for (const late of [-20_000, 40_000]) {
    expect(zoneProblem(shift + late, zone, now)).toBe(zoneProblem(shift, zone, now));
  }
});
