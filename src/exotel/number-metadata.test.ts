import { expect, test } from 'vitest';
import { startAnsweringServer } from './testing/answering-server.ts';
import { clientOf } from './testing/client.ts';
import { hasMetadata } from './number-metadata.ts';

const gujarat = {
  PhoneNumber: '09900000001',
  Circle: 'GJ',
  CircleName: 'Gujarat Telecom Circle',
  Type: 'Mobile',
  Operator: 'R',
  OperatorName: 'Reliance',
  DND: 'Yes',
};

async function ask(body: object | string, status = 200) {
  const server = await startAnsweringServer({ status, body });
  return { server, answer: await clientOf(server.url).getNumber('+919900000001') };
}

test('asks v1 for one number, in national form', async () => {
  const { server } = await ask({ Numbers: gujarat });
  expect(server.received).toMatchObject([
    { method: 'GET', path: '/v1/Accounts/exotel1/Numbers/09900000001.json' },
  ]);
});

test('reads the register, the circle and the operator by their names', async () => {
  expect((await ask({ Numbers: gujarat })).answer).toEqual({
    kind: 'number',
    metadata: { dnd: 'yes', circle: 'Gujarat Telecom Circle', operator: 'Reliance', type: 'Mobile' },
  });
});

test.each([
  ['No', 'no'],
  ['Unavailable', 'unavailable'],
  ['Perhaps', 'unavailable'],
  [null, 'unavailable'],
])('takes the word %s for %s', async (word, dnd) => {
  expect((await ask({ Numbers: { ...gujarat, DND: word } })).answer).toMatchObject({ metadata: { dnd } });
});

test('shows the code of a circle without a name', async () => {
  const { CircleName: _none, ...coded } = gujarat;
  expect((await ask({ Numbers: coded })).answer).toMatchObject({ metadata: { circle: 'GJ' } });
});

test.each([
  [
    'a number that it does not know',
    { RestException: { Status: 404, Message: 'Not found' } },
    404,
    { kind: 'not_found' },
  ],
  [
    'an account that may not ask',
    { RestException: { Status: 403, Message: 'Forbidden' } },
    403,
    { decision: 'pause_account' },
  ],
  ['too many requests', { RestException: { Status: 429, Message: 'slow' } }, 429, { kind: 'throttled' }],
  ['nothing', {}, 200, { kind: 'failed', httpStatus: null }],
])('tells %s apart', async (_, body, status, expected) => {
  expect((await ask(body, status)).answer).toMatchObject(expected);
});

test.each([
  ['+919900000001', true],
  ['+12015550123', false],
  ['+9199000', false],
])('covers %s: %s', (number, covered) => {
  expect(hasMetadata(number)).toBe(covered);
});
