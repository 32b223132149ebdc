import type { Queryable } from '../db/pool.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { requestForErrand } from '../errands/request-for-errand.ts';
import { usersPerPage } from '../exotel/users.ts';
import type { ExotelUser } from '../exotel/users.ts';

/** Users asked for one by one, where the list shows no devices. */
const mostAlone = 200;

/**
 * All users of the account with their devices: those that the list does not show are asked for user by user, agents of
 * ours first, two hundred at the most.
 * @returns null when the term ended first
 * @throws UserError when a page or a user cannot be read
 */
export async function readUsersWithDevices(context: OwnerContext): Promise<ExotelUser[] | null> {
  const users = await readAllUsers(context);
  if (users === null || users.every(({ devices }) => devices !== null)) return users;
  const { client, database, term } = context;
  const ours = await knownUserIds(database, term.accountId);
  const hidden = users.filter(({ devices }) => devices === null);
  const inOrder = hidden.toSorted((a, b) => Number(ours.has(b.userId)) - Number(ours.has(a.userId)));
  const alone = new Map<string, ExotelUser>();
  for (const { userId } of inOrder.slice(0, mostAlone)) {
    const answer = await requestForErrand(context, 'devices', () => client.getUser(userId));
    if (answer === null) return null;
    if (answer.kind === 'user') alone.set(userId, answer.user);
  }
  return users.map((user) => alone.get(user.userId) ?? user);
}

async function knownUserIds(queryable: Queryable, accountId: number): Promise<Set<string>> {
  const found = await queryable.query<{ user_id: string }>(
    'select user_id from agents where account_id = $1 and user_id is not null',
    [accountId],
  );
  return new Set(found.rows.map((row) => row.user_id));
}

/**
 * All users of the account, a page of fifty after the other, each user once: one who is made or taken out while the
 * pages are read shifts the others.
 * @returns null when the term ended first
 * @throws UserError when a page cannot be read: half a list would call the other half missing
 */
async function readAllUsers(context: OwnerContext): Promise<ExotelUser[] | null> {
  const { client } = context;
  const users = new Map<string, ExotelUser>();
  for (let offset = 0; ; offset += usersPerPage) {
    const before = users.size;
    const answer = await requestForErrand(context, 'users', () => client.listUsers({ offset }));
    if (answer === null) return null;
    for (const user of answer.users) users.set(user.userId, user);
    const last =
      answer.total === null ? answer.users.length < usersPerPage : offset + usersPerPage >= answer.total;
    // a page that brings nobody new would be followed by others like it for ever
    if (last || users.size === before) return [...users.values()];
  }
}
