import { parseEnvelope } from './envelope.ts';
import { failed, failureOf, read } from './read.ts';
import type { ReadFailure } from './read.ts';
import type { Transport } from './transport.ts';
import { parseDevice, parseUser, userFields } from './users.ts';
import type { ExotelUser, UserDevice } from './users.ts';

export type UserAnswer = { kind: 'user'; user: ExotelUser } | { kind: 'not_found' } | ReadFailure;

/** The device as it is now; null where the answer does not show it. */
export type SwitchAnswer = { kind: 'device'; device: UserDevice | null } | ReadFailure;

const unknownUser = 10731;

/** One user with the devices; never throws. Tells of devices also where an account's list does not. */
export async function getUser(
  transport: Transport,
  request: { accountSid: string; userId: string },
): Promise<UserAnswer> {
  const result = await read(transport, `${userPath(request)}?fields=${userFields}`);
  if (result.kind === 'failed' && (result.code === unknownUser || isPlainNotFound(result))) {
    return { kind: 'not_found' };
  }
  if (result.kind !== 'read') return result;
  const user = result.items.map(parseUser).find((found) => found?.userId === request.userId);
  return user === undefined || user === null
    ? failed('the answer tells nothing of the user who was asked for', null)
    : { kind: 'user', user };
}

/**
 * Switches a device of a user on or off; never throws. One device of a user can be on. Sending it twice changes
 * nothing, so a switch whose answer was lost may simply be sent again.
 */
export async function switchDevice(
  transport: Transport,
  request: { accountSid: string; userId: string; deviceId: string; available: boolean },
): Promise<SwitchAnswer> {
  const result = await transport.send({
    method: 'PUT',
    path: `${userPath(request)}/devices/${encodeURIComponent(request.deviceId)}`,
    body: { contentType: 'application/json', text: JSON.stringify({ available: request.available }) },
  });
  if (result.kind === 'unsent') return result;
  if (result.kind === 'unknown') return failed(result.why, null);
  const envelope = parseEnvelope(result);
  if (envelope.kind === 'failure') return failureOf(envelope.error, result.retryAfterMs);
  if (envelope.kind === 'unreadable') return { kind: 'device', device: null };
  const device = envelope.items.map(parseDevice).find((found) => found.id === request.deviceId);
  return { kind: 'device', device: device ?? null };
}

function userPath({ accountSid, userId }: { accountSid: string; userId: string }): string {
  return `/v2/accounts/${encodeURIComponent(accountSid)}/users/${encodeURIComponent(userId)}`;
}

function isPlainNotFound({ decision, httpStatus }: Extract<ReadFailure, { kind: 'failed' }>): boolean {
  return decision === null && httpStatus === 404;
}
