import { mostInAnyWindow } from '../../src/sandbox/rate-window.ts';
import type { Arrival } from '../../src/sandbox/requests.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { differencesOfAttempts, overlappingCalls } from './compare-with-truth.ts';
import { mean } from './figures.ts';
import type { LoadRun, RunContext } from './run-context.ts';
import { withStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

const limit = 198;
const windowMs = 60_000;
const measuredMs = 180_000;
const leastPlaced = 576;

/** Dials at the account's limit for three minutes and more, from a fresh start and out of a kill with a full window. */
export const windowRun: LoadRun = {
  proves: `never over ${limit} requests in any minute, at least ${leastPlaced} calls in three`,
  limitMs: 1_200_000,
  async run(context) {
    for (const latencyMs of context.latencies) {
      if (context.kill) await outOfAKill(context, latencyMs);
      else await fromAFreshStart(context, latencyMs);
    }
  },
};

/** A call holds its agent for 12 s on average: real seconds, since the speed is 1. */
function scenario(latencyMs: number): ScenarioInput {
  return {
    seed: 12,
    speed: 1,
    limit: { requests: limit, window: '60s', countRefused: true },
    agents: { count: 80 },
    outcomes: { connected: 1 },
    durations: {
      agentAnswer: { mean: '1500ms', spread: '300ms' },
      dialing: { mean: '500ms', spread: '100ms' },
      customerAnswer: { mean: '2s', spread: '500ms' },
      talk: { mean: '7500ms', spread: '2s' },
      postProcessing: '500ms',
    },
    answers: { latency: { mean: `${latencyMs}ms`, spread: '0ms' } },
  };
}

async function fromAFreshStart(context: RunContext, latencyMs: number): Promise<void> {
  const { figures, signal, say } = context;
  await withStage({ scenario: scenario(latencyMs), signal }, async (stage) => {
    const dialer = await stage.start();
    await stage.create({ name: 'window', contacts: 600 });
    const first = await firstPlacing(stage, 0);
    say(`answers of ${latencyMs} ms: the first call is placed`);
    await passedSince(stage, first, measuredMs);
    judge(context, stage, `${latencyMs} ms`, first);
    await stage.completed('window', 120_000);
    const attempts = await stage.report('window', '--attempts');
    figures.none(
      `${latencyMs} ms: differences from the truth`,
      differencesOfAttempts(stage.sandbox.truth(), attempts),
    );
    await dialer.stop();
    return { keep: figures.broken() > 0 };
  });
}

async function outOfAKill(context: RunContext, latencyMs: number): Promise<void> {
  const { figures, signal, say } = context;
  await withStage({ scenario: scenario(latencyMs), signal }, async (stage) => {
    const dialer = await stage.start();
    // enough for the window before the kill and three minutes after it
    await stage.create({ name: 'window', contacts: 850 });
    const inLastMinute = (): number =>
      stage.sandbox.requests().filter(({ monotonicMs }) => monotonicMs > performance.now() - windowMs).length;
    await until(() => inLastMinute() >= limit, {
      what: 'a full window',
      timeoutMs: 120_000,
      signal,
      intervalMs: 20,
    });
    const before = stage.sandbox.requests().length;
    const live = stage.sandbox.truth().calls.filter(({ endedAt }) => endedAt === null).length;
    await dialer.kill('group');
    say(
      `answers of ${latencyMs} ms: killed with ${inLastMinute()} requests in the last minute, ${live} calls alive`,
    );
    const again = await stage.start();
    const restartedAt = performance.now();
    say('started again');
    const first = await firstPlacing(stage, before);
    figures.note(`${latencyMs} ms: seconds from the restart to the first call`, (first - restartedAt) / 1000);
    await passedSince(stage, first, measuredMs);
    judge(context, stage, `${latencyMs} ms, after the kill`, first);
    figures.none(`${latencyMs} ms: overlapping calls`, overlappingCalls(stage.sandbox.truth()));
    await again.stop();
    return { keep: figures.broken() > 0 };
  });
}

function judge({ figures }: RunContext, { sandbox }: Stage, what: string, first: number): void {
  const requests = sandbox.requests();
  const after = requests.filter(
    ({ monotonicMs }) => monotonicMs >= first && monotonicMs < first + measuredMs,
  );
  const of = (kind: Arrival['kind']): number => after.filter((request) => request.kind === kind).length;
  const lengths = sandbox
    .truth()
    .calls.flatMap(({ placedAt, settledAt }) =>
      settledAt === null ? [] : [(Date.parse(settledAt) - Date.parse(placedAt)) / 1000],
    );
  figures.note(`${what}: mean hold of a call (s)`, mean(lengths));
  figures.equal(
    `${what}: requests refused by the limit`,
    requests.filter(({ admitted }) => !admitted).length,
    0,
  );
  figures.atMost(
    `${what}: most requests in any 60 s`,
    mostInAnyWindow(
      requests.map(({ monotonicMs }) => monotonicMs),
      windowMs,
    ),
    limit,
  );
  figures.atLeast(`${what}: placing requests in 180 s`, of('place'), leastPlaced);
  figures.note(`${what}: looks at calls in 180 s`, of('call'));
  figures.note(`${what}: readings of the users list in 180 s`, of('users'));
}

/** When, on the monotonic clock, the first placing request after `skip` requests arrived. */
async function firstPlacing({ sandbox, signal }: Stage, skip: number): Promise<number> {
  const arrival = await until(
    () =>
      sandbox
        .requests()
        .slice(skip)
        .find(({ kind }) => kind === 'place'),
    { what: 'the first call', timeoutMs: 120_000, signal },
  );
  return arrival.monotonicMs;
}

async function passedSince({ signal }: Stage, since: number, ms: number): Promise<void> {
  await until(() => performance.now() >= since + ms, {
    what: 'the time to be measured',
    timeoutMs: ms + 10_000,
    signal,
    intervalMs: 500,
  });
}
