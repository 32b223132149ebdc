import { setTimeout as delay } from 'node:timers/promises';
import { acquireEmbeddedDatabase } from '../../src/db/embedded/acquire.ts';
import type { EmbeddedDatabase } from '../../src/db/embedded/acquire.ts';
import { createDatabase } from '../../src/db/pool.ts';
import { messageOf } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import type { Request } from './user-process-messages.ts';

/*
 * A process that uses an embedded database on request of the test that forked it. It never ends by itself while the
 * test lives, and never leaves the database by itself: killing it is what a crash of the dialer is.
 */
const log = createLog('silent');
let embedded: EmbeddedDatabase | null = null;

async function acquire({
  dataDirectory,
  systemFolder,
}: Extract<Request, { act: 'acquire' }>): Promise<string> {
  embedded = await acquireEmbeddedDatabase({
    dataDirectory,
    log,
    ...(systemFolder === undefined ? {} : { systemFolder }),
  });
  return embedded.url;
}

async function release(): Promise<string> {
  await embedded?.release();
  embedded = null;
  return '';
}

/** One whole use, as a command of the dialer makes it: acquire, write a row, work for a while, release. */
async function useOnce({ dataDirectory, row, work }: Extract<Request, { act: 'use' }>): Promise<string> {
  await acquire({ act: 'acquire', dataDirectory });
  const database = createDatabase(embedded?.url ?? '', { log });
  await database.query('INSERT INTO kept VALUES ($1)', [row]);
  await delay(work);
  await database.query('SELECT count(*) FROM kept');
  await database.close();
  return await release();
}

async function answer(request: Request): Promise<string> {
  if (request.act === 'acquire') return await acquire(request);
  if (request.act === 'use') return await useOnce(request);
  return await release();
}

process.on('message', (request: Request) => {
  answer(request).then(
    (value) => process.send?.({ ok: true, value }),
    (error: unknown) => process.send?.({ ok: false, value: messageOf(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
