import { randomUUID } from 'node:crypto';
import type { CampaignDefinition } from '../../src/campaigns/campaign-definition.ts';
import type { Database } from '../../src/db/pool.ts';
import type { CallDetails } from '../../src/exotel/call-details.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import type { Claim, ClaimOptions } from '../../src/dialing/claim.ts';
import type { FreeAgent } from '../../src/dialing/claim-store.ts';
import { takeLease } from '../../src/dialing/lease-store.ts';

/** A campaign in the database as if it had been created, started and taken by an owner. */
export interface Seeded {
  accountId: number;
  campaignId: number;
  contactIds: number[];
  agentIds: number[];
  claiming: ClaimOptions;
}

export interface SeedOptions {
  name?: string;
  numbers?: string[];
  agents?: number;
  definition?: Partial<CampaignDefinition>;
  status?: 'scheduled' | 'running';
  accountId?: number;
}

export function definitionOf(name: string, changes: Partial<CampaignDefinition> = {}): CampaignDefinition {
  return {
    name,
    mode: 'agents',
    account: null,
    contacts: 'contacts.csv',
    agents: 'agents.csv',
    flow: null,
    callerIds: ['+918045680000'],
    call: { recording: false, recordingChannels: 'single', ringSeconds: 30, maxSeconds: 600 },
    schedule: { timezone: 'Asia/Kolkata', start: null, end: null, hours: null, holidays: [] },
    retry: { maxAttempts: 3, delayMs: { no_answer: 7_200_000, busy: 900_000, unreachable: 86_400_000 } },
    onUnknown: 'hold',
    wrapUpMs: 0,
    columns: { phone: null, name: null, timezone: null, priority: null },
    defaultRegion: 'IN',
    ...changes,
  };
}

export async function seed(database: Database, options: SeedOptions = {}): Promise<Seeded> {
  const { name = 'test', numbers = ['+919800000001'], agents = 1, status = 'running' } = options;
  const accountId = options.accountId ?? (await newAccount(database));
  const definition = definitionOf(name, options.definition);
  const campaignId = await idOf(
    database,
    `insert into campaigns (account_id, name, mode, status, definition, starts_at, ends_at, started_at)
     values ($1, $2, $7, $3, $4, coalesce($5::timestamptz, dialer_now()), $6, case when $3 = 'running' then dialer_now() end)
     returning id`,
    [
      accountId,
      name,
      status,
      JSON.stringify(definition),
      definition.schedule.start,
      definition.schedule.end,
      definition.mode,
    ],
  );
  const importId = await idOf(
    database,
    `insert into imports (campaign_id, state, file_name, sha256, size_bytes, header, accepted, actor, finished_at)
     values ($1, 'done', 'contacts.csv', '', 0, '{phone}', $2, 'test', dialer_now()) returning id`,
    [campaignId, numbers.length],
  );
  const contacts = await database.query<{ id: number }>(
    `insert into contacts (campaign_id, import_id, row_number, number, numbers, dedupe_key, cells)
     select $1, $2, row + 1, number, array[number], number, array[number]
     from unnest($3::text[]) with ordinality as list(number, row) returning id`,
    [campaignId, importId, numbers],
  );
  const agentIds: number[] = [];
  for (let index = 1; index <= agents; index += 1) {
    const id = await idOf(
      database,
      `insert into agents (account_id, user_id, idle_since) values ($1, $2, dialer_now() - interval '1 hour' + $3 * interval '1 s')
       on conflict (account_id, user_id) do update set user_id = excluded.user_id returning id`,
      [accountId, `agent-${String(index).padStart(3, '0')}`, index],
    );
    await database.query('insert into campaign_agents (campaign_id, agent_id) values ($1, $2)', [
      campaignId,
      id,
    ]);
    agentIds.push(id);
  }
  const claiming = await claimingFor(database, accountId);
  return { accountId, campaignId, contactIds: contacts.rows.map((row) => row.id), agentIds, claiming };
}

async function newAccount(database: Database): Promise<number> {
  const id = await idOf(
    database,
    `insert into accounts (name, sid) values ('main', 'sandbox') returning id`,
    [],
  );
  await database.query('insert into leases (account_id) values ($1)', [id]);
  return id;
}

async function claimingFor(database: Database, accountId: number): Promise<ClaimOptions> {
  const owner = 'test-owner';
  const held = await database.query<{ epoch: number }>(
    'select epoch from leases where account_id = $1 and owner = $2',
    [accountId, owner],
  );
  const epoch =
    held.rows[0]?.epoch ?? (await takeLease(database, accountId, owner, 3_600_000, 60_000))?.epoch;
  return { database, accountId, owner, epoch: epoch ?? 0, windowMs: 60_000 };
}

async function idOf(database: Database, sql: string, parameters: unknown[]): Promise<number> {
  const inserted = await database.query<{ id: number }>(sql, parameters);
  return inserted.rows[0]?.id ?? 0;
}

/** Claims, or fails the test. */
export async function claimedAny(options: ClaimOptions): Promise<Claim> {
  const result = await claimNext(options);
  if (result.kind !== 'claimed') throw new Error(`expected a claim, got ${result.kind}`);
  return result.claim;
}

/** Claims for an agent, or fails the test. */
export async function claimed(options: ClaimOptions): Promise<Claim & { agent: FreeAgent }> {
  const { agent, ...claim } = await claimedAny(options);
  if (agent === null) throw new Error('expected a claim with an agent');
  return { ...claim, agent };
}

/** Details of a call as the client gives them. */
export function callDetails(status: string, changes: Partial<CallDetails> = {}): CallDetails {
  const leg = { status: null, contactUri: null, userId: null, onCallSeconds: null };
  return {
    api: 'ccm',
    callSid: randomUUID().replaceAll('-', ''),
    state: 'terminal',
    givenState: 'terminal',
    status,
    givenStatus: status,
    agentLeg: leg,
    customerLeg: leg,
    firstLegTries: null,
    legsTold: true,
    from: null,
    to: null,
    startedAt: null,
    endedAt: null,
    talkSeconds: null,
    durationSeconds: null,
    recordingUrl: null,
    customField: null,
    raw: {},
    ...changes,
  };
}

export async function one<Row extends Record<string, unknown>>(
  database: Database,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row> {
  const found = await database.query<Row>(sql, parameters);
  const row = found.rows[0];
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row;
}
