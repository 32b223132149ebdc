import type { Queryable } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import type { ExotelUser } from '../exotel/users.ts';
import { planSync } from './plan-sync.ts';
import type { KnownAgent, SyncPlan } from './plan-sync.ts';
import { readUsersWithDevices } from './read-users.ts';
import { samePeople, uniteAgents } from './unite-agents.ts';
import type { Uniting } from './unite-agents.ts';

/** What a sync came to, as `--json` prints it. */
export interface AgentSync extends SyncPlan {
  account: string;
  dryRun: boolean;
  /** users that Exotel told of */
  users: number;
  /** rows that were one person and are one row now */
  united: Uniting['united'];
  /** people whose two rows could not be made one yet, since both are in use */
  waiting: number;
}

/**
 * Fills the account's agents from its users at Exotel: new ones are added, known ones brought up to date, rows that
 * are one person united. Nobody is taken out.
 * @returns null when the term ended first
 */
export async function syncAgents(
  context: OwnerContext,
  { dryRun }: { dryRun: boolean },
  actor: string,
): Promise<AgentSync | null> {
  const users = await readUsersWithDevices(context);
  if (users === null) return null;
  const { database, term } = context;
  const account = await nameOf(database, term.accountId);
  const uniting = dryRun
    ? await wouldUnite(database, term.accountId, users)
    : await uniteAgents(database, term.accountId, users, actor);
  const gone = new Set(dryRun ? uniting.united.map((person) => person.gone) : []);
  const known = (await knownAgents(database, term.accountId)).filter((agent) => !gone.has(agent.id));
  const plan = planSync(users, known);
  if (!dryRun) await carryOut(context, plan, actor);
  return { account, dryRun, users: users.length, ...plan, ...uniting };
}

async function wouldUnite(
  queryable: Queryable,
  accountId: number,
  users: readonly ExotelUser[],
): Promise<Uniting> {
  const people = await samePeople(queryable, accountId, users);
  const united = people.map(({ userId, byUser, byContact, addresses }) => ({
    userId,
    contactUri: addresses[0] ?? null,
    kept: byUser,
    gone: byContact,
  }));
  return { united, waiting: 0 };
}

/** Each row by itself: a list that is being stored may hold one of them for a while, and the others are claimed meanwhile. */
async function carryOut({ database, term }: OwnerContext, plan: SyncPlan, actor: string): Promise<void> {
  for (const { userId, contactUri, name } of plan.added) {
    await database.query(
      `insert into agents (account_id, user_id, contact_uri, name) values ($1, $2, $3, $4) on conflict do nothing`,
      [term.accountId, userId, contactUri, name],
    );
  }
  for (const { id, userId, contactUri, name } of plan.updated) {
    await database.query(
      `update agents g set name = coalesce($5, name),
         user_id = case when exists (select 1 from agents o where o.account_id = $2 and o.user_id = $3) then user_id
           else coalesce(user_id, $3) end,
         contact_uri = case when exists (select 1 from agents o where o.account_id = $2 and o.contact_uri = $4)
           then contact_uri else coalesce(contact_uri, $4) end
       where g.id = $1`,
      [id, term.accountId, userId, contactUri, name],
    );
  }
  if (plan.added.length + plan.updated.length === 0) return;
  await database.transaction(async (transaction) => {
    await recordTrail(transaction, {
      actor,
      what: 'agents_synced',
      accountId: term.accountId,
      next: { added: plan.added, updated: plan.updated },
    });
    await wakeOwner(transaction, term.accountId);
  });
}

async function knownAgents(queryable: Queryable, accountId: number): Promise<KnownAgent[]> {
  const found = await queryable.query<KnownAgent>(
    `select id, user_id as "userId", contact_uri as "contactUri", name from agents where account_id = $1 order by id`,
    [accountId],
  );
  return found.rows;
}

async function nameOf(queryable: Queryable, accountId: number): Promise<string> {
  const found = await queryable.query<{ name: string }>('select name from accounts where id = $1', [
    accountId,
  ]);
  return found.rows[0]?.name ?? '';
}
