import { types } from 'pg';
import type { CustomTypesConfig } from 'pg';

type Parser = (text: string) => unknown;

const { INT8, DATE, TIMESTAMP } = types.builtins;
const int8Array = 1016;
const textArray: number = 1009;
const dateArray = 1182;
const timestampArray = 1115;

/**
 * How column values become JavaScript values, for one pool or client (the driver's own table is global).
 * `int8` is a number where that is exact and its text where it is not; `timestamptz` is a Date. `date` and
 * `timestamp` stay text: they have no zone, and the driver's Date would put the machine's own zone in.
 */
export function columnTypes(): CustomTypesConfig {
  const parsers = new Map<number, Parser>([
    [INT8, wholeNumber],
    [DATE, asText],
    [TIMESTAMP, asText],
    [int8Array, (text) => textsOf(text)?.map((item) => (item === null ? null : wholeNumber(item)))],
    [dateArray, textsOf],
    [timestampArray, textsOf],
  ]);
  // pg declares one overload an encoding; only text is ever asked for, since no query here is binary.
  const getTypeParser = (oid: number, format?: 'text' | 'binary') => {
    const standard: Parser = types.getTypeParser(oid, 'text');
    return (format === 'binary' ? undefined : parsers.get(oid)) ?? standard;
  };
  return { getTypeParser: getTypeParser as CustomTypesConfig['getTypeParser'] };
}

function wholeNumber(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

function asText(text: string): string {
  return text;
}

function textsOf(text: string): (string | null)[] | null {
  const parse: (array: string) => (string | null)[] | null = types.getTypeParser(textArray, 'text');
  return parse(text);
}
