import { expect, onTestFinished } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { claimedAny, one, seed } from '../../../test/support/seed.ts';
import { waitFor } from '../../../test/support/wait.ts';
import type { CampaignMode } from '../../campaigns/campaign-mode.ts';
import { startServer } from '../../http/server.ts';
import { createLog } from '../../log.ts';
import { callbackAddress } from '../../results/callback-address.ts';
import { createCallbackInbox } from '../../results/callback-inbox.ts';

/** A callback as Exotel may send it. */
interface SentCallback {
  method?: 'GET' | 'POST';
  query?: Record<string, string>;
  /** An object goes as JSON. */
  body?: string | object | FormData | URLSearchParams;
  headers?: Record<string, string>;
}

const secret = 'a secret for these tests';
const log = createLog('silent');

/** What the dialer makes of callbacks, sent one after the other to the address of an attempt; all are answered 200. */
export function told(mode: CampaignMode, callbacks: SentCallback[], expected: object) {
  return async () => {
    const { database } = await testDatabase();
    const inbox = createCallbackInbox({ database, log });
    const server = await startServer({ database, inbox, secret, host: '127.0.0.1', port: 0, log });
    onTestFinished(async () => {
      await server.close();
      await inbox.close();
    });
    const flow = mode === 'flow' ? { appId: '208287' } : null;
    const seeded = await seed(database, { agents: mode === 'flow' ? 0 : 1, definition: { mode, flow } });
    const { attemptId } = await claimedAny(seeded.claiming);
    const address = callbackAddress(server.url, secret, { accountId: 1, attemptId, issuedAt: new Date() });
    for (const { method = 'POST', query = {}, headers = {}, body } of callbacks) {
      const response = await fetch(`${address}?${new URLSearchParams(query).toString()}`, {
        method,
        headers,
        ...(body !== undefined && { body: bodyOf(body) }),
      });
      await response.arrayBuffer();
      expect(response.status).toBe(200);
      const left = `select count(*) as left from callbacks where state = 'received'`;
      await waitFor(async () => (await one(database, left))['left'] === 0);
    }
    const found = await one(
      database,
      `select state, outcome, counts, call_sid, talk_seconds, recording_url,
         customer_answered_at is not null as customer_answered, (select count(*) from attempts) as attempts,
         (select array_agg(c.state order by c.id) from callbacks c) as callbacks
       from attempts where id = $1`,
      [attemptId],
    );
    expect(found).toMatchObject({ attempts: 1, ...expected });
  };
}

function bodyOf(body: NonNullable<SentCallback['body']>): string | FormData | URLSearchParams {
  if (typeof body === 'string' || body instanceof FormData || body instanceof URLSearchParams) return body;
  return JSON.stringify(body);
}

/** The fields of a form, with a list of legs flattened as Exotel does. */
export function flat(fields: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]): [string, string][] => {
      if (!Array.isArray(value)) return [[name, String(value)]];
      return value.flatMap((leg: object, index) =>
        Object.entries(leg).map(([part, said]): [string, string] => [
          `${name}[${index}][${part}]`,
          String(said),
        ]),
      );
    }),
  );
}

export function formData(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}
