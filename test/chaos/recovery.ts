import { setTimeout as delay } from 'node:timers/promises';
import { randomFor } from '../../src/sandbox/random.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { quantile } from '../load/figures.ts';
import type { Figures } from '../load/figures.ts';
import { until } from '../load/until.ts';
import { createCampaigns } from './campaigns.ts';
import { withStage } from './stage.ts';
import type { Stage } from './stage.ts';

const limit = 198;
const windowMs = 60_000;
const leaseMs = 4000;
/** So few that a window never comes near being full: what is measured is the takeover, not the limit. */
const agents = 6;
const medianBoundSeconds = 5;
const worstBoundSeconds = 12;
/** Two looks at the new owner's calls before it is killed in its turn, and a contact for each call meanwhile. */
const contactsPerKill = 40;
/** The kill comes at any point of a lease's second and of a look for one. */
const randomMs = 2000;

export interface RecoveryOptions {
  kills: number;
  seed: number;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** Kills the owner of two workers time after time, and takes the time until the next call is placed. */
export async function measureRecovery(
  figures: Figures,
  { kills, seed, signal, say }: RecoveryOptions,
): Promise<void> {
  const seconds: number[] = [];
  await withStage(
    { scenario: scenario(seed), signal, workers: 2, windowMs, limit, leaseMs, slowMs: 0, legs: null },
    async (stage) => {
      await createCampaigns(stage, {
        mode: 'agents',
        contacts: kills * contactsPerKill,
        contactsToCancel: 0,
        ringSeconds: 10,
        maxSeconds: 30,
        retryDelayMs: 10_000,
        onUnknown: 'hold',
      });
      const random = randomFor(seed, 'recovery');
      let fullest = 0;
      for (let kill = 1; kill <= kills; kill += 1) {
        await bothAreUp(stage);
        await callsGoOn(stage);
        await delay(random.next() * randomMs, undefined, { signal });
        const owner = await stage.owner();
        if (owner === null) throw new Error('nobody owns the account although calls go on');
        fullest = Math.max(fullest, inWindow(stage));
        const before = performance.now();
        stage.fleet.kill(owner);
        const next = await until(() => firstCallSince(stage, before), {
          what: 'the next placed call',
          timeoutMs: 60_000,
          signal,
          intervalMs: 20,
        });
        seconds.push((next - before) / 1000);
        say(`kill ${kill} of ${owner}: a call after ${(seconds.at(-1) ?? 0).toFixed(2)} s`);
      }
      figures.note('kills of the owner', seconds.length);
      figures.atMost('most requests in the window before a kill', fullest, limit / 2);
      figures.atMost('seconds to the next placed call, median', quantile(seconds, 0.5), medianBoundSeconds);
      figures.note('… nine tenths within', quantile(seconds, 0.9));
      figures.atMost('… worst', Math.max(...seconds), worstBoundSeconds);
      await stage.fleet.stop();
      return { keep: figures.broken() > 0, result: undefined };
    },
  );
}

/** Calls of some seconds, so that there is always one that could be placed soon. */
function scenario(seed: number): ScenarioInput {
  return {
    seed,
    speed: 4,
    limit: { requests: limit, window: `${windowMs}ms`, countRefused: true },
    agents: { count: agents },
    outcomes: { connected: 1 },
    durations: {
      agentAnswer: { mean: '2s', spread: '500ms' },
      dialing: { mean: '1s', spread: '200ms' },
      customerAnswer: { mean: '4s', spread: '1s' },
      talk: { mean: '12s', spread: '4s' },
      postProcessing: '500ms',
    },
  };
}

async function bothAreUp({ fleet, signal }: Stage): Promise<void> {
  const workers = fleet.names.filter((name) => name !== 'server');
  await until(() => workers.every((name) => (fleet.current(name)?.readyAt ?? null) !== null), {
    what: 'both workers',
    timeoutMs: 60_000,
    signal,
  });
}

/** A call was placed lately: the dialer is at work, and not merely without a free agent. */
async function callsGoOn(stage: Stage): Promise<void> {
  const since = performance.now();
  await until(() => firstCallSince(stage, since), {
    what: 'calls that go on',
    timeoutMs: 60_000,
    signal: stage.signal,
  });
}

function firstCallSince({ sandbox }: Stage, since: number): number | null {
  const placed = sandbox.requests().find(({ kind, sid, monotonicMs }) => {
    return kind === 'place' && sid !== null && monotonicMs > since;
  });
  return placed?.monotonicMs ?? null;
}

function inWindow({ sandbox }: Stage): number {
  const since = performance.now() - windowMs;
  return sandbox.requests().filter(({ monotonicMs }) => monotonicMs > since).length;
}
