import { expect, test } from 'vitest';
import { readAgentList } from './agent-list.ts';

async function* bytesOf(content: string) {
  yield Buffer.from(content);
}

function read(content: string) {
  return readAgentList(bytesOf(content), { fileName: 'agents.csv', defaultRegion: 'IN' });
}

test('reads agents by user id, phone or SIP address', async () => {
  expect(
    await read(
      'User ID,Contact URI,Name\nagent-001,,Asha Rao\n,90000 00002,\nagent-003,sip:agent003@example.invalid,Ravi\n',
    ),
  ).toEqual({
    agents: [
      { rowNumber: 2, userId: 'agent-001', contactUri: null, name: 'Asha Rao' },
      { rowNumber: 3, userId: null, contactUri: '+919000000002', name: null },
      { rowNumber: 4, userId: 'agent-003', contactUri: 'sip:agent003@example.invalid', name: 'Ravi' },
    ],
    problems: [],
  });
});

test('tells every bad row with its number and keeps the good ones', async () => {
  const { agents, problems } = await read(
    'user_id,contact_uri,name\nagent-001,9000000001,Asha\n,,Nobody\nagent-001,,Again\nagent-002,+91 90000 00001,Same phone\nagent 3,,Space\nagent-004,12345,Short\nagent-005,sip:a b,Sip\n,,\nagent-006,,Good\n',
  );
  expect(agents.map((agent) => agent.userId)).toEqual(['agent-001', 'agent-006']);
  expect(problems).toEqual([
    'agents.csv:3 has neither user_id nor contact_uri; give one, it is what the call goes to',
    'agents.csv:4 user_id is already in row 2; an agent is listed once, take one out',
    'agents.csv:5 contact_uri is already in row 2; an agent is listed once, take one out',
    expect.stringMatching(/^agents\.csv:6 "agent 3" cannot be a user_id/),
    expect.stringMatching(/^agents\.csv:7 the phone number has too few digits; write the whole number/),
    expect.stringMatching(/^agents\.csv:8 "sip:a b" is not a SIP address/),
  ]);
});

test.each([
  [
    'has no column to call by',
    'name,city\nAsha,Pune\n',
    /there is no column user_id or contact_uri; the columns are "name", "city"/,
  ],
  ['has no agent', 'user_id,name\n', /a header and no agent below it/],
  ['is empty', '', /agents\.csv: the file is empty/],
  ['has an unclosed quote', 'user_id,name\nagent-001,"Asha\nagent-002,Ravi\n', /row 2 opens a quote/],
])('refuses a list that %s', async (_, content, problem) => {
  expect(await read(content)).toEqual({ agents: [], problems: [expect.stringMatching(problem)] });
});
