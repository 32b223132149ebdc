import { parseJsonObject } from './envelope.ts';
import { textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { parseMultipart } from './multipart.ts';

/**
 * Everything a callback says in its query string and its body (JSON, multipart, urlencoded), merged; what kind of body
 * it is, the body tells. The body's word counts, unless it says nothing (`null`, ``, `"null"`) and the query does.
 * `Legs[0][Status]` becomes a list of objects.
 */
export function readCallbackFields(body: string, query: Readonly<Record<string, unknown>>): Fields {
  const fields = new Map<string, unknown>(
    Object.entries(query).map(([name, value]) => [name, lastOf(value)]),
  );
  for (const [name, value] of entriesOf(body)) {
    if (!fields.has(name) || !saysNothing(value)) fields.set(name, value);
  }
  return nested(fields);
}

function entriesOf(body: string): Iterable<[string, unknown]> {
  const json = parseJsonObject(body);
  if (json !== null) return Object.entries(json);
  return parseMultipart(body) ?? (body.includes('=') ? new URLSearchParams(body) : []);
}

/** A name that stands in a query more than once comes as a list. */
function lastOf(value: unknown): unknown {
  return Array.isArray(value) ? (value as unknown[]).at(-1) : value;
}

function saysNothing(value: unknown): boolean {
  return value === null || (typeof value === 'string' && textField.parse(value) === null);
}

// One digit: a call has two legs, and a long index must not make a long list.
const flattened = /^(\w+)\[(\d)\]\[(\w+)\]$/;

function nested(fields: ReadonlyMap<string, unknown>): Fields {
  const lists = new Map<string, Record<string, unknown>[]>();
  const rest: [string, unknown][] = [];
  for (const [key, value] of fields) {
    const [, name = '', index, part = ''] = flattened.exec(key) ?? [];
    if (index === undefined) {
      rest.push([key, value]);
      continue;
    }
    const list = lists.get(name) ?? [];
    lists.set(name, list);
    while (list.length <= Number(index)) list.push({});
    const entry = list[Number(index)];
    if (entry !== undefined)
      Object.defineProperty(entry, part, { value, enumerable: true, configurable: true });
  }
  return Object.fromEntries([...lists, ...rest]);
}
