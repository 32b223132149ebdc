import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';
import { Zip } from 'fflate';
import type { ZipInputFile } from 'fflate';
import { UserError } from '../../errors.ts';

export interface ZipEntry {
  name: string;
  content: AsyncIterable<string> | Iterable<string>;
}

/** Every size in the file has four bytes; larger ones have a form that not every reader knows. */
const mostBytes = 0xff_ff_ff_ff;

/** A third larger than at its best, and made in a fifth of the time. */
const level = 1;

/**
 * A ZIP file, made while its entries are read, one after the other: memory does not grow with them. zlib packs beside
 * this thread.
 * @throws UserError when it would be larger than 4 GB, packed or not
 */
export async function* zipped(
  entries: Iterable<ZipEntry>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const ready: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    size = addedTo(size, chunk);
    ready.push(chunk);
  });
  for (const { name, content } of entries) {
    const entry: ZipInputFile = { filename: name, size: 0, crc: 0, compression: 8 };
    zip.add(entry);
    for await (const chunk of packed(entry, content)) {
      entry.ondata?.(null, chunk, false);
      yield* ready.splice(0);
    }
    entry.ondata?.(null, new Uint8Array(0), true);
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready;
}

/** What comes out of it is of the entry; its size and checksum are known when it ends. */
async function* packed(
  entry: ZipInputFile,
  content: ZipEntry['content'],
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  async function* bytes(): AsyncGenerator<Buffer, void, void> {
    for await (const text of content) {
      const chunk = Buffer.from(text);
      entry.size = addedTo(entry.size, chunk);
      entry.crc = crc32(chunk, entry.crc);
      yield chunk;
    }
  }
  const deflate = createDeflateRaw({ level });
  const feeding = pipeline(Readable.from(bytes(), { highWaterMark: 1 }), deflate);
  // what fails there comes out of the stream, too
  feeding.catch(() => undefined);
  yield* deflate;
  await feeding;
}

function addedTo(size: number, chunk: Uint8Array): number {
  const sum = size + chunk.length;
  if (sum > mostBytes) throw new UserError('the XLSX file would be larger than 4 GB: use --format csv');
  return sum;
}
