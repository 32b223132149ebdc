/** An escape in JSON text: a pair of backslashes, NUL, half a surrogate pair, or any other. */
const escape = /\\(?:\\|u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g;

/** No provider nests like this, and some thousand levels are more than writing JSON, or reading it in, can take. */
const deepest = 100;

/**
 * A value as JSON that `jsonb` takes. NUL and half a surrogate pair, which JSON allows and jsonb refuses, become the
 * replacement character, and what is nested absurdly deep null: what somebody else sent must never be what cannot be
 * stored.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(withoutDepths(value, deepest)).replace(escape, (found) =>
    /^\\u(0000|d[89a-f])/i.test(found) ? '\\ufffd' : found,
  );
}

function withoutDepths(value: unknown, left: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (left === 0) return null;
  if (Array.isArray(value)) return value.map((item) => withoutDepths(item, left - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withoutDepths(item, left - 1)]),
  );
}
