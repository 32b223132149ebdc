/** Numbers that were there before. */
export interface NumberSet {
  /** Whether the number is new; it is there afterwards. */
  add(number: string): boolean;
  has(number: string): boolean;
}

const FIRST_SLOTS = 1024;
/** Past it probes become long. */
const FULLEST = 0.55;

/**
 * A set of E.164 numbers. Their digits are a whole number below 2 ** 53 and never begin with a zero, so each is kept as
 * one: 15 to 30 bytes a number in an open table, where a Set of strings takes about 80 and keeps the collector busy.
 */
export function createNumberSet(): NumberSet {
  let table = new Float64Array(FIRST_SLOTS);
  let taken = 0;

  const grow = (): void => {
    const before = table;
    table = new Float64Array(before.length * 2);
    for (const value of before) if (value !== 0) table[slotOf(table, value)] = value;
  };

  return {
    add(number) {
      const value = Number(number);
      const slot = slotOf(table, value);
      if (table[slot] === value) return false;
      table[slot] = value;
      taken += 1;
      if (taken > table.length * FULLEST) grow();
      return true;
    },
    has(number) {
      const value = Number(number);
      return table[slotOf(table, value)] === value;
    },
  };
}

/** Where a value stands, or the empty place where it belongs. */
function slotOf(table: Float64Array, value: number): number {
  const mask = table.length - 1;
  let slot = hashOf(value) & mask;
  while (table[slot] !== 0 && table[slot] !== value) slot = (slot + 1) & mask;
  return slot;
}

function hashOf(value: number): number {
  const high = Math.trunc(value / 2 ** 32);
  const mixed = Math.imul((value >>> 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
