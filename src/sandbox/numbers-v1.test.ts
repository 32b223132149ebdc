import { expect, test } from 'vitest';
import { sandboxForV1 } from './fixture-v1.ts';
import { numberMetadata } from './numbers-v1.ts';
import { scenarioSchema, type ScenarioInput } from './scenario.ts';

const wordsOf = (input: ScenarioInput): unknown[] => {
  const scenario = scenarioSchema.parse(input);
  const numbers = Array.from({ length: 400 }, (_, index) => `+9198000${String(index).padStart(5, '0')}`);
  return numbers.map((number) => numberMetadata(scenario, number)?.['DND']);
};
const shareOf = (word: string, words: unknown[]): number =>
  words.filter((found) => found === word).length / words.length;

test('tells the circle, the operator and the register of an Indian number', async () => {
  const sandbox = await sandboxForV1({
    numbers: { '+919800000001': { outcome: 'do_not_disturb', circle: 'GJ' } },
  });
  const { status, body } = await sandbox.read('/Numbers/%2B919800000001.json');
  expect(status).toBe(200);
  expect(body).toEqual({
    Numbers: {
      PhoneNumber: '09800000001',
      Circle: 'GJ',
      CircleName: 'Gujarat Telecom Circle',
      Type: 'Mobile',
      Operator: expect.stringMatching(/^[A-Z]+$/),
      OperatorName: expect.stringMatching(/^[A-Z]/),
      DND: 'Yes',
    },
  });
  expect((await sandbox.toFlow()).status).toBe(403);
  const landline = await sandbox.read('/Numbers/02226541234.json');
  expect(landline.body.Numbers).toMatchObject({ Type: 'Landline', DND: 'No' });
});

test('knows nothing of a number of another country', async () => {
  const sandbox = await sandboxForV1();
  const { status, body } = await sandbox.read('/Numbers/%2B442071838750.json');
  expect([status, body.RestException.Message]).toEqual([404, 'Nothing is known of this number.']);
});

test('keeps to the share of registered numbers, and can be outdated or know nothing', () => {
  const outcomes = { connected: 3, do_not_disturb: 1 };
  expect(Math.abs(shareOf('Yes', wordsOf({ outcomes })) - 0.25)).toBeLessThan(0.08);
  expect(shareOf('Yes', wordsOf({ outcomes, doNotDisturb: { outdated: 1 } }))).toBe(0);
  const doNotDisturb = { unavailable: 0.5 };
  expect(Math.abs(shareOf('Unavailable', wordsOf({ doNotDisturb })) - 0.5)).toBeLessThan(0.1);
});
