import { expect, test } from 'vitest';
import { planOf } from './plan.ts';
import { profiles } from './profile.ts';

const names = ['server', 'worker-1', 'worker-2', 'worker-3'];

test('every plan kills as often as asked, a third at a full window, and has people pause, suppress and cancel', () => {
  for (const profile of Object.values(profiles)) {
    const kills = profile.killsPerRound;
    for (let seed = 1; seed <= 50; seed += 1) {
      const { acts } = planOf(profile, seed, { kills, names });
      const ofKind = (wanted: string) => acts.filter(({ act }) => act.kind === wanted).length;
      const full = acts.filter(({ act }) => act.kind === 'kill' && act.full).length;
      expect(ofKind('kill')).toBe(kills);
      expect(full).toBeGreaterThanOrEqual(kills / 3);
      expect(ofKind('pause')).toBeGreaterThanOrEqual(1);
      expect(ofKind('suppress')).toBeGreaterThanOrEqual(1);
      expect(ofKind('cancel')).toBe(1);
    }
  }
});

test('the plan of the promised values has the database refuse and be slow for a minute, one after the other', () => {
  const { real } = profiles;
  const { acts } = planOf(real, 1, { kills: real.killsPerRound, names });
  let now = 0;
  const minutes = acts.flatMap(({ afterMs, act }) => {
    now += afterMs;
    return act.kind === 'connections' && act.lastingMs === 60_000 ? [{ fault: act.fault, at: now }] : [];
  });
  expect(minutes.map(({ fault }) => fault)).toEqual(['refuse', 'slow']);
  expect((minutes[1]?.at ?? 0) - (minutes[0]?.at ?? 0)).toBeGreaterThan(60_000);
});

test('a seed makes the same plan again, and another one another', () => {
  const plan = (seed: number) => planOf(profiles.fast, seed, { kills: 25, names });
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
});
