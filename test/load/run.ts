import { parseArgs } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import { agentsRun } from './agents.ts';
import { availabilityRun } from './availability.ts';
import { errorsRun } from './errors.ts';
import { createFigures } from './figures.ts';
import { killRun } from './kill.ts';
import { misuseRun } from './misuse.ts';
import { modesNamed } from './mode.ts';
import { modesRun } from './modes.ts';
import { callbackWays } from './run-context.ts';
import type { LoadRun, RunContext } from './run-context.ts';
import { scheduleRun } from './schedule.ts';
import { defaultLimit } from './stage.ts';
import { truthRun } from './truth.ts';
import { windowRun } from './window.ts';

/*
 * Acceptance runs: the dialer as its users run it, against a simulated Exotel whose log says what really happened.
 * Each takes minutes and prints its figures beside their bounds.
 */
const runs: Readonly<Record<string, LoadRun>> = {
  window: windowRun,
  truth: truthRun,
  modes: modesRun,
  agents: agentsRun,
  availability: availabilityRun,
  kill: killRun,
  errors: errorsRun,
  schedule: scheduleRun,
  misuse: misuseRun,
};

const help = `node test/load/run.ts NAME… [--kill] [--latency MS]… [--mode M] [--callbacks C] [--details A] [--limit N]

${Object.entries(runs)
  .map(([name, { proves }]) => `  ${name.padEnd(14)}${proves}`)
  .join('\n')}

  --kill         (window) kill -9 the dialer when its window is full, and count from its restart
  --latency MS   (window) how long each answer takes; 20 and 300, one after the other, when left out
  --mode M       (modes) agents, connect or flow; all of them when left out
  --callbacks C  (modes) on, off, or mixed: lost, doubled, late and out of order; all three when left out
  --details A    (modes) v2 or v3, which tell of calls of agents without callbacks; both when left out
  --limit N      (modes) requests a minute that the account may send (${defaultLimit})
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const interrupted = interruptible();
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      kill: { type: 'boolean' },
      latency: { type: 'string', multiple: true },
      mode: { type: 'string' },
      callbacks: { type: 'string' },
      details: { type: 'string' },
      limit: { type: 'string' },
    },
  });
  const unknown = positionals.filter((name) => !(name in runs));
  if (positionals.length === 0 || unknown.length > 0) {
    process.stderr.write(unknown.length > 0 ? `no such run: ${unknown.join(', ')}\n\n${help}` : help);
    return 2;
  }
  const modes = modesNamed(values.mode ?? 'all');
  const callbacks = callbackWays.filter((way) => way === (values.callbacks ?? way));
  const details = (['v2', 'v3'] as const).filter((api) => api === (values.details ?? api));
  const limit = Number(values.limit ?? defaultLimit);
  if (
    modes === null ||
    callbacks.length === 0 ||
    details.length === 0 ||
    !Number.isSafeInteger(limit) ||
    limit < 1
  ) {
    process.stderr.write(help);
    return 2;
  }
  const options: RunOptions = {
    kill: values.kill ?? false,
    latencies: (values.latency ?? ['20', '300']).map(Number),
    modes,
    callbacks,
    details,
    limit,
  };
  let failed = 0;
  for (const name of positionals) {
    if (!interrupted.aborted && !(await passes(name, options, interrupted))) failed += 1;
  }
  if (interrupted.aborted) return 130;
  return failed === 0 ? 0 : 1;
}

type RunOptions = Omit<RunContext, 'figures' | 'signal' | 'say'>;

async function passes(name: string, options: RunOptions, interrupted: AbortSignal): Promise<boolean> {
  const run = runs[name];
  if (run === undefined) return false;
  const figures = createFigures();
  const startedAt = performance.now();
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(run.limitMs)]);
  const say = (line: string): void => {
    const seconds = String(Math.round((performance.now() - startedAt) / 1000)).padStart(4);
    process.stderr.write(`${name} ${seconds} s  ${line}\n`);
  };
  let failure: string | null = null;
  try {
    await run.run({ figures, signal, say, ...options });
  } catch (error) {
    failure = interrupted.aborted ? 'interrupted' : messageOf(error);
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const verdict = failure === null && figures.broken() === 0 ? 'passed' : 'FAILED';
  process.stdout.write(`\n${name}: ${verdict} in ${seconds} s (${run.proves})\n${figures.table()}\n`);
  if (failure !== null) process.stdout.write(`  it ended early: ${failure}\n`);
  return verdict === 'passed';
}

/** Aborted by the first signal, so that a run can clear up; the second ends the process at once. */
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
