import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isReaderGone } from './reader-gone.ts';

/** Writes pages of items as one JSON array, so that memory does not grow with a long list. */
export async function writeJsonArray(
  pages: AsyncIterable<readonly object[]>,
  output: Writable,
): Promise<void> {
  async function* parts(): AsyncGenerator<string, void, void> {
    let written = 0;
    yield '[';
    for await (const page of pages) {
      const lines = page.map((item) => `\n  ${JSON.stringify(item)}`);
      yield `${written === 0 ? '' : ','}${lines.join(',')}`;
      written += page.length;
    }
    yield written === 0 ? ']\n' : '\n]\n';
  }
  try {
    await pipeline(Readable.from(parts()), output, { end: false });
  } catch (error) {
    if (!isReaderGone(error)) throw error;
  }
}
