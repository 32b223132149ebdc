import { expect, test } from 'vitest';
import type { AgentSync } from '../agents/sync-agents.ts';
import { renderDevices } from './agents-devices.ts';
import { renderSync, syncLines } from './agents-sync.ts';

const nothing: AgentSync = {
  account: 'main',
  dryRun: false,
  users: 1,
  added: [],
  updated: [],
  united: [],
  unchanged: 1,
  notInAccount: [],
  undecided: [],
  waiting: 0,
};

test('a sync that changed nothing is one line', () => {
  expect(renderSync(nothing)).toBeNull();
  expect(syncLines(nothing)).toEqual(['account main, 1 user at Exotel: 0 new, 0 changed, 1 as they were']);
});

test('a sync lists whom it changed, and says what to do about those whom the account does not know', () => {
  const sync: AgentSync = {
    ...nothing,
    dryRun: true,
    users: 40,
    added: [{ userId: 'asha.rao', contactUri: '+919900000001', name: 'Asha Rao' }],
    united: [{ userId: 'ravi', contactUri: '+919900000002', kept: 3, gone: 9 }],
    notInAccount: [{ id: 7, userId: null, contactUri: '+919900000003', name: 'Meera' }],
    undecided: [{ id: 8, userId: null, contactUri: '+919900000004', name: null }],
    waiting: 1,
  };
  expect(
    renderSync(sync)
      ?.split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['', 'agent', 'name', 'contact'],
    ['new', 'asha.rao', 'Asha Rao', '+919900000001'],
    ['9 into 3', 'ravi', '+919900000002'],
    ['not in the account', '7', 'Meera', '+919900000003'],
  ]);
  expect(syncLines(sync)).toEqual([
    'account main, 40 users at Exotel: 1 new, 0 changed, 1 that were one person with another, now one agent, 1 as they were, 1 not in the account (nothing was changed)',
    expect.stringMatching(/^calls with those who are not in the account are refused: correct their ids/),
    expect.stringMatching(/^of 1 agents listed by contact alone nothing can be said/),
    expect.stringMatching(/^1 who are listed twice are on two calls just now/),
  ]);
});

test('devices are a line each, and what Exotel does not tell is empty', () => {
  const agent = { id: 1, name: 'Asha Rao', userId: 'asha.rao' };
  const device = {
    id: '11',
    contactUri: '+919900000001',
    type: 'tel',
    available: true,
    verified: false,
    status: null,
  };
  expect(
    renderDevices({ agent, switched: null, devices: [device] })
      .split('\n')[1]
      ?.split(/ {2,}/),
  ).toEqual(['11', '+919900000001', 'tel', 'on', 'no']);
  expect(renderDevices({ agent, switched: null, devices: [] })).toBe('asha.rao has no device at Exotel');
});
