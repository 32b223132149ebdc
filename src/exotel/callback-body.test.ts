import { expect, test } from 'vitest';
import { parseCallback } from './callback-body.ts';
import { callback, sid, withLegs } from './testing/payloads.ts';

const parse = (body: unknown, contentType = 'application/json') =>
  parseCallback(contentType, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), {});

test('tells the answered agent from the answered customer by the legs', () => {
  expect(parse(callback('answered', withLegs('in-progress', null)))).toMatchObject({
    kind: 'callback',
    eventType: 'answered',
    details: { agentLeg: { status: 'in-progress' }, customerLeg: { status: null } },
  });
  expect(parse(callback('answered', withLegs('in-progress', 'in-progress')))).toMatchObject({
    eventType: 'answered',
    details: { customerLeg: { status: 'in-progress' } },
  });
});

test('reads the end of a call', () => {
  const body = callback('terminal', {
    ...withLegs('completed', 'completed'),
    call_state: 'terminal',
    call_status: 'completed',
    total_talk_time: 5,
    recordings: [{ url: 'https://recordings.example/1.mp3' }],
  });
  expect(parse(body)).toMatchObject({
    kind: 'callback',
    eventType: 'terminal',
    details: { callSid: sid, state: 'terminal', status: 'completed', talkSeconds: 5 },
  });
});

test('reads a customer who did not answer', () => {
  const body = callback('terminal', {
    ...withLegs('completed', 'no-answer'),
    call_state: 'terminal',
    call_status: 'customer_unanswered',
    total_talk_time: 0,
  });
  expect(parse(body)).toMatchObject({
    details: { status: 'customer_unanswered', customerLeg: { status: 'no-answer' }, talkSeconds: 0 },
  });
});

test('reads JSON whatever content type it is sent under', () => {
  expect(parse(callback('terminal', {}), 'text/plain').kind).toBe('callback');
});

test('keeps an event that it does not know', () => {
  expect(parse(callback('Ringing', {}))).toMatchObject({ eventType: 'unlisted', givenEventType: 'Ringing' });
  expect(parse({ call_details: { call_sid: sid } })).toMatchObject({
    eventType: 'unlisted',
    givenEventType: null,
  });
});

test.each([
  ['Status=completed', 'the body is neither JSON nor a form with a CallSid (content type application/json)'],
  ['hello', 'the body is neither JSON nor a form with a CallSid (content type application/json)'],
  ['', 'the body is empty'],
  ['[]', 'the body is neither JSON nor a form with a CallSid (content type application/json)'],
  [{ Status: 'completed' }, 'the body has neither call_details nor CallSid'],
  [{ CallSid: 'null', Status: 'completed' }, 'the body has neither call_details nor CallSid'],
  [{ event_details: { event_type: 'terminal' } }, 'the body has no call_details'],
  [{ event_details: {}, call_details: { call_state: 'terminal' } }, 'call_details has no call_sid'],
])('refuses %o and says why', (body, why) => {
  expect(parse(body)).toEqual({ kind: 'malformed', why });
});
