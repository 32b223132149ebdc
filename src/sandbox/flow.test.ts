import { expect, test } from 'vitest';
import { eventually } from './fixture.ts';
import { formSubscriber, sandboxForV1 } from './fixture-v1.ts';

const naive = expect.stringMatching(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
const inWords = expect.stringMatching(/^\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d$/);

test('reports the keys that a customer presses in a flow, in quotes', async () => {
  const { received, url } = await formSubscriber();
  const sandbox = await sandboxForV1({
    numbers: { '+919800000001': { digits: '9' } },
    flow: { passthruUrl: `${url}?key=secret` },
  });
  const sid = (await sandbox.toFlow()).body.Call.Sid;
  await eventually(() => expect(received).toHaveLength(1));
  expect(received).toEqual([
    {
      method: 'GET',
      contentType: '',
      fields: {
        key: 'secret',
        CallSid: sid,
        CallFrom: '09800000001',
        CallTo: '08045680000',
        Direction: 'outbound-api',
        Created: inWords,
        From: '09800000001',
        To: '08045680000',
        CurrentTime: naive,
        digits: '"9"',
        CustomField: 'attempt-1',
      },
    },
  ]);
  const { calls, callbacks } = sandbox.truth();
  expect(calls).toMatchObject([{ sid, digits: '9' }]);
  expect(callbacks).toMatchObject([{ event: 'passthru', sid, url: expect.stringMatching(/\?…$/) }]);
});

test('lets as many customers press a key as the scenario says, and none of a call between two phones', async () => {
  const sandbox = await sandboxForV1({ speed: 10_000, flow: { digits: { '9': 0.3, '1': 0.2 } } });
  const ordinals = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, '0'));
  await Promise.all(ordinals.map((ordinal) => sandbox.toFlow({ From: `+919800000${ordinal}` })));
  await sandbox.connect();
  await eventually(() => {
    expect(sandbox.truth().calls.every(({ state }) => state === 'terminal')).toBe(true);
  });
  const pressed = sandbox.truth().calls.map(({ digits }) => digits);
  expect(pressed.filter((digits) => digits === '9').length).toBeGreaterThan(15);
  expect(pressed.filter((digits) => digits === '9').length).toBeLessThan(45);
  expect(pressed.filter((digits) => digits === null).length).toBeGreaterThan(30);
  expect(pressed.at(-1)).toBeNull();
  expect(sandbox.truth().callbacks).toEqual([]);
});

test('does on an incoming call what its flow would do, and reports the answers', async () => {
  const { received, url } = await formSubscriber();
  const sandbox = await sandboxForV1();
  const callIn = async (call: unknown) => {
    const answer = await fetch(`${sandbox.url}/sandbox/incoming`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const who = { from: '+919800000001', to: '08045680000' };
  const { status, body } = await callIn({ ...who, passthruUrl: url, connectUrl: `${url}/next`, digits: '9' });
  expect(status).toBe(200);
  const answer = { status: 200, body: 'thanks' };
  expect(body).toEqual({
    callSid: expect.stringMatching(/^[0-9a-z]{32}$/),
    passthru: answer,
    connect: answer,
  });
  expect(received).toHaveLength(2);
  expect(received[0]?.fields).toEqual({
    CallSid: body.callSid,
    CallFrom: '09800000001',
    CallTo: '08045680000',
    Direction: 'incoming',
    Created: inWords,
    From: '09800000001',
    To: '08045680000',
    CurrentTime: naive,
    digits: '"9"',
  });

  expect((await callIn({ ...who, connectUrl: 'http://127.0.0.1:1/' })).body).toMatchObject({
    passthru: null,
    connect: { error: expect.stringContaining('ECONNREFUSED') },
  });
  expect(await callIn({ from: '12', to: '08045680000', who: 'Asha' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('from: expected a phone number') },
  });
});
