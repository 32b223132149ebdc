/**
 * How long a `Retry-After` header asks to wait, in ms; null when it is absent or unreadable.
 * A date is measured from `now` (ms since the epoch), which should be the answer's own `Date` header,
 * so that a wrong local clock does not shift it. The caller caps the result.
 */
export function parseRetryAfter(value: string | null, now: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Date.parse takes "-5" and "12abc" for years; every form of an HTTP date begins with a weekday.
  const instant = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? null : Math.max(0, instant - now);
}
