import type { Queryable } from '../db/pool.ts';
import { recordTrail } from '../db/trail.ts';
import { wakeOwner } from '../dialing/attempt-store.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { requestForErrand } from '../errands/request-for-errand.ts';
import type { RefusalSentences } from '../errands/request-for-errand.ts';
import { UserError } from '../errors.ts';
import { agentDeviceState } from '../exotel/users.ts';
import type { ExotelUser, UserDevice } from '../exotel/users.ts';
import { applyDeviceReadings } from './health-store.ts';

/** An agent's devices as Exotel has them, as `--json` prints them. */
export interface AgentDevices {
  agent: { id: number; name: string | null; userId: string };
  /** what was done; null when it was only looked, or the device stood so already */
  switched: { deviceId: string; to: 'on' | 'off' } | null;
  devices: UserDevice[];
}

/** What is wanted of an agent's devices. */
export interface DevicesWanted {
  agentId: number;
  /** null: only look */
  turn: 'on' | 'off' | null;
  /** null: the one that is meant where there is only one */
  deviceId: string | null;
}

interface Agent {
  id: number;
  name: string | null;
  user_id: string | null;
  contact_uri: string | null;
}

/**
 * Reads an agent's devices, and switches one on or off where that is wanted. What was read counts for the agent's
 * health at once.
 * @returns null when the term ended first
 * @throws UserError in words that say what to do
 */
export async function agentDevices(
  context: OwnerContext,
  wanted: DevicesWanted,
  actor: string,
): Promise<AgentDevices | null> {
  const { database, term } = context;
  const agent = await agentOf(database, term.accountId, wanted.agentId);
  const before = await readUser(context, agent);
  if (before === null || wanted.turn === null) return before && (await told(context, agent, before, null));
  const to = wanted.turn;
  const device = chooseDevice(before, to, wanted.deviceId);
  if (device.available === (to === 'on')) return await told(context, agent, before, null);
  const deviceId = device.id ?? '';
  const answer = await requestForErrand(
    context,
    'devices',
    () => context.client.switchDevice({ userId: before.userId, deviceId, available: to === 'on' }),
    refusalsOf(agent, before, device),
  );
  if (answer === null) return null;
  await recordTrail(database, {
    actor,
    what: 'device_switched',
    accountId: term.accountId,
    agentId: agent.id,
    previous: { deviceId, available: device.available },
    next: { deviceId, available: to === 'on' },
  });
  const after = await readUser(context, { ...agent, user_id: before.userId });
  return after && (await told(context, agent, after, { deviceId, to }));
}

async function agentOf(queryable: Queryable, accountId: number, id: number): Promise<Agent> {
  const found = await queryable.query<Agent>(
    'select id, name, user_id, contact_uri from agents where id = $1 and account_id = $2',
    [id, accountId],
  );
  const agent = found.rows[0];
  if (agent === undefined) throw new UserError('the agent was taken out meanwhile: see `dialer agents list`');
  return agent;
}

/** By user id, or by the phone number or SIP address where no user id is known. */
async function readUser(context: OwnerContext, agent: Agent): Promise<ExotelUser | null> {
  const { client } = context;
  const { user_id: userId, contact_uri: contactUri } = agent;
  if (userId !== null) {
    const answer = await requestForErrand(context, 'devices', () => client.getUser(userId));
    if (answer === null) return null;
    if (answer.kind === 'user') return answer.user;
    throw new UserError(
      `Exotel knows no user ${userId}: correct the user id in your list, or make the user in the Exotel dashboard`,
    );
  }
  const answer = await requestForErrand(context, 'devices', () =>
    client.listUsers({ offset: 0, contactUri: contactUri ?? '' }),
  );
  if (answer === null) return null;
  const [user, ...others] = answer.users;
  if (user !== undefined && others.length === 0) return user;
  throw new UserError(
    `no user of this account has a device with ${contactUri ?? ''}: \`dialer agents sync\` reads the users there are`,
  );
}

/** @throws UserError when it is not clear which device is meant */
function chooseDevice(user: ExotelUser, to: 'on' | 'off', deviceId: string | null): UserDevice {
  const devices = user.devices ?? (deviceId === null ? null : [untold(deviceId)]);
  if (devices === null) {
    throw new UserError(
      `Exotel tells nothing of the devices of ${user.userId}: name one with --device, by its id in the Exotel dashboard`,
    );
  }
  if (devices.length === 0) {
    throw new UserError(
      `${user.userId} has no device at Exotel: add one in the Exotel dashboard and have it verified there`,
    );
  }
  const list = devices.map(describeDevice).join(', ');
  if (deviceId !== null) {
    const named = devices.find((device) => device.id === deviceId || device.contactUri === deviceId);
    if (named !== undefined) return named;
    throw new UserError(`${user.userId} has no device ${deviceId}: there is ${list}`, { exitCode: 2 });
  }
  const on = devices.filter((device) => device.available === true);
  const verified = devices.filter((device) => device.verified === true);
  const meant = to === 'off' || on.length > 0 ? on : verified;
  const [only] = meant.length === 1 ? meant : devices.length === 1 ? devices : [];
  if (only !== undefined) return only;
  if (to === 'off' && on.length === 0) {
    const [off] = devices;
    if (off !== undefined) return off;
  }
  throw new UserError(
    `${user.userId} has ${devices.length} devices, and none is the obvious one: name one with --device (${list})`,
    { exitCode: 2 },
  );
}

function untold(id: string): UserDevice {
  return { id, contactUri: null, type: null, available: null, verified: null, status: null };
}

function describeDevice({ id, contactUri }: UserDevice): string {
  return contactUri === null ? `${id}` : `${id} with ${contactUri}`;
}

function refusalsOf(agent: Agent, user: ExotelUser, device: UserDevice): RefusalSentences {
  const name = agent.user_id ?? agent.contact_uri ?? String(agent.id);
  const which = `device ${describeDevice(device)}`;
  const on = user.devices?.find((other) => other.available === true && other.id !== device.id);
  return new Map([
    [
      10809,
      `${which} is not verified, so it cannot be switched on (10809): have it verified in the Exotel dashboard (Exotel calls it once) and run the command again`,
    ],
    [
      10810,
      `another device of ${user.userId} is on, and only one can be (10810): switch it off first with \`dialer agents devices ${name} --off${on?.id ? ` --device ${on.id}` : ''}\``,
    ],
    [
      10811,
      `another user of the account has a device with the same number (10811): take one of the two out in the Exotel dashboard`,
    ],
    [
      10817,
      `Exotel switches phone devices only (10817), and ${which} is none: switch it in the softphone or the Exotel dashboard, or give the user a phone number as a device`,
    ],
    [
      10702,
      `Exotel knows no ${which} any more (10702): run the command again without --device to see those there are`,
    ],
  ]);
}

async function told(
  { database, term }: OwnerContext,
  agent: Agent,
  user: ExotelUser,
  switched: AgentDevices['switched'],
): Promise<AgentDevices> {
  const state = agentDeviceState(user);
  if (state !== null) {
    const now = await database.query<{ now: Date }>('select dialer_now() as now');
    const askedAt = now.rows[0]?.now ?? new Date();
    await applyDeviceReadings(database, [{ agentId: agent.id, state }], askedAt);
    await wakeOwner(database, term.accountId);
  }
  return {
    agent: { id: agent.id, name: agent.name ?? user.name, userId: user.userId },
    switched,
    devices: user.devices ?? [],
  };
}
