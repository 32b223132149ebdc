/** A repeatable source of chance. */
export interface Random {
  /** At least 0 and under 1. */
  next(): number;
  /** True in `share` of the cases (0 to 1). */
  chance(share: number): boolean;
  /** A value around `mean`, never under a tenth of it: a ring or a talk is never instant nor negative. */
  around(spread: { mean: number; spread: number }): number;
  /** One of the keys, as often as its weight says; null when none has a weight above 0. */
  pick<Key extends string>(keys: readonly Key[], weights: Weights<Key>): Key | null;
}

/** Weights or shares by key; one that is left out is 0. */
export type Weights<Key extends string> = Readonly<Partial<Record<Key, number>>>;

/** The weights of these keys together. */
export function sumOf<Key extends string>(keys: readonly Key[], weights: Weights<Key>): number {
  return keys.reduce((sum, key) => sum + (weights[key] ?? 0), 0);
}

/**
 * Chance that depends on nothing but the seed and the question. Every question (which outcome, how long a
 * talk, of which call) has words of its own, so that neither the order in which requests arrive nor a question added
 * later changes an answer.
 */
export function randomFor(seed: number, ...question: readonly (string | number)[]): Random {
  let state = hash(`${seed}/${question.join('/')}`);

  // mulberry32: 32 bits of state are plenty for the few draws that one key ever makes.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  return {
    next,
    chance: (share) => next() < share,
    around: ({ mean, spread }) => Math.max(mean / 10, mean + spread * standardNormal(next)),
    pick: (keys, weights) => pickByWeight(keys, weights, next()),
  };
}

function pickByWeight<Key extends string>(
  keys: readonly Key[],
  weights: Weights<Key>,
  draw: number,
): Key | null {
  const possible = keys.filter((key) => (weights[key] ?? 0) > 0);
  let left = draw * sumOf(possible, weights);
  for (const key of possible) {
    left -= weights[key] ?? 0;
    if (left < 0) return key;
  }
  return possible.at(-1) ?? null;
}

/** Box and Muller's transform. */
function standardNormal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** FNV-1a with a final mix, since neighbouring phone numbers differ in one digit only. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) | 0;
}
