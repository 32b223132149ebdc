import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { connectionFailure } from './connection-errors.ts';
import { lastingRefusal } from './refusals.ts';

function refused(code: string): DatabaseError {
  const error = new DatabaseError('refused', 0, 'error');
  error.code = code;
  return error;
}

function networkError(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code, syscall: 'write' });
}

test.each([
  [
    '08006',
    '40001',
    '40P01',
    '53100',
    '53300',
    '55P03',
    '57014',
    '57P01',
    '57P03',
    '58030',
    '25006',
    '25P03',
  ],
])('what time mends is tried again: %s', (...states) => {
  expect(states.map((state) => [state, lastingRefusal(refused(state))])).toEqual(
    states.map((state) => [state, null]),
  );
});

test('so is what says that the connection failed, or that none could be opened', () => {
  const url = 'postgres://postgres@127.0.0.1:1/dialer';
  const errors = [
    new Error('Connection terminated unexpectedly'),
    new Error('Query read timeout'),
    networkError('ECONNRESET'),
    networkError('ENETDOWN'),
    connectionFailure(url, refused('28P01')),
    connectionFailure(url, refused('3D000')),
    connectionFailure(url, new Error('timeout exceeded when trying to connect')),
    new AggregateError([new Error('any'), new Error('Connection terminated unexpectedly')]),
  ];
  expect(errors.map(lastingRefusal)).toEqual(errors.map(() => null));
});

test('all else would be refused for ever, also what nobody has listed', () => {
  const data = ['22003', '22P05', '42703', '54000', '54001', 'P0001', 'XX000'].map(refused);
  const errors = [
    ...data,
    new RangeError('Maximum call stack size exceeded'),
    new TypeError('a bug'),
    'a text',
  ];
  expect(errors.map(lastingRefusal)).toEqual(errors.map(() => 'data'));
  expect(['23505', '23514'].map((state) => lastingRefusal(refused(state)))).toEqual([
    'constraint',
    'constraint',
  ]);
});
