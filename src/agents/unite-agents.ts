import { setTimeout as delay } from 'node:timers/promises';
import { lockAccount } from '../campaigns/pausing.ts';
import type { Database, Queryable, Transaction } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import type { ExotelUser } from '../exotel/users.ts';
import { contactAddress, sameAddress } from './contact-address.ts';
import { oneOfTwo } from './one-of-two.ts';
import type { AgentRow } from './one-of-two.ts';

/** Two rows of the list of agents that turned out to be one person. */
export interface UnitedAgent {
  userId: string;
  contactUri: string | null;
  /** the row that stays, and the one that went into it */
  kept: number;
  gone: number;
}

export interface Uniting {
  united: UnitedAgent[];
  /** people of whom both rows are on a call, or in use by somebody else just now: they are united another time */
  waiting: number;
}

/** A row by user id and a row by contact URI that Exotel says are one person. */
export interface SamePerson {
  userId: string;
  addresses: string[];
  byUser: number;
  byContact: number;
}

const mostTries = 5;
const pauseMs = 40;

/** Makes one agent of two wherever Exotel's users say that a row's user id and another row's contact are one person. */
export async function uniteAgents(
  database: Database,
  accountId: number,
  users: readonly ExotelUser[],
  actor: string,
): Promise<Uniting> {
  const uniting: Uniting = { united: [], waiting: 0 };
  for (const person of await samePeople(database, accountId, users)) {
    const united = await uniteSoon(database, accountId, person, actor);
    if (united === 'in_use') uniting.waiting += 1;
    else if (united !== 'changed') uniting.united.push(united);
  }
  return uniting;
}

/**
 * The pairs of rows that are one person. A row that has both names is nobody's second row: the contact may be old, the
 * user id is not.
 */
export async function samePeople(
  queryable: Queryable,
  accountId: number,
  users: readonly ExotelUser[],
): Promise<SamePerson[]> {
  const addresses = new Map(users.map((user) => [user.userId, addressesOf(user)]));
  const pairs = [...addresses].flatMap(([userId, those]) => those.map((address) => ({ userId, address })));
  const found = await queryable.query<{ user_id: string; by_user: number; by_contact: number }>(
    `select distinct u.user_id, u.id as by_user, p.id as by_contact
     from unnest($2::text[], $3::text[]) as told(user_id, address)
     join agents u on u.account_id = $1 and u.user_id = told.user_id
     join agents p on p.account_id = $1 and p.user_id is null and lower(p.contact_uri) = told.address
     order by u.id, p.id`,
    [accountId, pairs.map((pair) => pair.userId), pairs.map((pair) => sameAddress(pair.address))],
  );
  return found.rows.map((row) => ({
    userId: row.user_id,
    addresses: addresses.get(row.user_id) ?? [],
    byUser: row.by_user,
    byContact: row.by_contact,
  }));
}

function addressesOf({ devices }: ExotelUser): string[] {
  const given = (devices ?? []).map((device) => device.contactUri).filter((uri) => uri !== null);
  return given.map(contactAddress).filter((address) => address !== null);
}

/** A call that settles just now holds a row for some ms. */
async function uniteSoon(
  database: Database,
  accountId: number,
  person: SamePerson,
  actor: string,
): Promise<UnitedAgent | 'in_use' | 'changed'> {
  for (let tries = 1; ; tries += 1) {
    const united = await unite(database, accountId, person, actor);
    if (united !== 'in_use' || tries === mostTries) return united;
    await delay(pauseMs * tries);
  }
}

const lockNotAvailable = '55P03';

/**
 * One person of two rows, in one transaction: the account's row keeps claims away, so no attempt can begin with either
 * of the two, and everything else is locked without waiting. (Waiting here would stop the whole account's claims for as
 * long as a list is being stored, and could be a deadlock with a call that settles: that locks its attempt first, its
 * agent then.)
 */
async function unite(
  database: Database,
  accountId: number,
  person: SamePerson,
  actor: string,
): Promise<UnitedAgent | 'in_use' | 'changed'> {
  try {
    return await database.transaction(async (transaction) => {
      await lockAccount(transaction, { accountId });
      const onCall = await agentsOnCall(transaction, person);
      if (onCall.length > 1) return 'in_use';
      const pair = await lockPair(transaction, person);
      if (pair === null) return 'changed';
      const [byUser, byContact] = pair;
      const busy = onCall[0];
      const kept = busy ?? Math.min(byUser.id, byContact.id);
      const [stays, goes] = kept === byUser.id ? [byUser, byContact] : [byContact, byUser];
      const one = oneOfTwo(byUser, byContact, person.addresses.map(sameAddress));
      await moveBelongings(transaction, goes.id, stays.id);
      await transaction.query('delete from agents where id = $1', [goes.id]);
      await writeAgent(transaction, stays.id, one);
      await recordTrail(transaction, {
        actor,
        what: 'agents_united',
        accountId,
        agentId: stays.id,
        previous: { stays, goes },
        next: { ...one, id: stays.id },
      });
      await wakeOwner(transaction, accountId);
      return {
        userId: person.userId,
        contactUri: one.contact_uri,
        kept: stays.id,
        gone: goes.id,
      };
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === lockNotAvailable) return 'in_use';
    throw error;
  }
}

/** Locks the live attempts of both, and says which of the two are held by one. */
async function agentsOnCall(transaction: Transaction, person: SamePerson): Promise<number[]> {
  const live = await transaction.query<{ agent_id: number; agent_held: boolean }>(
    `select agent_id, agent_held from attempts
     where agent_id = any($1::bigint[]) and state <> 'settled' for update nowait`,
    [[person.byUser, person.byContact]],
  );
  return live.rows.filter((attempt) => attempt.agent_held).map((attempt) => attempt.agent_id);
}

/** Both rows, locked, or null when one of them is not any more what Exotel spoke of. */
async function lockPair(transaction: Transaction, person: SamePerson): Promise<[AgentRow, AgentRow] | null> {
  const found = await transaction.query<AgentRow>(
    'select * from agents where id = any($1::bigint[]) order by id for update nowait',
    [[person.byUser, person.byContact]],
  );
  const byUser = found.rows.find((row) => row.id === person.byUser);
  const byContact = found.rows.find((row) => row.id === person.byContact);
  const told = person.addresses.map(sameAddress);
  const stillSo =
    byUser?.user_id === person.userId &&
    byContact?.user_id === null &&
    told.includes(sameAddress(byContact.contact_uri ?? ''));
  return stillSo ? [byUser, byContact] : null;
}

async function moveBelongings(transaction: Transaction, from: number, to: number): Promise<void> {
  await transaction.query('update attempts set agent_id = $2 where agent_id = $1', [from, to]);
  await transaction.query(
    `insert into campaign_agents (campaign_id, agent_id)
     select campaign_id, $2 from campaign_agents where agent_id = $1 on conflict do nothing`,
    [from, to],
  );
  await transaction.query('delete from campaign_agents where agent_id = $1', [from]);
  await transaction.query('update incoming_calls set agent_id = $2 where agent_id = $1', [from, to]);
}

async function writeAgent(
  transaction: Transaction,
  id: number,
  { id: _former, account_id: _same, ...person }: AgentRow,
): Promise<void> {
  const columns = Object.keys(person);
  const places = columns.map((_, index) => `$${index + 2}`);
  await transaction.query(
    `update agents set (${columns.join(', ')}) = row(${places.join(', ')}) where id = $1`,
    [id, ...Object.values(person)],
  );
}
