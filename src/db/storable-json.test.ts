import { expect, test } from 'vitest';
import { storableJson } from './storable-json.ts';

test('NUL and half a surrogate pair are replaced, in values and in keys', () => {
  const value = { 'a\u0000': ['b\u0000c', '\ud800x', 'y\udc00'] };
  expect(JSON.parse(storableJson(value))).toEqual({ 'a\ufffd': ['b\ufffdc', '\ufffdx', 'y\ufffd'] });
});

test('everything else comes back as it was', () => {
  const value = {
    text: 'back\\slash \\u0000 as letters, "quotes", line\nbreak, \ud83d\ude00',
    n: 1.5,
    none: null,
  };
  expect(JSON.parse(storableJson(value))).toEqual(value);
});

test('what is nested deeper than anybody can read is cut off there, and the rest is kept', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  const kept = storableJson({ deep, beside: 1 });
  expect(kept).toHaveLength('{"deep":,"beside":1}'.length + 2 * 99 + 'null'.length);
  expect(kept.endsWith(',"beside":1}')).toBe(true);
});
