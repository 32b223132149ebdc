import { createReadStream } from 'node:fs';
import { messageOf, UserError } from '../errors.ts';

/** The bytes of a file, or why it cannot be read in words: a missing file is no fault of ours. */
export async function* bytesOfFile(file: string): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of createReadStream(file)) yield Buffer.from(chunk);
  } catch (error) {
    throw new UserError(`${file}: cannot be read (${messageOf(error)}); check the path`, {
      exitCode: 2,
      cause: error,
    });
  }
}
