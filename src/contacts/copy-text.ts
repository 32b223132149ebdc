import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Transaction } from '../db/pool.ts';

/** Lines for one COPY, as bytes; to be used again once they are written. */
export interface CopyText {
  bytes(): number;
  line(cells: readonly (string | number)[]): void;
  /** Runs `copy … from stdin` with the lines, and has none afterwards. */
  write(transaction: Transaction, statement: string): Promise<void>;
}

/** What is sent at once: much more would have to reach the server whole before it begins. */
const SENT_AT_ONCE = 131_072;
const MOST_BYTES_OF_A_CHARACTER = 3;
const NEWLINE = 10;

/**
 * Text of Postgres's COPY, kept as bytes from the start: lines that waited as strings would outlive the young
 * generation and make the heap of a large list several times as large.
 * @param usualBytes how large it becomes, as a rule
 */
export function createCopyText(usualBytes: number): CopyText {
  let buffer = Buffer.allocUnsafeSlow(usualBytes);
  let length = 0;

  const makeRoom = (needed: number): void => {
    if (needed <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };

  function* slices(): Generator<Buffer, void, void> {
    for (let from = 0; from < length; from += SENT_AT_ONCE) {
      yield buffer.subarray(from, Math.min(length, from + SENT_AT_ONCE));
    }
  }

  return {
    bytes: () => length,
    line(cells) {
      const text = cells.join('\t');
      makeRoom(length + text.length * MOST_BYTES_OF_A_CHARACTER + 1);
      length += buffer.write(text, length);
      buffer[length] = NEWLINE;
      length += 1;
    },
    async write(transaction, statement) {
      if (length === 0) return;
      await pipeline(Readable.from(slices()), transaction.client.query(copyFrom(statement)));
      length = 0;
    },
  };
}

/** A value as a cell of COPY; NUL, which Postgres cannot store, was refused when the list was read. */
export function copyCell(text: string | null): string {
  if (text === null) return '\\N';
  return escapedForCopy.test(text)
    ? text.replaceAll(allEscapedForCopy, (character) => copyEscapes[character] ?? character)
    : text;
}

const escapedForCopy = /[\\\t\n\r]/;
const allEscapedForCopy = /[\\\t\n\r]/g;
const copyEscapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** An array as Postgres reads it. */
export function arrayLiteral(cells: readonly string[]): string {
  let literal = '{';
  for (const [index, cell] of cells.entries()) {
    if (index > 0) literal += ',';
    literal += `"${escapedInArrays.test(cell) ? cell.replaceAll(allEscapedInArrays, '\\$&') : cell}"`;
  }
  return `${literal}}`;
}

const escapedInArrays = /["\\]/;
const allEscapedInArrays = /["\\]/g;
