import { expect, test } from 'vitest';
import { parseV1Call } from '../exotel/v1-call.ts';
import { factsOf } from './call-facts.ts';

const now = new Date('2026-01-05T10:00:00Z');

test.each([
  ['2026-01-05 15:29:00', '2026-01-05T09:59:00Z'],
  ['2026-01-05 15:30:00', '2026-01-05T10:00:00Z'],
  ['2026-01-05 18:00:00', '2026-01-05T10:00:00Z'],
])('takes an end at %s, which is in India, for one at %s: none lies in the future', (EndTime, endedAt) => {
  const details = parseV1Call({ Sid: 'a', Status: 'completed', EndTime }, 'Asia/Kolkata');
  expect(details && factsOf(details, 'connect', now)).toMatchObject({ endedAt: new Date(endedAt) });
});
