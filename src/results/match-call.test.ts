import { describe, expect, test } from 'vitest';
import type { CallDetails } from '../exotel/call-details.ts';
import { parseV1Call } from '../exotel/v1-call.ts';
import { callOfAttempt, searchWindow } from './match-call.ts';
import type { DueSearch } from './search-store.ts';

const sentAt = new Date('2026-12-01T10:00:00+05:30');
const connect: DueSearch = {
  id: '2b8ad3a5-3a62-4f77-9d47-6f5a9ab1c001',
  from: '+919700000001',
  to: '+919800000001',
  caller_id: '+918045680000',
  sent_at: sentAt,
  claimed_at: sentAt,
};
const flow: DueSearch = { ...connect, from: '+919800000001', to: null };

/** A line of the list, as v1 writes it. */
function listed(fields: Record<string, unknown>): CallDetails {
  const call = parseV1Call(
    {
      Sid: 'c1',
      From: '09700000001',
      To: '09800000001',
      Status: 'completed',
      StartTime: '2026-12-01 10:00:03',
      EndTime: '2026-12-01 10:01:00',
      Direction: 'outbound-api',
      CustomField: 'N/A',
      ...fields,
    },
    'Asia/Kolkata',
  );
  if (call === null) throw new Error('no call');
  return call;
}
const toFlow = { From: '09800000001', To: '08045680000' };

describe('the call of an unknown attempt', () => {
  test('is the one of its two numbers within its minutes, whatever form they are written in', () => {
    expect(callOfAttempt(connect, [listed({})])?.callSid).toBe('c1');
    expect(callOfAttempt(connect, [listed({ From: '+919700000001', To: '919800000001' })])?.callSid).toBe(
      'c1',
    );
  });

  test('to a flow is the one of its customer, with the ExoPhone or nothing as its second number', () => {
    expect(callOfAttempt(flow, [listed(toFlow)])?.callSid).toBe('c1');
    expect(callOfAttempt(flow, [listed({ ...toFlow, To: null })])?.callSid).toBe('c1');
  });

  test('is the one that names it, among however many', () => {
    const calls = [listed({}), listed({ Sid: 'c2', CustomField: connect.id }), listed({ Sid: 'c3' })];
    expect(callOfAttempt(connect, calls)?.callSid).toBe('c2');
  });

  test.each([
    ['another customer', connect, { To: '09800000002' }],
    ['another agent', connect, { From: '09700000002' }],
    ['the numbers the other way round', connect, { From: '09800000001', To: '09700000001' }],
    ['no second number', connect, { To: null }],
    ['a time before', connect, { StartTime: '2026-12-01 09:57:00' }],
    ['a time after', connect, { StartTime: '2026-12-01 10:03:30' }],
    ['the name of another attempt', connect, { CustomField: '2b8ad3a5-3a62-4f77-9d47-6f5a9ab1c002' }],
    ['a customer who called in', flow, { ...toFlow, Direction: 'inbound' }],
    ['a call from the dashboard', connect, { Direction: 'outbound-dial' }],
    ['a second person on the line', flow, { ...toFlow, To: '09700000009' }],
  ])('is none with %s', (_, search, fields) => {
    expect(callOfAttempt(search, [listed(fields)])).toBeNull();
  });

  test('is none where two could be it, or nothing was found', () => {
    expect(callOfAttempt(connect, [listed({}), listed({ Sid: 'c2' })])).toBeNull();
    expect(callOfAttempt(connect, [])).toBeNull();
  });

  test('is looked for from two minutes before its request to three after it', () => {
    expect(searchWindow(connect)).toEqual({
      createdFrom: new Date('2026-12-01T09:58:00+05:30'),
      createdTo: new Date('2026-12-01T10:03:00+05:30'),
    });
  });
});
