import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Transaction } from '../db/pool.ts';

/** Rows for one COPY; to be filled again once they are written. */
export interface CopyRows {
  bytes(): number;
  /** Begins a row; its fields follow, each of the type of its column. */
  row(fields: number): void;
  bigint(value: number): void;
  integer(value: number): void;
  text(value: string | null): void;
  texts(values: readonly string[]): void;
  /** Copies the rows into `columns`, such as `contacts (id, name)`, and has none afterwards. */
  write(transaction: Transaction, columns: string): Promise<void>;
}

/** What is sent at once: much more would have to reach the server whole before it begins. */
const SENT_AT_ONCE = 131_072;
const MOST_BYTES_OF_A_CHARACTER = 3;
/** Up to this length a loop here is faster than the call that writes a string. */
const SHORT = 32;
const TEXT_TYPE = 25;
const NULL_LENGTH = -1;

/** The signature, and no flags and no extension. */
const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const trailer = Buffer.from([0xff, 0xff]);

/**
 * Rows in the binary form of Postgres's COPY, which costs the server and this thread less than text. They are kept as
 * bytes from the start: rows that waited as strings would keep the collector busy.
 * @param usualBytes how large they become, as a rule
 */
export function createCopyRows(usualBytes: number): CopyRows {
  let buffer = Buffer.allocUnsafeSlow(usualBytes);
  let length = 0;

  const makeRoom = (needed: number): void => {
    if (length + needed <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(length + needed, buffer.length * 2));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };

  const int32 = (value: number): void => {
    makeRoom(4);
    length = buffer.writeInt32BE(value, length);
  };

  const text = (value: string | null): void => {
    if (value === null) {
      int32(NULL_LENGTH);
      return;
    }
    makeRoom(4 + value.length * MOST_BYTES_OF_A_CHARACTER);
    const bytes = writeText(buffer, value, length + 4);
    buffer.writeInt32BE(bytes, length);
    length += 4 + bytes;
  };

  function* slices(): Generator<Buffer, void, void> {
    yield header;
    for (let from = 0; from < length; from += SENT_AT_ONCE) {
      yield buffer.subarray(from, Math.min(length, from + SENT_AT_ONCE));
    }
    yield trailer;
  }

  return {
    bytes: () => length,
    row(fields) {
      makeRoom(2);
      length = buffer.writeInt16BE(fields, length);
    },
    bigint(value) {
      int32(8);
      int32(Math.floor(value / 2 ** 32));
      int32(value | 0);
    },
    integer(value) {
      int32(4);
      int32(value);
    },
    text,
    texts(values) {
      int32(0);
      const start = length;
      // dimensions, whether there are nulls, the type, and of the one dimension how many and from where
      int32(values.length === 0 ? 0 : 1);
      int32(0);
      int32(TEXT_TYPE);
      if (values.length > 0) {
        int32(values.length);
        int32(1);
      }
      for (const value of values) text(value);
      buffer.writeInt32BE(length - start, start - 4);
    },
    async write(transaction, columns) {
      if (length === 0) return;
      const copy = transaction.client.query(copyFrom(`copy ${columns} from stdin (format binary)`));
      await pipeline(Readable.from(slices()), copy);
      length = 0;
    },
  };
}

/** How many bytes it took. */
function writeText(buffer: Buffer, text: string, at: number): number {
  if (text.length > SHORT) return buffer.write(text, at);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return buffer.write(text, at);
    buffer[at + index] = code;
  }
  return text.length;
}
