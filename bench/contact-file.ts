import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a loader must make of a generated list. */
export interface ExpectedCounts {
  accepted: number;
  rejected: number;
  duplicates: number;
}

const badShare = 0.05;
const duplicateShare = 0.05;
const linesAtOnce = 2000;

type Writing = (digits: string) => string;

/** How people in India write a mobile number; each is given the ten digits. */
const formats: readonly [Writing, ...Writing[]] = [
  (digits) => digits,
  (digits) => `+91${digits}`,
  (digits) => `0${digits}`,
  (digits) => `91${digits}`,
  (digits) => `+91 ${digits.slice(0, 5)} ${digits.slice(5)}`,
  (digits) => `${digits.slice(0, 5)}-${digits.slice(5)}`,
  (digits) => `(+91) ${digits.slice(0, 5)} ${digits.slice(5)}`,
  (digits) => `0091${digits}`,
  (digits) => `+91-${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`,
  (digits) => `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}`,
];

/** Cells that are no number: too short, too long, damaged by a spreadsheet, words, nothing. */
const badPhones: readonly [Writing, ...Writing[]] = [
  (digits) => digits.slice(0, 5),
  (digits) => `+91${digits}88`,
  () => '9.87654E+09',
  () => 'not given',
  () => '',
];

const names: readonly [string, ...string[]] = [
  'Asha Rao',
  'Ravi Iyer',
  'अनीता शर्मा',
  'Meera Nair',
  'José D’Souza',
  'Farhan Ali',
];
const cities: readonly [string, ...string[]] = [
  'Pune',
  'Kochi',
  '"Indore, MP"',
  'Mumbai',
  'Guwahati',
  'Chennai',
];
const notes: readonly [string, ...string[]] = [
  '',
  '',
  'asked for a call in the evening',
  '"said ""later"""',
  '"two\nlines"',
  'policy renewal',
];

/**
 * Writes a list of six columns: mixed Indian formats, one row in twenty with a bad number and one in twenty with a
 * number of an earlier row in some other form. The same seed writes the same bytes.
 */
export async function writeContactFile(path: string, rows: number, seed: number): Promise<ExpectedCounts> {
  const counts: ExpectedCounts = { accepted: 0, rejected: 0, duplicates: 0 };
  const chance = seededChance(seed);
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[Math.floor(chance() * items.length)] ?? items[0];
  const earlier = new Float64Array(rows);
  const taken = new Set<number>();

  const freshNumber = (): number => {
    for (;;) {
      const number = 6_000_000_000 + Math.floor(chance() * 4_000_000_000);
      if (taken.has(number)) continue;
      taken.add(number);
      return number;
    }
  };

  const phone = (): string => {
    const lot = chance();
    if (lot < badShare) {
      counts.rejected += 1;
      return pick(badPhones)(String(6_000_000_000 + Math.floor(chance() * 4_000_000_000)));
    }
    if (lot < badShare + duplicateShare && counts.accepted > 0) {
      counts.duplicates += 1;
      return pick(formats)(String(earlier[Math.floor(chance() * counts.accepted)]));
    }
    const number = freshNumber();
    earlier[counts.accepted] = number;
    counts.accepted += 1;
    return pick(formats)(String(number));
  };

  function* text(): Generator<string> {
    yield 'phone,name,city,amount_due,due_date,note\n';
    for (let row = 0; row < rows;) {
      const lines: string[] = [];
      for (; lines.length < linesAtOnce && row < rows; row += 1) {
        const amount = (chance() * 100_000).toFixed(2);
        const day = String(1 + Math.floor(chance() * 28)).padStart(2, '0');
        lines.push(`${phone()},${pick(names)},${pick(cities)},${amount},2026-12-${day},${pick(notes)}\n`);
      }
      yield lines.join('');
    }
  }

  await pipeline(Readable.from(text()), createWriteStream(path));
  return counts;
}

/** A function that gives numbers from 0 to under 1, always the same ones for a seed (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
