import { parseArgs } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import { createFigures } from '../load/figures.ts';
import { modesNamed } from '../load/mode.ts';
import type { Mode } from '../load/mode.ts';
import { profiles } from './profile.ts';
import type { Profile } from './profile.ts';
import { measureRecovery } from './recovery.ts';
import { runRound } from './round.ts';
import type { RoundResult } from './round.ts';
import { storyOf, tellRounds } from './tell.ts';

/*
 * The dialer under everything that can go wrong at once, and then the proof, against the log of a simulated Exotel, that
 * nobody was called twice, nobody was lost, the limit held and the reports are the truth.
 */
const help = `npm run chaos -- [--mode M] [--seed N] [--kills N] [--real | --short]
npm run chaos -- --recovery N [--seed N]

  --mode M      agents, connect, flow, or all: the rounds take turns (all)
  --seed N      plan of the first round; each further round takes the next one (1)
  --kills N     kill -9 of a process, all rounds together (25 for each mode)
  --real        the window, the lease and the limit that are promised, instead of fast ones
  --short       the round that is part of the tests
  --recovery N  kill the owner of two workers N times, and take the time to the next placed call
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const interrupted = interruptible();
  const { values } = parseArgs({
    options: {
      mode: { type: 'string' },
      seed: { type: 'string' },
      kills: { type: 'string' },
      real: { type: 'boolean' },
      short: { type: 'boolean' },
      recovery: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const profile =
    values.real === true ? profiles.real : values.short === true ? profiles.short : profiles.fast;
  const seed = Number(values.seed ?? 1);
  const modes = modesNamed(values.mode ?? 'all');
  const oneRoundEach = profile.killsPerRound * (modes?.length ?? 0);
  const kills = Number(values.recovery ?? values.kills ?? oneRoundEach);
  if (
    values.help === true ||
    modes === null ||
    !Number.isSafeInteger(seed) ||
    !Number.isSafeInteger(kills) ||
    kills < 1
  ) {
    process.stderr.write(help);
    return values.help === true ? 0 : 2;
  }
  if (values.recovery !== undefined) return await runRecovery(seed, kills, interrupted);
  return await runRounds({ profile, modes, firstSeed: seed, kills, signal: interrupted });
}

async function runRecovery(seed: number, kills: number, signal: AbortSignal): Promise<number> {
  const figures = createFigures();
  let failure: string | null = null;
  try {
    await measureRecovery(figures, { kills, seed, signal, say: stopwatch() });
  } catch (error) {
    failure = signal.aborted ? 'interrupted' : messageOf(error);
  }
  const passed = failure === null && figures.broken() === 0;
  process.stdout.write(`\nrecovery: ${passed ? 'passed' : 'FAILED'}\n${figures.table()}\n`);
  if (failure !== null) process.stdout.write(`  it ended early: ${failure}\n`);
  if (signal.aborted) return 130;
  return passed ? 0 : 1;
}

async function runRounds({
  profile,
  modes,
  firstSeed,
  kills,
  signal,
}: {
  profile: Profile;
  modes: readonly Mode[];
  firstSeed: number;
  kills: number;
  signal: AbortSignal;
}): Promise<number> {
  const startedAt = performance.now();
  const say = stopwatch();
  const rounds: RoundResult[] = [];
  let failure: string | null = null;
  for (let seed = firstSeed, left = kills; left > 0 && !signal.aborted; seed += 1) {
    const mode = modes[(seed - firstSeed) % modes.length] ?? 'agents';
    const inRound = Math.min(left, profile.killsPerRound);
    left -= inRound;
    try {
      const round = await runRound({ profile, mode, seed, kills: inRound, signal, say });
      rounds.push(round);
      const story = storyOf(profile, inRound, round);
      if (story !== '') process.stdout.write(`\n${story}\n`);
    } catch (error) {
      failure = signal.aborted ? 'interrupted' : `seed ${seed}, ${mode}: ${messageOf(error)}`;
      if (!signal.aborted && error instanceof Error) say(error.stack ?? '');
      break;
    }
  }
  if (rounds.length === 0) {
    process.stdout.write(`no round came to its end: ${failure}\n`);
    return signal.aborted ? 130 : 1;
  }
  const figures = createFigures();
  tellRounds(figures, profile, rounds);
  const isClean = rounds.every(({ findings }) => Object.values(findings).flat().length === 0);
  const passed = failure === null && isClean && figures.broken() === 0;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(
    `\nchaos (${profile.name}): ${passed ? 'passed' : 'FAILED'} in ${seconds} s\n${figures.table()}\n`,
  );
  if (failure !== null) process.stdout.write(`  it ended early: ${failure}\n`);
  if (signal.aborted) return 130;
  return passed ? 0 : 1;
}

/** Lines for whoever watches, each with the seconds since the start. */
function stopwatch(): (line: string) => void {
  const startedAt = performance.now();
  return (line) => {
    const seconds = String(Math.round((performance.now() - startedAt) / 1000)).padStart(5);
    process.stderr.write(`${seconds} s  ${line}\n`);
  };
}

/** Aborted by the first signal, so that a round can clear up; the second ends the process at once. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stderr.write('clearing up (once more to end at once)\n');
      controller.abort(new Error('interrupted'));
    });
  }
  return controller.signal;
}
