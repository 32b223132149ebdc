import { expect, test } from 'vitest';
import { startAnsweringServer } from './testing/answering-server.ts';
import { clientOf } from './testing/client.ts';
import { device, refusal, userPage } from './testing/payloads.ts';

const asha = {
  id: 'u1',
  first_name: 'Asha',
  last_name: 'Rao',
  devices: [device({ id: 11 }), device({ id: 12 })],
};
const single = (data: object) => {
  const { response, ...envelope } = userPage([data]);
  return { ...envelope, response: response[0] };
};

test('reads one user with the devices', async () => {
  const server = await startAnsweringServer({ body: single(asha) });
  const answer = await clientOf(server.url).getUser('u1');
  expect(server.received).toMatchObject([
    { method: 'GET', path: '/v2/accounts/exotel1/users/u1?fields=devices,active_call,last_login' },
  ]);
  expect(answer).toMatchObject({
    kind: 'user',
    user: { userId: 'u1', devices: [{ id: '11' }, { id: '12' }] },
  });
});

test.each([
  ['a code', refusal(404, 10731)],
  ['a bare 404', {}],
])('says that there is no such user, told by %s', async (_, body) => {
  const server = await startAnsweringServer({ status: 404, body });
  expect(await clientOf(server.url).getUser('nobody')).toEqual({ kind: 'not_found' });
});

test('does not take another user for the one it asked for', async () => {
  const server = await startAnsweringServer({ body: single(asha) });
  expect(await clientOf(server.url).getUser('u2')).toMatchObject({ kind: 'failed' });
});

test('asks who has a device, with the plus sign kept', async () => {
  const server = await startAnsweringServer({ body: userPage([asha]) });
  await clientOf(server.url).listUsers({ offset: 0, contactUri: '+919900000002' });
  expect(server.received[0]?.path).toMatch(/&devices\.contact_uri=%2B919900000002$/);
});

test('switches a device and tells how it is now', async () => {
  const server = await startAnsweringServer({ body: single(device({ id: 12, available: true })) });
  const answer = await clientOf(server.url).switchDevice({ userId: 'u 1', deviceId: '12', available: true });
  expect(server.received).toMatchObject([
    { method: 'PUT', path: '/v2/accounts/exotel1/users/u%201/devices/12', body: '{"available":true}' },
  ]);
  expect(answer).toMatchObject({ kind: 'device', device: { id: '12', available: true } });
});

test.each([10809, 10810, 10811, 10817])('hands on the refusal %i with its code', async (code) => {
  const server = await startAnsweringServer({ status: 409, body: refusal(409, code) });
  const answer = await clientOf(server.url).switchDevice({ userId: 'u1', deviceId: '12', available: true });
  expect(answer).toMatchObject({ kind: 'failed', code });
});

test('says that a switch whose answer was lost may not have happened', async () => {
  const server = await startAnsweringServer(({ socket }) => socket.destroy());
  const answer = await clientOf(server.url).switchDevice({ userId: 'u1', deviceId: '12', available: false });
  expect(answer).toMatchObject({ kind: 'failed', httpStatus: null });
});
