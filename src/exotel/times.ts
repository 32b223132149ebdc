const shape = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Voice v1 prints times without a zone; epoch zero comes out as 05:30, so they are Indian time. */
const indianOffset = '+05:30';

const oneDay = 86_400_000;

/**
 * A time as any Exotel API writes it: `2021-07-13T17:56:47+05:30`, `…Z`, `2022-11-03 22:54:40+05:30`, or naive
 * (`2020-02-20 18:42:19`), which is read at `naiveOffset`. Null for an absent or unreadable time, and for
 * 1970-01-01 in any zone, which Exotel prints for "not yet".
 */
export function parseTime(value: unknown, naiveOffset: string = indianOffset): Date | null {
  if (typeof value !== 'string') return null;
  const match = shape.exec(value.trim());
  if (match === null) return null;
  const [, day, time, fraction = '', zone = naiveOffset] = match;
  const instant = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${colonOffset(zone)}`);
  if (Number.isNaN(instant) || Math.abs(instant) < oneDay) return null;
  return new Date(instant);
}

function colonOffset(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
