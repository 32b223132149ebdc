import { z } from 'zod';
import { asFields, textField } from './fields.ts';
import { isNotFound } from './get-call-details.ts';
import { failed } from './read.ts';
import type { ReadFailure } from './read.ts';
import { readV1 } from './read-v1.ts';
import type { Transport } from './transport.ts';

/** What Exotel knows of an Indian number. Codes of circles and operators mean different things on different pages. */
export interface NumberMetadata {
  /** Whether it is on the do-not-disturb register; `unavailable` is Exotel's word, and stands for any that we do not know. */
  dnd: 'yes' | 'no' | 'unavailable';
  /** The name where there is one, else the code. */
  circle: string | null;
  operator: string | null;
  /** `Mobile` or `Landline`. */
  type: string | null;
}

export type NumberAnswer = { kind: 'number'; metadata: NumberMetadata } | { kind: 'not_found' } | ReadFailure;

/** Whether Exotel's number metadata covers a number (E.164): India's alone. */
export function hasMetadata(number: string): boolean {
  return /^\+91\d{10}$/.test(number);
}

/** Asks Voice v1 for the metadata of an Indian number (E.164); never throws. One number a request is all there is. */
export async function getNumber(
  transport: Transport,
  { accountSid, number }: { accountSid: string; number: string },
): Promise<NumberAnswer> {
  // as the page's own example writes numbers
  const national = number.replace(/^\+91/, '0');
  const account = encodeURIComponent(accountSid);
  const path = `/v1/Accounts/${account}/Numbers/${encodeURIComponent(national)}.json`;
  const result = await readV1(transport, path);
  if (result.kind === 'failed' && isNotFound(result)) return { kind: 'not_found' };
  if (result.kind !== 'read') return result;
  const fields = asFields(result.answer['Numbers']) ?? asFields(result.answer['Number']);
  if (fields === null) return failed('the answer tells nothing of the number that was asked for', null);
  const told = shape.parse(fields);
  return {
    kind: 'number',
    metadata: {
      dnd: dndOf(told.DND),
      circle: told.CircleName ?? told.Circle,
      operator: told.OperatorName ?? told.Operator,
      type: told.Type,
    },
  };
}

const shape = z.looseObject({
  DND: textField,
  Circle: textField,
  CircleName: textField,
  Operator: textField,
  OperatorName: textField,
  Type: textField,
});

function dndOf(word: string | null): NumberMetadata['dnd'] {
  const known = word?.toLowerCase();
  return known === 'yes' || known === 'no' ? known : 'unavailable';
}
