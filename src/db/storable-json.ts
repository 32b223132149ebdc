/** An escape in JSON text: a pair of backslashes, NUL, half a surrogate pair, or any other. */
const escape = /\\(?:\\|u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g;

/**
 * A value as JSON that `jsonb` takes. NUL and half a surrogate pair, which JSON allows and jsonb refuses, become the
 * replacement character: what somebody else sent must never be what cannot be stored.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(escape, (found) =>
    /^\\u(0000|d[89a-f])/i.test(found) ? '\\ufffd' : found,
  );
}
