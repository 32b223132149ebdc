import { describe, expect, test } from 'vitest';
import { createActiveCallsTrust } from './active-calls-trust.ts';
import type { ActiveCallsTrust } from './active-calls-trust.ts';

function trustOnClock(): { trust: ActiveCallsTrust; pass: (ms: number) => void } {
  let now = 0;
  const trust = createActiveCallsTrust({ monotonic: () => now });
  return { trust, pass: (ms) => (now += ms) };
}

test('believes the list after three looks that it was right about, and for as long as it answers', () => {
  const { trust, pass } = trustOnClock();
  trust.answered();
  for (const check of ['agrees', 'agrees'] as const) trust.checked(check);
  expect(trust.believed()).toBe(false);
  trust.checked('agrees');
  expect([trust.believed(), trust.tells()]).toEqual([true, true]);
  pass(60_000);
  expect([trust.mayAsk(), trust.tells()]).toEqual([true, false]);
});

describe('leaves the list alone for an hour', () => {
  test.each<[string, (trust: ActiveCallsTrust) => void]>([
    ['once both hosts have refused it', (trust) => [1, 2].forEach(() => trust.refused())],
    [
      'once it listed calls that were over',
      (trust) => [1, 2, 3].forEach(() => trust.checked('listed_but_over')),
    ],
    [
      'once it left out calls that went on',
      (trust) => [1, 2, 3, 4, 5, 6].forEach(() => trust.checked('unlisted_but_on')),
    ],
    ['once it spares no look', (trust) => Array.from({ length: 13 }).forEach(() => trust.answered())],
  ])('%s, and begins anew then', (_why, happens) => {
    const { trust, pass } = trustOnClock();
    happens(trust);
    expect([trust.mayAsk(), trust.tells(), trust.believed()]).toEqual([false, false, false]);
    pass(3_599_999);
    expect(trust.mayAsk()).toBe(false);
    pass(1);
    expect(trust.mayAsk()).toBe(true);
  });
});

test('bears a refusal between answers, and one call in five that ended between the list and the look', () => {
  const { trust } = trustOnClock();
  for (let round = 0; round < 50; round += 1) {
    trust.refused();
    trust.answered();
    trust.spared();
    trust.checked('listed_but_over');
    for (let look = 0; look < 4; look += 1) trust.checked('agrees');
  }
  expect([trust.mayAsk(), trust.tells()]).toEqual([true, true]);
});
