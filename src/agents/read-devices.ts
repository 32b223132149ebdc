import type { Database } from '../db/pool.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import { agentDeviceState, usersPerPage } from '../exotel/users.ts';
import type { ExotelUser } from '../exotel/users.ts';
import { applyDeviceReadings } from './health-store.ts';
import type { DeviceReading } from './health-store.ts';
import { uniteAgents } from './unite-agents.ts';

/** Pages read at most: an account with more users than this is searched no further. */
const mostPages = 40;
/** Users asked for one by one in a reading, where the list shows no devices: the others have their turn at the next. */
const mostAlone = 50;
/** How soon such a user is asked for again, in seconds, while a device of theirs keeps an agent from being called. */
const aloneAgainSeconds = 300;

/**
 * Reads the account's users and takes over what they say of our agents' devices.
 * @returns the readings, or null when the list could not be read (probing by calls is the fallback)
 */
export async function readDevices(context: OwnerContext): Promise<DeviceReading[] | null> {
  const { database, term } = context;
  const agents = await agentsToLookUp(database, term.accountId);
  if (agents.size === 0) return [];
  const readings = new Map<number, DeviceReading>();
  const users = new Map<string, ExotelUser>();
  const take = (user: ExotelUser): void => {
    users.set(user.userId, user);
    const state = agentDeviceState(user);
    if (state === null) return;
    for (const agentId of agentsOf(user, agents)) readings.set(agentId, { agentId, state });
  };
  const askedAt = await askedNow(database);
  for (let page = 0; page < mostPages && !term.signal.aborted; page += 1) {
    const answer = await usersPage(context, page * usersPerPage);
    if (answer === null) return null;
    answer.users.forEach(take);
    const seen = (page + 1) * usersPerPage;
    const last = answer.users.length < usersPerPage || (answer.total !== null && seen >= answer.total);
    if (last || readings.size === new Set(agents.values()).size) break;
  }
  await applyDeviceReadings(database, [...readings.values()], askedAt);
  const hidden = [...users.values()].some(({ devices }) => devices === null);
  if (hidden) (await readAlone(context, askedAt, [...agents.values()])).forEach(take);
  await unite(context, [...users.values()]);
  return [...readings.values()];
}

/**
 * Some accounts' lists show no devices, which each user alone does. Asked for are those who never were, and those whom
 * a device keeps from being called.
 */
async function readAlone(
  context: OwnerContext,
  askedAt: Date,
  ids: readonly number[],
): Promise<ExotelUser[]> {
  const { client, database, term } = context;
  const read: ExotelUser[] = [];
  for (const { id, user_id: userId } of await agentsToAskAlone(database, ids)) {
    const answer = await readFromExotel(context, 'overdue', { kind: 'devices' }, () =>
      client.getUser(userId),
    );
    if (answer === null || term.signal.aborted) break;
    if (answer.kind !== 'user' && answer.kind !== 'not_found') continue;
    await database.query('update agents set devices_asked_at = dialer_now() where id = $1', [id]);
    if (answer.kind !== 'user') continue;
    read.push(answer.user);
    const state = agentDeviceState(answer.user);
    if (state !== null) await applyDeviceReadings(database, [{ agentId: id, state }], askedAt);
  }
  return read;
}

async function agentsToAskAlone(
  database: Database,
  ids: readonly number[],
): Promise<{ id: number; user_id: string }[]> {
  const found = await database.query<{ id: number; user_id: string }>(
    `select id, user_id from agents
     where id = any($1::bigint[]) and user_id is not null
       and (devices_asked_at is null
         or (devices_asked_at < dialer_now() - $2 * interval '1 s'
           and (cooling_until > dialer_now() or disabled_code in ('10705', '10702', '10806', 'device'))))
     order by devices_asked_at nulls first, id limit $3`,
    [ids, aloneAgainSeconds, mostAlone],
  );
  return found.rows;
}

/** Named by user id in one list and by phone in another: one person, who must not be called twice at a time. */
async function unite({ database, term, log }: OwnerContext, users: readonly ExotelUser[]): Promise<void> {
  const { united } = await uniteAgents(database, term.accountId, users, 'dialer');
  for (const { userId, kept, gone } of united) {
    log.info({ user: userId, kept, gone }, 'two agents turned out to be one person');
  }
}

async function usersPage(
  context: OwnerContext,
  offset: number,
): Promise<{ users: ExotelUser[]; total: number | null } | null> {
  const { client, log } = context;
  const answer = await readFromExotel(context, 'overdue', { kind: 'users' }, () =>
    client.listUsers({ offset }),
  );
  if (answer === null || answer.kind === 'page') return answer;
  log.info({ answer: answer.kind }, 'the users list could not be read');
  return null;
}

/** Agents of v2 by what the list may name them: their user id and their contact URI. It does not know v1's. */
async function agentsToLookUp(database: Database, accountId: number): Promise<Map<string, number>> {
  const found = await database.query<{ id: number; user_id: string | null; contact_uri: string | null }>(
    `select g.id, g.user_id, g.contact_uri from agents g
     where g.account_id = $1 and exists (
       select 1 from campaign_agents ca join campaigns k on k.id = ca.campaign_id
       where ca.agent_id = g.id and k.mode = 'agents' and k.status in ('scheduled', 'running', 'paused'))`,
    [accountId],
  );
  const agents = new Map<string, number>();
  for (const { id, user_id: userId, contact_uri: contactUri } of found.rows) {
    if (userId !== null) agents.set(`user ${userId}`, id);
    else if (contactUri !== null) agents.set(`uri ${comparable(contactUri)}`, id);
  }
  return agents;
}

function agentsOf(user: ExotelUser, agents: ReadonlyMap<string, number>): number[] {
  const names = [
    `user ${user.userId}`,
    ...(user.devices ?? []).flatMap((device) =>
      device.contactUri === null ? [] : [`uri ${comparable(device.contactUri)}`],
    ),
  ];
  return names.map((name) => agents.get(name)).filter((id) => id !== undefined);
}

/** Exotel echoes a number in E.164 or in its national form: the last ten digits are common to both. */
function comparable(contactUri: string): string {
  return contactUri.startsWith('sip:') ? contactUri.toLowerCase() : contactUri.replace(/\D/g, '').slice(-10);
}

async function askedNow(database: Database): Promise<Date> {
  const found = await database.query<{ now: Date }>('select dialer_now() as now');
  return found.rows[0]?.now ?? new Date();
}
