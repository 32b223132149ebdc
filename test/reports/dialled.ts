import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Database } from '../../src/db/pool.ts';
import { one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

/** A running campaign without any list. */
export async function campaignWithoutList(database: Database, agents = 1): Promise<Seeded> {
  const seeded = await seed(database, { numbers: [], agents });
  await database.query('delete from imports where campaign_id = $1', [seeded.campaignId]);
  return seeded;
}

export interface ListedContact {
  number: string;
  cells: string[];
  state?: string;
}

/** A list that was loaded, as the import leaves it. */
export async function loadedList(
  database: Database,
  campaignId: number,
  header: string[],
  contacts: ListedContact[],
): Promise<{ importId: number; contactIds: number[] }> {
  const { id: importId } = await one<{ id: number }>(
    database,
    `insert into imports (campaign_id, state, file_name, sha256, size_bytes, header, accepted, actor, finished_at)
     values ($1, 'done', 'list.csv', '', 0, $2, $3, 'test', dialer_now()) returning id`,
    [campaignId, header, contacts.length],
  );
  const contactIds: number[] = [];
  for (const [index, { number, cells, state = 'pending' }] of contacts.entries()) {
    const { id } = await one<{ id: number }>(
      database,
      `insert into contacts (campaign_id, import_id, row_number, number, numbers, cells, state)
       values ($1, $2, $3, $4, array[$4], $5, $6) returning id`,
      [campaignId, importId, index + 2, number, cells, state],
    );
    contactIds.push(id);
  }
  return { importId, contactIds };
}

export interface Tried {
  contactId: number;
  agentId?: number;
  attemptNumber?: number;
  number?: string;
  state?: 'placing' | 'placed' | 'unknown' | 'settled';
  outcome?: string;
  counts?: boolean;
  callSid?: string;
  claimedAt?: string;
  placedAt?: string;
  endedAt?: string;
  providerStatus?: string;
  errorCode?: string;
  errorText?: string;
  talkSeconds?: number;
  recordingUrl?: string;
}

/** An attempt as the dialer leaves it: settled where it has an outcome. */
export async function tried(
  database: Database,
  { accountId, campaignId }: Pick<Seeded, 'accountId' | 'campaignId'>,
  attempt: Tried,
): Promise<string> {
  const id = randomUUID();
  const settled = attempt.outcome !== undefined;
  const claimedAt = attempt.claimedAt ?? '2026-12-01T04:30:00.123456Z';
  await database.query(
    `insert into attempts (id, account_id, campaign_id, contact_id, agent_id, attempt_number, number, caller_id, epoch,
       state, agent_held, outcome, counts, call_sid, claimed_at, placed_at, ended_at, settled_at, settled_by,
       agent_free_at, deadline_at, provider_status, error_code, error_text, talk_seconds, recording_url)
     values ($1, $2, $3, $4, $5, $6, $7, '+918045680000', 1, $8, false, $9, $10, $11, $12, $13, $14,
       case when $15 then coalesce($14, $12::timestamptz) end, case when $15 then 'callback' end,
       $12, $12, $16, $17, $18, $19, $20)`,
    [
      id,
      accountId,
      campaignId,
      attempt.contactId,
      attempt.agentId ?? null,
      attempt.attemptNumber ?? 1,
      attempt.number ?? '+919800000001',
      attempt.state ?? (settled ? 'settled' : 'placing'),
      attempt.outcome ?? null,
      attempt.counts ?? false,
      attempt.callSid ?? null,
      claimedAt,
      attempt.placedAt ?? null,
      attempt.endedAt ?? null,
      settled,
      attempt.providerStatus ?? null,
      attempt.errorCode ?? null,
      attempt.errorText ?? null,
      attempt.talkSeconds ?? null,
      attempt.recordingUrl ?? null,
    ],
  );
  return id;
}

/** What is written to it, kept. */
export function textSink(): { output: Writable; text: () => string; bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { output, text: () => Buffer.concat(chunks).toString('utf8'), bytes: () => Buffer.concat(chunks) };
}
