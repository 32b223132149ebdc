import { z } from 'zod';
import { asFields, booleanField, numberField, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { read } from './read.ts';
import type { ReadFailure } from './read.ts';
import type { Transport } from './transport.ts';

interface UserDevice {
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

/** Most users Exotel gives in one request. */
export const usersPerPage = 50;

/** One page of the account's dashboard users with their devices; never throws. Asks for at most 50. */
export async function listUsers(
  transport: Transport,
  request: { accountSid: string; offset: number; limit?: number },
): Promise<UsersAnswer> {
  const limit = Math.min(request.limit ?? usersPerPage, usersPerPage);
  const account = encodeURIComponent(request.accountSid);
  // Without `fields` Exotel leaves the devices out; the commas stand as its list-users page writes them.
  const query = `fields=devices,active_call,last_login&limit=${limit}&offset=${request.offset}`;
  const result = await read(transport, `/v2/accounts/${account}/users?${query}`);
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

function parseUser(fields: Fields): ExotelUser | null {
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
    const { id, contact_uri: contactUri, type, available, verified, status } = deviceShape.parse(fields);
    return [{ id, contactUri, type, available, verified, status: status?.toLowerCase() ?? null }];
  });
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
