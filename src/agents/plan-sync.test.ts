import { expect, test } from 'vitest';
import type { ExotelUser, UserDevice } from '../exotel/users.ts';
import { planSync } from './plan-sync.ts';
import type { KnownAgent } from './plan-sync.ts';

const device = (contactUri: string, changes: Partial<UserDevice> = {}): UserDevice => ({
  id: '1',
  contactUri,
  type: 'tel',
  available: false,
  verified: true,
  status: 'free',
  ...changes,
});

const user = (userId: string, devices: UserDevice[] | null, name = 'Asha Rao'): ExotelUser => ({
  userId,
  name,
  email: null,
  devices,
});

const agent = (id: number, changes: Partial<KnownAgent>): KnownAgent => ({
  id,
  userId: null,
  contactUri: null,
  name: 'Asha Rao',
  ...changes,
});

test.each([
  ['that is on', [device('+919900000001'), device('+919900000002', { available: true })], '+919900000002'],
  [
    'that alone is verified',
    [device('09900000001'), device('+919900000002', { verified: false })],
    '+919900000001',
  ],
  ['of SIP as it is', [device('sip:asha@example.org')], 'sip:asha@example.org'],
  ['of none where two may be meant', [device('+919900000001'), device('+919900000002')], null],
  ['of none where the list tells none', null, null],
])('adds a user with the device %s', (_, devices, contactUri) => {
  expect(planSync([user('u1', devices)], []).added).toEqual([{ userId: 'u1', contactUri, name: 'Asha Rao' }]);
});

test('gives an address to one agent only', () => {
  const users = [user('u1', [device('+919900000001')]), user('u2', [device('09900000001')])];
  expect(planSync(users, []).added.map((added) => added.contactUri)).toEqual(['+919900000001', null]);
  const other = agent(7, { userId: 'u9', contactUri: '+919900000001' });
  expect(planSync(users, [other]).added.map((added) => added.contactUri)).toEqual([null, null]);
});

test('takes over the name at Exotel, and leaves alone what is as it was', () => {
  const known = [
    agent(1, { userId: 'u1', contactUri: '+919900000001', name: 'Asha' }),
    agent(2, { userId: 'u2', contactUri: '+919900000002' }),
  ];
  const users = [user('u1', [device('+919900000009')]), user('u2', [device('+919900000002')])];
  const plan = planSync(users, known);
  expect(plan.updated).toEqual([{ id: 1, userId: null, contactUri: null, name: 'Asha Rao' }]);
  expect(plan).toMatchObject({ added: [], unchanged: 1, notInAccount: [], undecided: [] });
});

test('knows an agent by a device too, and gives the user id', () => {
  const plan = planSync([user('u1', [device('09900000001')])], [agent(1, { contactUri: '+919900000001' })]);
  expect(plan.updated).toEqual([{ id: 1, userId: 'u1', contactUri: null, name: null }]);
  expect(plan.added).toEqual([]);
});

test('says who is in our list and not in the account, and of whom it cannot tell', () => {
  const known = [agent(1, { userId: 'gone' }), agent(2, { contactUri: '+919900000001' })];
  expect(planSync([user('u1', [])], known)).toMatchObject({ notInAccount: known, undecided: [] });
  expect(planSync([user('u1', null)], known)).toMatchObject({
    notInAccount: [known[0]],
    undecided: [known[1]],
  });
});
