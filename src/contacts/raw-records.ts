/** The bytes of the record that is being read, as they stand in the file. */
export interface RawRecords {
  add(piece: Buffer): void;
  /** Whether the record that ends there, counted in bytes from the start, holds a text. */
  holds(end: number, text: string): boolean;
  /** The next record begins there. */
  endAt(bytes: number): void;
}

/** Keeps the pieces of a text only for as long as a record that is not read yet may reach into them. */
export function createRawRecords(): RawRecords {
  let pieces: { from: number; bytes: Buffer }[] = [];
  let length = 0;
  let start = 0;
  return {
    add(piece) {
      pieces = pieces.filter(({ from, bytes }) => from + bytes.length > start);
      pieces.push({ from: length, bytes: piece });
      length += piece.length;
    },
    holds(end, text) {
      const parts = pieces.map(({ from, bytes }) =>
        bytes.subarray(Math.max(0, start - from), Math.max(0, end - from)),
      );
      return Buffer.concat(parts).includes(text);
    },
    endAt(bytes) {
      start = bytes;
    },
  };
}
