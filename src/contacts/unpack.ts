import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../errors.ts';

/**
 * The bytes of a file, unpacked while they are read where it is packed with gzip; any other file as it is. Memory does
 * not grow with it. Throws a UserError where the packed file is damaged or cut off.
 */
export async function* unpacked(
  source: AsyncIterable<Uint8Array>,
  fileName: string,
): AsyncGenerator<Uint8Array, void, void> {
  const { head, all } = await peek(source, 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* all;
    return;
  }
  const packed = Readable.from(all, { objectMode: false });
  const gunzip = createGunzip();
  packed.on('error', (error) => void gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip);
  } catch (error) {
    throw isZlibError(error) ? damaged(fileName) : error;
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

/** So many bytes from the start of a source, and all of it from the start. */
export async function peek(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ head: Buffer; all: AsyncGenerator<Uint8Array, void, void> }> {
  const rest = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < bytes) {
    const next = await rest.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array, void, void> {
    try {
      if (head.length > 0) yield head;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  }
  return { head, all: all() };
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function damaged(fileName: string): UserError {
  return new UserError(
    `${fileName}: this gzip file is damaged or cut off; pack it again, or give it unpacked`,
  );
}
