import { randomFor } from '../../src/sandbox/random.ts';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import type { Mode } from '../load/mode.ts';
import { numberOf } from './campaigns.ts';
import type { DatabaseFault } from './plan.ts';

/** The measures of a run; lengths of time in ms unless the name says otherwise. */
export interface Profile {
  name: 'short' | 'fast' | 'real';
  windowMs: number;
  /** requests that the account allows in a window; the dialer is told the same */
  limit: number;
  leaseMs: number;
  workers: number;
  agents: number;
  /** kills of one round, each with a database and a provider of its own */
  killsPerRound: number;
  contactsPerKill: number;
  ringSeconds: number;
  maxSeconds: number;
  retryDelayMs: number;
  /** between the beginnings of two disturbances: at least, at most */
  gap: readonly [number, number];
  /** how long a process sleeps, a database fault lasts, a storm of 429s lasts: at least, at most */
  frozen: readonly [number, number];
  databaseFault: readonly [number, number];
  storm: readonly [number, number];
  /** how long a campaign is paused, or calls before it is canceled */
  paused: readonly [number, number];
  /** faults of the database that meet every process for longer than others */
  longFaults: readonly Exclude<DatabaseFault, 'cut'>[];
  longFaultMs: number;
  /** contacts of the campaign that is started and canceled */
  contactsToCancel: number;
  /** how late the database's answers are under `slow` */
  slowMs: number;
  /** disturbances of other kinds for each kill -9 of a process */
  othersPerKill: number;
  /** how many times Postgres itself is killed in a round */
  databaseKills: number;
  /** how fast the simulated people are */
  speed: number;
  slowAnswer: string;
  /** how late a late callback is, in the time of the simulated people */
  lateBy: string;
  /** the end must come within this time after the last disturbance */
  drainLimitMs: number;
}

const silentEvery = 17;

const fast: Profile = {
  name: 'fast',
  windowMs: 6000,
  limit: 36,
  leaseMs: 1500,
  workers: 3,
  agents: 100,
  killsPerRound: 25,
  contactsPerKill: 14,
  ringSeconds: 10,
  maxSeconds: 30,
  retryDelayMs: 1000,
  gap: [600, 5000],
  frozen: [300, 4500],
  databaseFault: [300, 4000],
  storm: [500, 2500],
  paused: [1500, 5000],
  longFaults: [],
  longFaultMs: 0,
  contactsToCancel: 40,
  slowMs: 60,
  othersPerKill: 0.8,
  databaseKills: 1,
  speed: 10,
  slowAnswer: '3s',
  lateBy: '300s',
  drainLimitMs: 240_000,
};

/** For every test run: the same mix, over in half a minute. */
const short: Profile = {
  ...fast,
  name: 'short',
  windowMs: 3000,
  limit: 18,
  leaseMs: 1000,
  workers: 2,
  agents: 24,
  killsPerRound: 6,
  contactsPerKill: 6,
  gap: [500, 1200],
  frozen: [300, 1800],
  databaseFault: [300, 1200],
  storm: [300, 800],
  paused: [800, 2000],
  contactsToCancel: 20,
  othersPerKill: 0.7,
  speed: 25,
  slowAnswer: '1500ms',
  lateBy: '60s',
};

/** The window, the lease and the limits that are promised, and people who take their time. */
const real: Profile = {
  ...fast,
  name: 'real',
  windowMs: 60_000,
  limit: 198,
  leaseMs: 4000,
  agents: 100,
  contactsPerKill: 45,
  ringSeconds: 30,
  maxSeconds: 120,
  retryDelayMs: 20_000,
  gap: [6000, 16_000],
  frozen: [1000, 15_000],
  databaseFault: [1000, 12_000],
  storm: [2000, 10_000],
  paused: [8000, 20_000],
  longFaults: ['refuse', 'slow'],
  longFaultMs: 60_000,
  contactsToCancel: 80,
  slowMs: 100,
  speed: 4,
  slowAnswer: '30s',
  drainLimitMs: 1_200_000,
};

export const profiles = { short, fast, real };

/**
 * Every fault that the simulated Exotel knows, each now and then. Beside those, one number in so many has answers that
 * are always cut after the call was placed, and callbacks that all come late or never: so that attempts are closed as
 * unknown, some of them for good and some until the truth comes after all.
 */
export function scenarioOf(
  profile: Profile,
  { mode, seed, contacts }: { mode: Mode; seed: number; contacts: number },
): ScenarioInput {
  const { agents } = profile;
  const some = (share: number): number => Math.max(1, Math.round(agents * share));
  return {
    seed,
    speed: profile.speed,
    limit: { requests: profile.limit, window: `${profile.windowMs}ms`, countRefused: true },
    agents: {
      count: agents,
      off: some(0.04),
      busy: some(0.08),
      toggling: some(0.1),
      unverified: 1,
      noDevice: 1,
      toggle: { on: '60s', off: '20s' },
      ownCalls: { busy: '20s', free: '60s' },
    },
    outcomes: outcomesOf(mode),
    durations: {
      agentAnswer: { mean: '2s', spread: '500ms' },
      dialing: { mean: '500ms', spread: '200ms' },
      customerAnswer: { mean: '3s', spread: '1s' },
      talk: { mean: '6s', spread: '3s' },
      postProcessing: '500ms',
    },
    answers: {
      latency: { mean: '60ms', spread: '40ms' },
      slowBy: profile.slowAnswer,
      placing: {
        cut_before: 0.012,
        cut_after: 0.015,
        error_before: 0.012,
        error_after: 0.012,
        garbage: 0.012,
        no_sid: 0.012,
        slow: 0.025,
        throttled: 0.01,
      },
      reading: { cut: 0.04, error: 0.04, garbage: 0.04, slow: 0.02 },
    },
    numbers: Object.fromEntries(
      Array.from({ length: contacts }, (_, index) => index)
        .filter((index) => index % silentEvery === silentEvery - 1)
        .map((index) => [
          numberOf(index),
          { answer: 'cut_after', callbacks: [index % 2 === 0 ? 'late' : 'lost'] } as const,
        ]),
    ),
    callbacks: {
      lateBy: profile.lateBy,
      timeout: '4s',
      faults: { lost: 0.08, doubled: 0.15, late: 0.08, reordered: 0.15 },
    },
    recordings: { share: 0.7 },
    ...(mode !== 'agents' && { v1: writtenFor(seed) }),
  };
}

/** What people do; a flow has nobody on Exotel's side who could fail. */
function outcomesOf(mode: Mode): ScenarioInput['outcomes'] {
  return {
    connected: 55,
    no_answer: 18,
    busy: 8,
    unreachable: 5,
    do_not_disturb: 2,
    ...(mode !== 'flow' && {
      agent_no_answer: 4,
      agent_canceled: 2,
      agent_unreachable: 2,
      agent_hung_up: 2,
    }),
    ...(mode === 'connect' && { agent_busy: 2 }),
  };
}

/** The ways in which v1 is known to write the same thing, one for each round. */
function writtenFor(seed: number): NonNullable<ScenarioInput['v1']> {
  const random = randomFor(seed, 'v1');
  const either = <Value>(one: Value, other: Value): Value => (random.chance(0.5) ? one : other);
  return {
    detailsAfter: '20s',
    numbers: either('national', 'e164'),
    endTime: either('null', 'epoch'),
    flowTo: either('null', 'caller_id'),
    canceled: either('failed', 'canceled'),
    customField: random.chance(0.5) ? 'absent' : either('shown', 'not_available'),
    preSigned: either(false, true),
    bulkDetails: either(false, true),
    lastPage: either('null', 'empty'),
    exceptionStatus: either('number', 'string'),
    exceptionCode: either(false, true),
    callbackForm: either('multipart', 'urlencoded'),
    callbackNulls: random.chance(0.5) ? 'empty' : either('text', 'omitted'),
    flowCallbacks: random.chance(0.8) ? 'four_fields' : 'full',
  };
}
