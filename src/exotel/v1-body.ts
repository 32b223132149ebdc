import { parseJsonObject } from './envelope.ts';
import { asFields } from './fields.ts';
import type { Fields } from './fields.ts';
import { parseXml } from './xml.ts';

/** The object of a v1 answer, in JSON or XML, without a wrapper around it; null for a body that is neither. */
export function readV1Body(body: string): Fields | null {
  const whole = parseJsonObject(body) ?? parseXml(body);
  if (whole === null) return null;
  return asFields(whole['TwilioResponse']) ?? asFields(whole['RestResponse']) ?? whole;
}

/** The records of an answer: `Call`, or `Calls` in any of the ways that lists are written in JSON and XML. */
export function callRecordsIn(answer: Fields): Fields[] {
  const calls = answer['Calls'] ?? answer['Call'];
  return listOf(asFields(calls)?.['Call'] ?? calls).flatMap((entry) => {
    const fields = asFields(entry);
    return fields === null ? [] : [asFields(fields['Call']) ?? fields];
  });
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
