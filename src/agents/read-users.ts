import type { OwnerContext } from '../dialing/owner-context.ts';
import { requestForErrand } from '../errands/request-for-errand.ts';
import { usersPerPage } from '../exotel/users.ts';
import type { ExotelUser } from '../exotel/users.ts';

/**
 * All users of the account, a page of fifty after the other, each user once: one who is made or taken out while the
 * pages are read shifts the others.
 * @returns null when the term ended first
 * @throws UserError when a page cannot be read: half a list would call the other half missing
 */
export async function readAllUsers(context: OwnerContext): Promise<ExotelUser[] | null> {
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
