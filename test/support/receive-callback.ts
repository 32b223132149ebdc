import type { Database } from '../../src/db/pool.ts';
import { createLog } from '../../src/log.ts';
import { createCallbackInbox } from '../../src/results/callback-inbox.ts';

/** What Voice v2 tells of a call that somebody answered. */
export const answered = { call_sid: 'call-1', call_state: 'active', call_status: null };

/** Takes in a callback of Voice v2 as the server does, and lets it take effect. */
export async function receive(
  db: Database,
  attemptId: string,
  event: 'answered' | 'terminal',
  details: Record<string, unknown>,
): Promise<void> {
  const inbox = createCallbackInbox({ database: db, log: createLog('silent') });
  await inbox.receive({
    address: { accountId: 1, attemptId, issuedAt: new Date() },
    contentType: 'application/json',
    query: {},
    body: Buffer.from(JSON.stringify({ event_details: { event_type: event }, call_details: details })),
  });
  await inbox.close();
}
