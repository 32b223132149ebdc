import { expect, test } from 'vitest';
import type { ScrubProgress } from '../contacts/scrub-progress.ts';
import { renderScrub } from './contacts-scrub.ts';

const progress: ScrubProgress = {
  campaign: 'renewal',
  maxAgeMs: 604_800_000,
  unavailable: 'dial',
  cleared: 1200,
  onRegister: 31,
  nothingKnown: 4,
  held: 0,
  waiting: 9000,
  requests: 8995,
  minutes: 46,
  problem: null,
};

test('tells how many are cleared, what becomes of the others, and how long it takes', () => {
  expect(
    renderScrub(progress)
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual([
    'contacts',
    '1200  cleared          may be called',
    '31  on the register  are not called',
    '4  unavailable      Exotel knows nothing of the number: called all the same',
    '9000  waiting          are not called before they are cleared',
    '',
    '8995 requests are left, 46m when no call needs the account’s limit; what is learned counts for 7d',
  ]);
});

test('names what keeps it from getting on, and how to call those that are held', () => {
  const problem = 'Exotel does not answer questions about numbers: connection refused';
  const text = renderScrub({ ...progress, unavailable: 'hold', held: 4, problem });
  expect(text).toContain('held until you release them');
  expect(text).toContain(problem);
  expect(text.split('\n').at(-1)).toBe('release those that are held with `dialer contacts release renewal`');
});

test('says when nothing is left to ask', () => {
  expect(renderScrub({ ...progress, waiting: 0, requests: 0 })).toContain(
    'nothing is left to ask; what was learned counts for 7d',
  );
});
