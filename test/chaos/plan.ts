import { randomFor } from '../../src/sandbox/random.ts';
import type { Random } from '../../src/sandbox/random.ts';
import type { AgentState } from '../../src/sandbox/scenario.ts';
import type { Profile } from './profile.ts';

/** What can befall the connections to the database, or the commits on them. */
export const databaseFaults = [
  'refuse',
  'cut',
  'stall',
  'slow',
  'disk_full',
  'serialization',
  'deadlock',
] as const;

/** Whom a disturbance meets: the process that owns the account at that moment, or one by its name. */
export type Whom = 'owner' | (string & {});

export type DatabaseFault = (typeof databaseFaults)[number];

export type Act =
  /** kill -9, as soon as the window is full where `full` */
  | { kind: 'kill'; whom: Whom; full: boolean; restartAfterMs: number }
  | { kind: 'freeze'; whom: Whom; lastingMs: number; thenKill: boolean }
  | { kind: 'restart'; whom: Whom }
  | { kind: 'connections'; whom: Whom | 'all'; fault: DatabaseFault; lastingMs: number }
  | { kind: 'database_kill' }
  | { kind: 'storm'; lastingMs: number; retryAfter: 'none' | 'seconds' | 'date' }
  | { kind: 'device'; agent: number; state: AgentState }
  /** a person pauses one of the two campaigns, and resumes it */
  | { kind: 'pause'; campaign: number; lastingMs: number }
  /** a person suppresses the number that is `nth` in line */
  | { kind: 'suppress'; nth: number }
  /** a person starts the campaign that was kept for this, and cancels it */
  | { kind: 'cancel'; afterMs: number };

export interface PlannedAct {
  /** ms after the beginning of the act before it */
  afterMs: number;
  act: Act;
}

export interface Plan {
  acts: readonly PlannedAct[];
  onUnknown: 'hold' | 'retry';
}

const shareOfFullKills = 0.4;
const otherActs = ['freeze', 'restart', 'connections', 'storm', 'device', 'pause', 'suppress'] as const;
const otherWeights = { freeze: 4, restart: 3, connections: 5, storm: 2, device: 3, pause: 2, suppress: 2 };
/** The kept campaign is begun and canceled in this part of the acts. */
const cancelAt = 0.6;
const retryAfters = ['none', 'seconds', 'date'] as const;
const states: readonly AgentState[] = ['off', 'busy', 'available', 'toggling', 'unverified', 'available'];

/** What happens in one round, from its seed alone. Whom `owner` meets, and how long `full` waits, the run decides. */
export function planOf(
  profile: Profile,
  seed: number,
  { kills, names }: { kills: number; names: readonly string[] },
): Plan {
  const random = randomFor(seed, 'chaos');
  const acts: Act[] = [
    ...times(kills, (index) => killAct(random, profile, { full: index < kills * shareOfFullKills, names })),
    ...times(Math.round(kills * profile.othersPerKill), () => otherAct(random, profile, names)),
    ...times(profile.databaseKills, (): Act => ({ kind: 'database_kill' })),
  ];
  const inOrder = shuffled(random, acts);
  // whatever the chances, each is met, while there are contacts in line
  for (const act of [pauseAct(random, profile), suppressAct(random)]) {
    inOrder.splice(Math.floor((random.next() * inOrder.length) / 3), 0, act);
  }
  // far apart, so that each is over before the next
  for (const [index, fault] of profile.longFaults.entries()) {
    const place = Math.floor(((index + 0.5) * inOrder.length) / profile.longFaults.length);
    inOrder.splice(place, 0, { kind: 'connections', whom: 'all', fault, lastingMs: profile.longFaultMs });
  }
  inOrder.splice(Math.round(inOrder.length * cancelAt), 0, {
    kind: 'cancel',
    afterMs: between(random, profile.paused),
  });
  return {
    acts: inOrder.map((act) => ({ afterMs: between(random, profile.gap), act })),
    onUnknown: random.chance(0.7) ? 'hold' : 'retry',
  };
}

function killAct(
  random: Random,
  profile: Profile,
  { full, names }: { full: boolean; names: readonly string[] },
): Act {
  const whom = full || random.chance(0.7) ? 'owner' : oneOf(random, names);
  return { kind: 'kill', whom, full, restartAfterMs: between(random, [0, profile.leaseMs]) };
}

function otherAct(random: Random, profile: Profile, names: readonly string[]): Act {
  const whom = random.chance(0.7) ? 'owner' : oneOf(random, names);
  const kind = random.pick(otherActs, otherWeights) ?? 'restart';
  switch (kind) {
    case 'freeze':
      return { kind, whom, lastingMs: between(random, profile.frozen), thenKill: random.chance(0.25) };
    case 'restart':
      return { kind, whom };
    case 'connections':
      return {
        kind,
        whom: random.chance(0.3) ? 'all' : whom,
        fault: oneOf(random, databaseFaults),
        lastingMs: between(random, profile.databaseFault),
      };
    case 'storm':
      return { kind, lastingMs: between(random, profile.storm), retryAfter: oneOf(random, retryAfters) };
    case 'pause':
      return pauseAct(random, profile);
    case 'suppress':
      return suppressAct(random);
    case 'device':
      return { kind, agent: Math.floor(random.next() * profile.agents), state: oneOf(random, states) };
  }
}

function pauseAct(random: Random, { paused }: Profile): Act {
  return { kind: 'pause', campaign: Math.floor(random.next() * 2), lastingMs: between(random, paused) };
}

function suppressAct(random: Random): Act {
  return { kind: 'suppress', nth: Math.floor(random.next() * 4) };
}

function times<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function between(random: Random, [least, most]: readonly [number, number]): number {
  return Math.round(least + random.next() * (most - least));
}

function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random.next() * values.length)];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
}

function shuffled<Value>(random: Random, values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
