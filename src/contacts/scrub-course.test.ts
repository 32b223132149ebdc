import { expect, test } from 'vitest';
import type { NumberAnswer } from '../exotel/number-metadata.ts';
import { createScrubCourse } from './scrub-course.ts';

const known = { dnd: 'no', circle: null, operator: null, type: 'Mobile' } as const;
const good: NumberAnswer = { kind: 'number', metadata: known };
const failure = (
  httpStatus: number | null,
  decision: 'internal' | 'pause_account' | null = null,
): NumberAnswer => ({
  kind: 'failed',
  why: 'Exotel’s words',
  decision,
  advice: null,
  code: null,
  httpStatus,
});
const nothingKnown = { dnd: 'unavailable', circle: null, operator: null, type: null };

function courseAt() {
  let now = 0;
  const course = createScrubCourse({ now: () => now, monotonic: () => now });
  return { course, later: (ms: number) => (now += ms) };
}

test('an answer is kept, and all is well', () => {
  const { course } = courseAt();
  expect(course.answered('a', good)).toEqual({ keep: known, problem: null });
  expect(course.waitMs()).toBe(0);
});

test('a number that is turned down is one of which nothing is known', () => {
  const { course } = courseAt();
  course.answered('a', good);
  for (const number of Array.from({ length: 20 }, (_, index) => `b${index}`)) {
    expect(course.answered(number, { kind: 'not_found' })).toEqual({ keep: nothingKnown });
  }
  expect(course.answered('c', failure(422))).toEqual({ keep: nothingKnown });
});

test('when every number is turned down it is not the numbers: nothing is kept, and it is told', () => {
  const { course, later } = courseAt();
  const answers = Array.from({ length: 12 }, (_, index) =>
    course.answered(`b${index}`, { kind: 'not_found' }),
  );
  expect(answers.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => ({ keep: nothingKnown })));
  expect(answers[11]).toEqual({ keep: null, problem: expect.stringContaining('turns down every question') });
  expect(course.waitMs()).toBe(60_000);
  later(60_000);
  expect(course.answered('x', good)).toEqual({ keep: known, problem: null });
});

test('an Exotel that is away says nothing of a number: it is waited for, longer and longer, and told', () => {
  const { course, later } = courseAt();
  const away: NumberAnswer = { kind: 'unsent', why: 'connection refused', fenced: false };
  const waits = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((number) => {
    expect(course.answered(number, away).keep).toBeNull();
    return course.waitMs();
  });
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
  expect(course.answered('i', away).problem).toMatch(/does not answer/);
  expect(course.mayAsk('a')).toBe(false);
  later(60_000);
  expect(course.mayAsk('a')).toBe(true);
});

test('a number whose question fails time after time is given up', () => {
  const { course } = courseAt();
  expect(course.answered('a', failure(500, 'internal')).keep).toBeNull();
  course.answered('b', good);
  expect(course.answered('a', failure(null)).keep).toBeNull();
  course.answered('b', good);
  expect(course.answered('a', failure(500, 'internal')).keep).toEqual(nothingKnown);
});

test('what is wrong with the account is told at once, and costs no number', () => {
  const { course } = courseAt();
  expect(course.answered('a', failure(401, 'pause_account'))).toEqual({
    keep: null,
    problem: 'Exotel refuses to tell about numbers: Exotel’s words.',
  });
  expect(course.waitMs()).toBe(60_000);
  expect(course.answered('a', { kind: 'throttled', retryAfterMs: 500 })).toEqual({ keep: null });
});
