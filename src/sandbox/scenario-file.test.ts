import { expect, test } from 'vitest';
import { parseScenarioText, readScenarioFile } from './scenario-file.ts';
import { scenarioSchema } from './scenario.ts';

const problemsOf = (text: string): string => {
  try {
    parseScenarioText(text, 'day.yaml');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no problem';
};

test('takes an empty file as the default rehearsal', () => {
  expect(scenarioSchema.parse(parseScenarioText('', 'day.yaml'))).toEqual(scenarioSchema.parse({}));
});

test('reads what a scenario says', () => {
  const text = `
seed: 7
agents: { count: 20, off: 2 }
outcomes: { connected: 60, busy: 40 }
numbers:
  "+919800000001": { sequence: [no_answer, connected], talk: 2m }
callbacks: { faults: { lost: 0.05 } }
`;
  const scenario = scenarioSchema.parse(parseScenarioText(text, 'day.yaml'));
  expect(scenario.seed).toBe(7);
  expect(scenario.numbers['+919800000001']?.talk).toBe(120_000);
  expect(scenario.outcomes).toEqual({ connected: 60, busy: 40 });
});

test('names the line and column of every problem, in the order of the file', () => {
  const text = `speeed: 2
agents: { cuont: 3 }
numbers:
  "+919800000001":
    sequence: [busy, nobody]
durations:
  talk: { mean: fast }
`;
  expect(problemsOf(text).split('\n')).toEqual([
    'day.yaml:1:1 speeed: there is no such setting',
    'day.yaml:2:11 agents.cuont: there is no such setting',
    expect.stringMatching(/^day\.yaml:5:22 numbers\.\+919800000001\.sequence\.1: /),
    expect.stringMatching(/^day\.yaml:7:17 durations\.talk\.mean: "fast" is not a length of time/),
  ]);
});

test('says that a phone number needs quotes', () => {
  expect(problemsOf('numbers:\n  +919800000001: { outcome: busy }\n')).toBe(
    'day.yaml:2:3 numbers.919800000001: expected a phone number in quotes, such as "+919800000001"',
  );
});

test.each([
  ['agents: { count: 2, off: 3 }', 'day.yaml:1:9 agents: off, busy, unverified'],
  ['outcomes: { connected: 0 }', 'day.yaml:1:11 outcomes: at least one outcome needs a weight above 0'],
  ['answers: { placing: { cut_after: 0.6, slow: 0.6 } }', 'day.yaml:1:21 answers.placing: the shares add up'],
  ['doNotDisturb: { pattern: "(" }', 'day.yaml:1:26 doNotDisturb.pattern: Invalid regular expression'],
  ['numbers: { "+919800000001": { outcome: busy, sequence: [busy] } }', 'give either outcome or sequence'],
  ['seed: [1\n', 'day.yaml:2:1 '],
  ['- 1\n', 'day.yaml:1:1 '],
])('refuses %s', (text, problem) => {
  expect(problemsOf(text)).toContain(problem);
});

test('says which file cannot be read', async () => {
  await expect(readScenarioFile('/nowhere/day.yaml')).rejects.toThrow(
    'Cannot read the scenario /nowhere/day.yaml',
  );
});
