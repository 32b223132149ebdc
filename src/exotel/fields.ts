import { z } from 'zod';

/** A JSON object whose fields nobody has promised. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as a JSON object, or null when it is anything else. */
export function asFields(value: unknown): Fields | null {
  return isFields(value) ? value : null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// One odd field must never cost the whole answer (a call may be ringing), so these fields turn what they cannot
// read into null instead of failing. Exotel also writes numbers as strings, and "nothing" as "null" or "".

/** A text or a number as text; null for anything else, for an empty one and for the literal "null". */
export const textField = z.unknown().optional().transform(asText);

/** No SID comes near it, and an index of SIDs takes not much more. */
const longestSid = 256;

/** What may be a SID: one of absurd length is none. */
export const sidField = textField.transform((sid) => (sid !== null && sid.length <= longestSid ? sid : null));

/** A number, or a numeric string; null for anything else. */
export const numberField = z.unknown().optional().transform(asNumber);

/** A boolean, also as text or as 0 and 1; null for anything else. */
export const booleanField = z.unknown().optional().transform(asBoolean);

function asText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return null;
  // NUL and half a surrogate pair are legal JSON, and nothing that a database stores as text
  const text = value.replaceAll('\u0000', '').toWellFormed().trim();
  return text === '' || text.toLowerCase() === 'null' ? null : text;
}

function asNumber(value: unknown): number | null {
  const text = asText(value);
  if (text === null) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

function asBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const text = asText(value)?.toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return null;
}
