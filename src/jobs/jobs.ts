import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Queryable } from '../db/pool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** What each queue's jobs carry. A payload that does not fit fails its job and says so. */
const payloads = {
  import: z.strictObject({ importId: z.number().int().positive() }),
};

export type QueueName = keyof typeof payloads;
export type Payload<Name extends QueueName> = z.infer<(typeof payloads)[Name]>;

/** The queue of background work: what happens beside dialling. Contacts are no jobs; their table is their queue. */
export interface Jobs {
  /** Queues a job within the caller's transaction: it exists exactly when the transaction commits. */
  send<Name extends QueueName>(transaction: Queryable, name: Name, payload: Payload<Name>): Promise<void>;
  /** Takes jobs of a queue, one at a time, until `stop`. A handler that throws has its job tried again. */
  work<Name extends QueueName>(
    name: Name,
    handler: (payload: Payload<Name>, signal: AbortSignal) => Promise<void>,
  ): Promise<void>;
  stop(): Promise<void>;
}

const options: Record<
  QueueName,
  { retryLimit: number; retryDelay: number; expireInSeconds: number; heartbeatSeconds: number }
> = {
  // a dead worker is noticed by its missing heartbeat; loading starts anew, since it commits as one
  import: { retryLimit: 20, retryDelay: 1, expireInSeconds: 6 * 3600, heartbeatSeconds: 20 },
};

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
    async send(transaction, name, payload) {
      await boss.send(name, payload, {
        db: {
          executeSql: async (text: string, values?: unknown[]) => {
            const { rows } = await transaction.query(text, values ?? []);
            return { rows };
          },
        },
      });
    },
    async work(name, handler) {
      await boss.work<unknown>(name, { batchSize: 1, pollingIntervalSeconds: 0.5 }, async (jobs) => {
        for (const job of jobs) {
          const payload = payloads[name].parse(job.data) as Payload<typeof name>;
          await handler(payload, job.signal);
        }
      });
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 20_000, close: true });
    },
  };
}
