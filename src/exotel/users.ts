import { z } from 'zod';
import { asFields, booleanField, numberField, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { read } from './read.ts';
import type { ReadFailure } from './read.ts';
import type { Transport } from './transport.ts';

export interface UserDevice {
  id: string | null;
  /** A phone number or a SIP URI. */
  contactUri: string | null;
  /** `tel` or `sip`. */
  type: string | null;
  /** Whether it is switched on; one device of a user can be. */
  available: boolean | null;
  verified: boolean | null;
  /** `free`, `busy` or null. */
  status: string | null;
}

export interface ExotelUser {
  userId: string;
  name: string | null;
  email: string | null;
  /** Null when the answer tells nothing of devices, as for some accounts; an empty list means there are none. */
  devices: UserDevice[] | null;
}

export type UsersAnswer = { kind: 'page'; users: ExotelUser[]; total: number | null } | ReadFailure;

/** Without `fields` Exotel leaves the devices out; the commas stand as its list-users page writes them. */
export const userFields = 'devices,active_call,last_login';

/** Most users Exotel gives in one request. */
export const usersPerPage = 50;

/** A page of at most 50 users, of all or of those who have a device with this phone number or SIP address. */
export interface UsersPage {
  offset: number;
  limit?: number;
  contactUri?: string;
}

/** One page of the account's dashboard users with their devices; never throws. Asks for at most 50. */
export async function listUsers(
  transport: Transport,
  request: UsersPage & { accountSid: string },
): Promise<UsersAnswer> {
  const limit = Math.min(request.limit ?? usersPerPage, usersPerPage);
  const account = encodeURIComponent(request.accountSid);
  const query = `fields=${userFields}&limit=${limit}&offset=${request.offset}`;
  const { contactUri } = request;
  const only = contactUri === undefined ? '' : `&devices.contact_uri=${encodeURIComponent(contactUri)}`;
  const result = await read(transport, `/v2/accounts/${account}/users?${query}${only}`);
  if (result.kind !== 'read') return result;
  const users = result.items.map(parseUser).filter((user) => user !== null);
  return { kind: 'page', users, total: numberField.parse(result.metadata?.['total']) };
}

const userShape = z.looseObject({
  id: textField,
  first_name: textField,
  last_name: textField,
  email: textField,
});

const deviceShape = z.looseObject({
  id: textField,
  contact_uri: textField,
  type: textField,
  available: booleanField,
  verified: booleanField,
  status: textField,
});

/** A user as any answer tells of one; null when it names no id. */
export function parseUser(fields: Fields): ExotelUser | null {
  const user = userShape.parse(fields);
  if (user.id === null) return null;
  const name = [user.first_name, user.last_name].filter((part) => part !== null).join(' ');
  return {
    userId: user.id,
    name: name === '' ? null : name,
    email: user.email,
    devices: parseDevices(fields['devices']),
  };
}

function parseDevices(value: unknown): UserDevice[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((entry) => {
    const fields = asFields(entry);
    if (fields === null) return [];
    return [parseDevice(fields)];
  });
}

/** A device as any answer tells of one. */
export function parseDevice(fields: Fields): UserDevice {
  const { id, contact_uri: contactUri, type, available, verified, status } = deviceShape.parse(fields);
  return { id, contactUri, type, available, verified, status: status?.toLowerCase() ?? null };
}

export type AgentDeviceState = 'available' | 'busy' | 'off' | 'unverified' | 'no_device';

/**
 * Whether a user's devices can take a call now. Null where the list does not tell; it is a snapshot either way, and
 * placing may still be refused. A user with nothing but unverified devices is `unverified`, switched on or not:
 * only a verified device can be switched on.
 */
export function agentDeviceState({ devices }: ExotelUser): AgentDeviceState | null {
  if (devices === null) return null;
  if (devices.length === 0) return 'no_device';
  if (devices.every((device) => device.verified === false)) return 'unverified';
  const usable = devices.filter((device) => device.available !== false && device.verified !== false);
  if (usable.length === 0) return 'off';
  const told = usable.filter((device) => device.available === true && device.verified === true);
  if (told.some((device) => device.status === 'free')) return 'available';
  return told.some((device) => device.status === 'busy') ? 'busy' : null;
}
