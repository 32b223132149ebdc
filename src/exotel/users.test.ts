import { expect, test } from 'vitest';
import { startAnsweringServer } from './testing/answering-server.ts';
import { clientOf } from './testing/client.ts';
import { device, refusal, userPage } from './testing/payloads.ts';
import { agentDeviceState } from './users.ts';
import type { ExotelUser } from './users.ts';

const asha = {
  id: 'u1',
  first_name: 'Asha',
  last_name: 'Rao',
  email: 'asha@example.com',
  active_call: null,
  devices: [device()],
};

async function usersFrom(body: object, status = 200) {
  const server = await startAnsweringServer({ status, body });
  return clientOf(server.url).listUsers({ offset: 0 });
}

test('asks for a page with the devices, never for more than Exotel gives', async () => {
  const server = await startAnsweringServer({ body: userPage([]) });
  await clientOf(server.url).listUsers({ offset: 100, limit: 500 });
  const path = '/v2/accounts/exotel1/users?fields=devices,active_call,last_login&limit=50&offset=100';
  expect(server.received).toMatchObject([{ method: 'GET', path }]);
});

test('reads users with their devices and how many there are in all', async () => {
  expect(await usersFrom(userPage([asha], 73))).toEqual({
    kind: 'page',
    total: 73,
    users: [
      {
        userId: 'u1',
        name: 'Asha Rao',
        email: 'asha@example.com',
        devices: [
          {
            id: '11',
            contactUri: '+919900000002',
            type: 'tel',
            available: true,
            verified: true,
            status: 'free',
          },
        ],
      },
    ],
  });
});

test('tells devices that are not listed from a user who has none', async () => {
  const answer = await usersFrom(userPage([{ id: 1 }, { id: 2, devices: null }, { id: 3, devices: [] }]));
  expect(answer).toMatchObject({
    users: [
      { userId: '1', devices: null, name: null },
      { userId: '2', devices: null },
      { userId: '3', devices: [] },
    ],
  });
});

test('keeps the users that came although one failed', async () => {
  const page = userPage([asha]);
  const answer = await usersFrom(
    { ...page, http_code: 207, response: [...page.response, refusal(500, 1100).response] },
    207,
  );
  expect(answer).toMatchObject({ kind: 'page', users: [{ userId: 'u1' }] });
});

test('an empty page is a page', async () => {
  expect(await usersFrom(userPage([], 0))).toEqual({ kind: 'page', users: [], total: 0 });
});

test('fails with the decision of a known code', async () => {
  expect(await usersFrom(refusal(401, 1010), 401)).toMatchObject({
    kind: 'failed',
    decision: 'pause_account',
  });
});

const userWith = (...devices: ReturnType<typeof device>[]): ExotelUser => ({
  userId: 'u1',
  name: null,
  email: null,
  devices: devices.map(({ id, contact_uri, type, available, verified, status }) => ({
    id: String(id),
    contactUri: contact_uri,
    type,
    available,
    verified,
    status,
  })),
});

test.each([
  ['available', 'switched on, verified and free', userWith(device())],
  ['busy', 'in a call', userWith(device({ status: 'busy' }))],
  ['off', 'switched off', userWith(device({ available: false }))],
  ['unverified', 'never verified', userWith(device({ available: false, verified: false, status: null }))],
  ['unverified', 'switched on but unverified', userWith(device({ verified: false }))],
  ['no_device', 'without devices', userWith()],
  ['available', 'with a second device that is off', userWith(device({ available: false }), device())],
  ['busy', 'busy on the one that is on', userWith(device({ available: false }), device({ status: 'busy' }))],
  [
    'off',
    'with one verified and off, one unverified',
    userWith(device({ available: false }), device({ verified: false })),
  ],
  [null, 'whose devices are not told', { ...userWith(), devices: null }],
  [null, 'whose state is not told', userWith(device({ status: null }))],
  [null, 'whose state is a new word', userWith(device({ status: 'resting' }))],
  [null, 'whose switch is not told', userWith(device({ available: null }))],
])('says %s of a user %s', (expected, _what, user) => {
  expect(agentDeviceState(user)).toBe(expected);
});
