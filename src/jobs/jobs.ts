import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Queryable } from '../db/pool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** What each queue's jobs carry. */
interface Payloads {
  import: { importId: number };
  export: { exportId: number };
  export_expiry: { exportId: number };
}

export type QueueName = keyof Payloads;
export type Payload<Name extends QueueName> = Payloads[Name];

const id = z.number().int().positive();

/** A payload that does not fit fails its job and says so. */
const payloads: { [Name in QueueName]: z.ZodType<Payloads[Name]> } = {
  import: z.strictObject({ importId: id }),
  export: z.strictObject({ exportId: id }),
  export_expiry: z.strictObject({ exportId: id }),
};

export interface JobAttempt {
  /** Whether the job is given up when this try fails. */
  last: boolean;
}

/** The queue of background work: what happens beside dialling. Contacts are no jobs; their table is their queue. */
export interface Jobs {
  /** Queues a job within the caller's transaction: it exists exactly when the transaction commits. */
  send<Name extends QueueName>(
    transaction: Queryable,
    name: Name,
    payload: Payload<Name>,
    /** not before then; at once without it */
    startAfter?: Date,
  ): Promise<void>;
  /** Queues a job unless one with this payload waits, runs, or is to be tried again. */
  sendUnlessThere<Name extends QueueName>(
    queryable: Queryable,
    name: Name,
    payload: Payload<Name>,
  ): Promise<void>;
  /** Takes jobs of a queue, one at a time, until `stop`. A handler that throws has its job tried again. */
  work<Name extends QueueName>(
    name: Name,
    handler: (payload: Payload<Name>, signal: AbortSignal, attempt: JobAttempt) => Promise<void>,
  ): Promise<void>;
  stop(): Promise<void>;
}

const options: Record<
  QueueName,
  { retryLimit: number; retryDelay: number; expireInSeconds: number; heartbeatSeconds: number }
> = {
  // a dead worker is noticed by its missing heartbeat; loading starts anew, since it commits as one
  import: { retryLimit: 20, retryDelay: 1, expireInSeconds: 6 * 3600, heartbeatSeconds: 20 },
  // the same: an export that was cut short leaves parts that nobody reads
  export: { retryLimit: 20, retryDelay: 1, expireInSeconds: 6 * 3600, heartbeatSeconds: 20 },
  export_expiry: { retryLimit: 20, retryDelay: 60, expireInSeconds: 600, heartbeatSeconds: 20 },
};

/** How often a queue is looked at, in seconds: somebody waits for an import, and nobody for the end of an export. */
const lookEvery: Record<QueueName, number> = { import: 0.5, export: 1, export_expiry: 60 };

const unfinished: ReadonlySet<string> = new Set(['created', 'retry', 'active']);

/** Starts pg-boss on the database and sees to its tables. */
export async function startJobs(databaseUrl: string, log: Log): Promise<Jobs> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: 'campaign-dialer jobs',
    max: 3,
    monitorIntervalSeconds: 10,
    schedule: false,
  });
  boss.on('error', (error) => {
    log.warn({ reason: messageOf(error) }, 'the job queue had an error');
  });
  await boss.start();
  // one after another: queues created side by side can deadlock
  for (const [name, queue] of Object.entries(options)) await boss.createQueue(name, queue);

  return {
    async send(transaction, name, payload, startAfter) {
      await boss.send(name, payload, {
        ...(startAfter !== undefined && { startAfter }),
        db: executing(transaction),
      });
    },
    async sendUnlessThere(queryable, name, payload) {
      const db = executing(queryable);
      const jobs = await boss.findJobs(name, { data: payload, db });
      if (!jobs.some(({ state }) => unfinished.has(state))) await boss.send(name, payload, { db });
    },
    async work(name, handler) {
      await boss.work(
        name,
        { batchSize: 1, pollingIntervalSeconds: lookEvery[name], includeMetadata: true },
        async (jobs) => {
          for (const job of jobs) {
            const last = job.retryCount >= job.retryLimit;
            await handler(payloads[name].parse(job.data), job.signal, { last });
          }
        },
      );
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 20_000, close: true });
    },
  };
}

/** Has pg-boss run its statements in the caller's transaction. */
function executing(queryable: Queryable): {
  executeSql: (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;
} {
  return {
    executeSql: async (text, values) => {
      const { rows } = await queryable.query(text, values ?? []);
      return { rows };
    },
  };
}
