import type { ExotelUser } from '../exotel/users.ts';
import { contactAddress, sameAddress } from './contact-address.ts';

export interface KnownAgent {
  id: number;
  userId: string | null;
  contactUri: string | null;
  name: string | null;
}

/** What Exotel's users change in the list of agents. */
export interface SyncPlan {
  added: { userId: string; contactUri: string | null; name: string | null }[];
  /** with what they are from now on; null: as before */
  updated: { id: number; userId: string | null; contactUri: string | null; name: string | null }[];
  /** agents who are listed as Exotel has them */
  unchanged: number;
  /** agents of our list whom no user of the account is */
  notInAccount: KnownAgent[];
  /** agents listed by contact alone, of whom nothing can be said since Exotel tells no devices of some users */
  undecided: KnownAgent[];
}

/** Compares the users of an account with the agents that are known. A user id tells more than a contact does. */
export function planSync(users: readonly ExotelUser[], agents: readonly KnownAgent[]): SyncPlan {
  const plan: SyncPlan = { added: [], updated: [], unchanged: 0, notInAccount: [], undecided: [] };
  const byUserId = new Map(agents.flatMap((agent) => (agent.userId === null ? [] : [[agent.userId, agent]])));
  const byContact = new Map(
    agents.flatMap((agent) => (agent.contactUri === null ? [] : [[sameAddress(agent.contactUri), agent]])),
  );
  const taken = new Set(byContact.keys());
  const met = new Set<number>();
  for (const user of users) {
    const agent = byUserId.get(user.userId) ?? unnamedAgentWith(user, byContact, met);
    if (agent === undefined) {
      plan.added.push({ userId: user.userId, contactUri: take(usualAddress(user), taken), name: user.name });
      continue;
    }
    met.add(agent.id);
    const change = changeOf(agent, user, taken);
    if (change === null) plan.unchanged += 1;
    else plan.updated.push(change);
  }
  const devicesTold = users.every((user) => user.devices !== null);
  for (const agent of agents) {
    if (met.has(agent.id)) continue;
    const decided = agent.userId !== null || devicesTold;
    (decided ? plan.notInAccount : plan.undecided).push(agent);
  }
  return plan;
}

function changeOf(
  agent: KnownAgent,
  user: ExotelUser,
  taken: Set<string>,
): SyncPlan['updated'][number] | null {
  const userId = agent.userId === null ? user.userId : null;
  const contactUri = agent.contactUri === null ? take(usualAddress(user), taken) : null;
  const name = user.name !== null && user.name !== agent.name ? user.name : null;
  if (userId === null && contactUri === null && name === null) return null;
  return { id: agent.id, userId, contactUri, name };
}

function unnamedAgentWith(
  user: ExotelUser,
  byContact: ReadonlyMap<string, KnownAgent>,
  met: ReadonlySet<number>,
): KnownAgent | undefined {
  const found = addressesOf(user).map((address) => byContact.get(sameAddress(address)));
  return found.find((agent) => agent !== undefined && agent.userId === null && !met.has(agent.id));
}

/** The device that is on; where none is, the only verified one. */
function usualAddress({ devices }: ExotelUser): string | null {
  const on = (devices ?? []).find((device) => device.available === true);
  const verified = (devices ?? []).filter((device) => device.verified === true);
  const usual = on ?? (verified.length === 1 ? verified[0] : undefined);
  return usual?.contactUri === undefined || usual.contactUri === null
    ? null
    : contactAddress(usual.contactUri);
}

/** An address is one agent's only. */
function take(address: string | null, taken: Set<string>): string | null {
  if (address === null || taken.has(sameAddress(address))) return null;
  taken.add(sameAddress(address));
  return address;
}

function addressesOf({ devices }: ExotelUser): string[] {
  return (devices ?? [])
    .map((device) => (device.contactUri === null ? null : contactAddress(device.contactUri)))
    .filter((address) => address !== null);
}
