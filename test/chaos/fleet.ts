import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Journal } from './journal.ts';

const program = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));
const linesKept = 40;
/** A service manager's pause before it starts again what ended by itself. */
const restartMs = 300;
/** Past it a process that was asked to stop is killed. */
export const stopLimitMs = 45_000;

export type Half = 'worker' | 'server';

/** One process from its start to its end. All moments are ms of the wall clock. */
export interface Life {
  /** its place in the fleet, such as `worker-2`; the next life in that place has the same */
  readonly name: string;
  readonly pid: number;
  readonly startedAt: number;
  readyAt: number | null;
  /** epochs in which it owned the account */
  readonly epochs: number[];
  askedToStopAt: number | null;
  /** kill -9 by the run */
  killedAt: number | null;
  endedAt: number | null;
  /** the last lines that it wrote to stderr */
  readonly said: string[];
}

export interface Fleet {
  readonly names: readonly string[];
  readonly lives: readonly Life[];
  current(name: string): Life | null;
  /** kill -9; what took its place starts `restartAfterMs` later. */
  kill(name: string, restartAfterMs?: number): void;
  /** SIGSTOP; the function continues it. */
  freeze(name: string): () => void;
  /** SIGTERM, as a service manager stops it for a new version; it starts again once it has ended. */
  restart(name: string): void;
  /** Stops everything, in order. Returns what did not stop by itself. */
  stop(): Promise<string[]>;
  /** kill -9 to all that is left, at once. */
  destroy(): void;
}

export interface FleetOptions {
  processes: readonly { name: string; half: Half; environment: Record<string, string> }[];
  folder: string;
  journal: Journal;
}

interface Place {
  name: string;
  half: Half;
  environment: Record<string, string>;
  child: ChildProcess | null;
  life: Life | null;
  restartAfterMs: number;
  restarting: NodeJS.Timeout | null;
}

/** Runs workers and servers as processes of their own, and starts each again whenever it has ended. */
export function startFleet({ processes, folder, journal }: FleetOptions): Fleet {
  const lives: Life[] = [];
  const places = new Map<string, Place>(
    processes.map((one) => [
      one.name,
      { ...one, child: null, life: null, restartAfterMs: restartMs, restarting: null },
    ]),
  );
  let closing = false;

  function start(place: Place): void {
    place.restarting = null;
    const child = spawn(process.execPath, [program, place.half], {
      cwd: folder,
      env: place.environment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const life: Life = {
      name: place.name,
      pid: child.pid ?? 0,
      startedAt: Date.now(),
      readyAt: null,
      epochs: [],
      askedToStopAt: null,
      killedAt: null,
      endedAt: null,
      said: [],
    };
    lives.push(life);
    place.child = child;
    place.life = life;
    createInterface({ input: child.stderr }).on('line', (line) => listenTo(life, line));
    child.once('exit', () => {
      life.endedAt = Date.now();
      place.child = null;
      if (closing) return;
      if (life.killedAt === null && life.askedToStopAt === null) {
        journal.note(life.readyAt === null ? 'could not start' : 'ended by itself', place.name);
      }
      place.restarting = setTimeout(start, place.restartAfterMs, place);
      place.restartAfterMs = restartMs;
    });
  }

  function placeOf(name: string): Place {
    const place = places.get(name);
    if (place === undefined) throw new Error(`there is no process ${name}`);
    return place;
  }

  function destroy(): void {
    closing = true;
    for (const place of places.values()) {
      if (place.restarting !== null) clearTimeout(place.restarting);
      place.child?.kill('SIGKILL');
    }
  }

  process.once('exit', destroy);
  for (const place of places.values()) start(place);

  return {
    names: [...places.keys()],
    lives,
    current: (name) => (placeOf(name).child === null ? null : placeOf(name).life),
    kill(name, restartAfterMs = restartMs) {
      const place = placeOf(name);
      if (place.child === null || place.life === null) return;
      place.life.killedAt ??= Date.now();
      place.restartAfterMs = restartAfterMs;
      journal.note('kill -9', name);
      place.child.kill('SIGKILL');
    },
    freeze(name) {
      const { child } = placeOf(name);
      if (child === null) return () => undefined;
      const end = journal.begin('frozen', name);
      child.once('exit', end);
      child.kill('SIGSTOP');
      return () => {
        child.kill('SIGCONT');
        end();
      };
    },
    restart(name) {
      const { child, life } = placeOf(name);
      if (child === null || life === null) return;
      life.askedToStopAt ??= Date.now();
      journal.note('SIGTERM', name);
      child.kill('SIGTERM');
      const limit = setTimeout(() => {
        life.killedAt ??= Date.now();
        journal.note('kill -9, it did not stop', name);
        child.kill('SIGKILL');
      }, stopLimitMs);
      child.once('exit', () => clearTimeout(limit));
    },
    async stop() {
      closing = true;
      const slow: string[] = [];
      await Promise.all([...places.values()].map(async (place) => await stopPlace(place, slow)));
      process.off('exit', destroy);
      return slow;
    },
    destroy,
  };
}

async function stopPlace(place: Place, slow: string[]): Promise<void> {
  if (place.restarting !== null) clearTimeout(place.restarting);
  const { child } = place;
  if (child === null) return;
  if (place.life !== null) place.life.askedToStopAt ??= Date.now();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const limit = setTimeout(() => {
    slow.push(`${place.name} did not stop within ${stopLimitMs / 1000} s`);
    child.kill('SIGKILL');
  }, stopLimitMs);
  await ended;
  clearTimeout(limit);
}

/** Readiness and ownership are read from what the process says itself. */
function listenTo(life: Life, line: string): void {
  life.said.push(line);
  if (life.said.length > linesKept) life.said.shift();
  if (line.startsWith('ready')) life.readyAt ??= Date.now();
  if (!line.includes('"owns the account"')) return;
  const epoch = /"epoch":(\d+)/.exec(line)?.[1];
  if (epoch !== undefined) life.epochs.push(Number(epoch));
}
