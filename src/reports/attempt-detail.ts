import { isUtf8 } from 'node:buffer';
import type { AttemptDetail, StoredCallback } from './attempt-pages.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An attempt in full detail as plain JSON: times in the zone of `iso`, callbacks as they came. */
export function attemptDetail(
  { callbacks, details, ...line }: AttemptDetail & { claimed?: string },
  iso: (instant: Date) => string,
): Record<string, unknown> {
  const { claimed: _key, counted: _asText, ...columns } = line;
  const told = Object.entries(columns).map(([name, value]) => [
    name,
    value instanceof Date ? iso(value) : value,
  ]);
  return {
    ...Object.fromEntries(told),
    details: details ?? null,
    callbacks: callbacks.map((callback) => callbackDetail(callback, iso)),
  };
}

/** A body that is text is told as text; what is none, in base64 as `body_base64`. */
function callbackDetail(
  { body, received_at: received, issued_at: issued, ...rest }: StoredCallback,
  iso: (instant: Date) => string,
): Record<string, Json> {
  const bytes = Buffer.from(body, 'base64');
  return {
    received_at: iso(new Date(received)),
    issued_at: iso(new Date(issued)),
    ...rest,
    ...(isUtf8(bytes) ? { body: bytes.toString('utf8') } : { body_base64: bytes.toString('base64') }),
  };
}
