import { sameAddress } from './contact-address.ts';

/** A row of the table of agents, whole. */
export type AgentRow = {
  id: number;
  account_id: number;
  user_id: string | null;
  contact_uri: string | null;
  name: string | null;
  paused_at: Date | null;
  paused_until: Date | null;
  paused_by: string | null;
  paused_reason: string | null;
  disabled_at: Date | null;
  disabled_code: string | null;
  disabled_reason: string | null;
  cooling_since: Date | null;
  cooling_until: Date | null;
  cooling_code: string | null;
  cooling_streak: number;
  wrap_up_until: Date | null;
  idle_since: Date;
  device_state: string | null;
  device_seen_at: Date | null;
  devices_asked_at: Date | null;
  created_at: Date;
  reserved_until: Date | null;
  reserved_for: string | null;
};

/**
 * The one agent that two rows are. Whatever keeps either of them from being called keeps the person from it, until it
 * ends or the next reading of the devices clears it.
 * @param addresses the person's devices as Exotel told them, in the form of `sameAddress`
 */
export function oneOfTwo(byUser: AgentRow, byContact: AgentRow, addresses: readonly string[]): AgentRow {
  const paused = laterPause(byUser, byContact);
  const disabled = byUser.disabled_at !== null ? byUser : byContact;
  const cooling = later(byUser.cooling_until, byContact.cooling_until) ? byUser : byContact;
  const seen = later(byUser.device_seen_at, byContact.device_seen_at) ? byUser : byContact;
  const reserved = later(byUser.reserved_until, byContact.reserved_until) ? byUser : byContact;
  return {
    ...byUser,
    contact_uri: addressOf(byUser.contact_uri, byContact.contact_uri, addresses),
    name: byUser.name ?? byContact.name,
    paused_at: paused.paused_at,
    paused_until: paused.paused_until,
    paused_by: paused.paused_by,
    paused_reason: paused.paused_reason,
    disabled_at: disabled.disabled_at,
    disabled_code: disabled.disabled_code,
    disabled_reason: disabled.disabled_reason,
    cooling_since: cooling.cooling_since,
    cooling_until: cooling.cooling_until,
    cooling_code: cooling.cooling_code,
    cooling_streak: Math.max(byUser.cooling_streak, byContact.cooling_streak),
    wrap_up_until: latest(byUser.wrap_up_until, byContact.wrap_up_until),
    idle_since: later(byUser.idle_since, byContact.idle_since) ? byUser.idle_since : byContact.idle_since,
    device_state: seen.device_state,
    device_seen_at: seen.device_seen_at,
    reserved_until: reserved.reserved_until,
    reserved_for: reserved.reserved_for,
    created_at: later(byUser.created_at, byContact.created_at) ? byContact.created_at : byUser.created_at,
  };
}

/**
 * A phone goes before a SIP address, since plain phones are all that Voice v1 and a Connect applet ring, and v2 goes by
 * the user id. Of two alike the one that stood beside the user id stays, while it is a device of the person's.
 */
function addressOf(byUser: string | null, byContact: string | null, told: readonly string[]): string | null {
  const known = byUser !== null && told.includes(sameAddress(byUser));
  const inOrder = known ? [byUser, byContact] : [byContact, byUser];
  return inOrder.find((address) => address?.startsWith('+')) ?? inOrder[0] ?? null;
}

/** A pause without an end outlasts every other. */
function laterPause(one: AgentRow, other: AgentRow): AgentRow {
  if (one.paused_at === null) return other;
  if (other.paused_at === null || one.paused_until === null) return one;
  return other.paused_until === null || other.paused_until > one.paused_until ? other : one;
}

function later(one: Date | null, other: Date | null): boolean {
  return one !== null && (other === null || one >= other);
}

function latest(one: Date | null, other: Date | null): Date | null {
  return later(one, other) ? one : other;
}
