import type { OwnerContext } from '../dialing/owner-context.ts';
import { messageOf } from '../errors.ts';
import { createActiveLooks } from './active-looks.ts';
import { lookForLateFacts } from './late-looks.ts';
import { lookOrPutOff } from './look-at-call.ts';
import { createListLooks } from './look-at-list.ts';
import { callbackRecord, setCallbacksPoor } from './callback-record-store.ts';
import { bringLooksForward, dueLooks, recentLengths } from './look-store.ts';
import type { DueLook } from './look-store.ts';
import { searchUnknown } from './search-unknown.ts';

const sweepMs = 250;
const learnEveryMs = 5000;
const listEveryMs = 1000;
const lateEveryMs = 2000;
const searchEveryMs = 2000;
const mostAtOnce = 100;

/** Looks at calls whose end no callback has told, until the term ends. */
export async function collect(context: OwnerContext): Promise<void> {
  const { database, term, log } = context;
  const lists = createListLooks(context);
  const active = createActiveLooks(context);
  const tasks = createTasks(context);
  const due = async (): Promise<DueLook[]> => {
    try {
      const most = mostAtOnce + tasks.underWay();
      return (await dueLooks(database, term.accountId, most, lists.failing())).slice(0, mostAtOnce);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'calls to look at could not be found and are tried again');
      return [];
    }
  };
  try {
    while (!term.signal.aborted) {
      for (const attempt of await due()) {
        tasks.start(attempt.id, () => lookOrPutOff(context, attempt, active));
      }
      tasks.every(learnEveryMs, 'lengths', () => learn(context));
      tasks.every(listEveryMs, 'list', () => lists.round());
      tasks.every(lateEveryMs, 'late facts', () => lookForLateFacts(context));
      tasks.every(searchEveryMs, 'search', () => searchUnknown(context));
      await context.lookWake.sleep(sweepMs, term.signal);
    }
  } finally {
    await tasks.done();
  }
}

/** How long calls last, and what callbacks are worth: where that turns out to be little, the calls that wait for one are looked at. */
async function learn({ database, term, schedule, log }: OwnerContext): Promise<void> {
  const before = schedule.callbacks();
  const record = await callbackRecord(database, term.accountId);
  schedule.learn(await recentLengths(database, term.accountId), record);
  const poor = schedule.callbacks() === 'poor';
  await setCallbacksPoor(database, term.accountId, poor);
  if (poor === (before === 'poor')) return;
  if (!poor) {
    log.info(record, 'callbacks come in time again');
    return;
  }
  await bringLooksForward(database, term.accountId, schedule.firstLookAfter());
  log.warn(record, 'many callbacks are late or lost; looks tell of ends until they come in time again');
}

/** What goes on beside the loop: of each key one at a time. */
interface Tasks {
  underWay(): number;
  start(key: string, task: () => Promise<void>): void;
  /** Starts it unless it ran within that time. */
  every(ms: number, key: string, task: () => Promise<void>): void;
  done(): Promise<void>;
}

function createTasks({ clock, log }: OwnerContext): Tasks {
  const running = new Map<string, Promise<void>>();
  const startedAt = new Map<string, number>();
  const tasks: Tasks = {
    underWay: () => running.size,
    start(key, task) {
      if (running.has(key)) return;
      const promise = task()
        .catch((error: unknown) => {
          log.warn({ look: key, error }, 'a look at calls failed');
        })
        .finally(() => running.delete(key));
      running.set(key, promise);
    },
    every(ms, key, task) {
      const now = clock.monotonic();
      if (running.has(key) || now - (startedAt.get(key) ?? -Infinity) < ms) return;
      startedAt.set(key, now);
      tasks.start(key, task);
    },
    async done() {
      await Promise.all(running.values());
    },
  };
  return tasks;
}
