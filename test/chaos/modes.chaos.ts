import { expect, test } from 'vitest';
import { createFigures } from '../load/figures.ts';
import { profiles } from './profile.ts';
import { runRound } from './round.ts';
import { storyOf, tellRounds } from './tell.ts';

const profile = profiles.short;
const kills = profile.killsPerRound;

test.for([
  ['connect', 4],
  ['flow', 5],
] as const)(
  'killed, throttled and cut off in mode %s, it calls nobody twice and loses nobody',
  { timeout: 240_000 },
  async ([mode, seed], { signal }) => {
    const round = await runRound({ profile, mode, seed, kills, signal, say: () => undefined });
    const figures = createFigures();
    tellRounds(figures, profile, [round]);
    expect(figures.broken(), `${storyOf(profile, kills, round)}\n${figures.table()}`).toBe(0);
    expect(round.calls).toBeGreaterThan(kills);
  },
);
