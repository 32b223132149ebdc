import { expect, test } from 'vitest';
import { createFigures } from '../load/figures.ts';
import { profiles } from './profile.ts';
import { runRound } from './round.ts';
import { storyOf, tellRounds } from './tell.ts';

const profile = profiles.short;
const kills = profile.killsPerRound;
const seed = 4;

test('killed, frozen, restarted, throttled and cut off from its database, it calls nobody twice and loses nobody', async ({
  signal,
}) => {
  const round = await runRound({ profile, mode: 'agents', seed, kills, signal, say: () => undefined });
  const figures = createFigures();
  tellRounds(figures, profile, [round]);
  expect(figures.broken(), `${storyOf(profile, kills, round)}\n${figures.table()}`).toBe(0);
  expect(round.disturbed.killsAtFullWindow + round.disturbed.otherKills).toBeGreaterThanOrEqual(kills);
  expect(round.calls).toBeGreaterThan(kills);
}, 240_000);
