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

/**
 * Reads the account's users and takes over what they say of our agents' devices.
 * @returns the readings, or null when the list could not be read (probing by calls is the fallback)
 */
export async function readDevices(context: OwnerContext): Promise<DeviceReading[] | null> {
  const { database, term } = context;
  const agents = await agentsToLookUp(database, term.accountId);
  if (agents.size === 0) return [];
  const readings = new Map<number, DeviceReading>();
  const twice: ExotelUser[] = [];
  const askedAt = await askedNow(database);
  for (let page = 0; page < mostPages && !term.signal.aborted; page += 1) {
    const answer = await usersPage(context, page * usersPerPage);
    if (answer === null) return null;
    for (const user of answer.users) {
      const those = agentsOf(user, agents);
      if (those.length > 1) twice.push(user);
      const state = agentDeviceState(user);
      if (state === null) continue;
      for (const agentId of those) readings.set(agentId, { agentId, state });
    }
    const seen = (page + 1) * usersPerPage;
    const last = answer.users.length < usersPerPage || (answer.total !== null && seen >= answer.total);
    if (last || readings.size === new Set(agents.values()).size) break;
  }
  await applyDeviceReadings(database, [...readings.values()], askedAt);
  if (twice.length > 0) await unite(context, twice);
  return [...readings.values()];
}

/** Named by user id in one list and by phone in another: one person, who must not be called twice at a time. */
async function unite({ database, term, log }: OwnerContext, users: ExotelUser[]): Promise<void> {
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
