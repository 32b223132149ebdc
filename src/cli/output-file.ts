import { createWriteStream } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { messageOf, UserError } from '../errors.ts';
import { diskProblem } from './disk-problem.ts';
import type { Stopping } from './first-signal.ts';
import { say } from './output.ts';
import { isReaderGone } from './reader-gone.ts';

/**
 * Lets `write` fill a file that appears under its name only when it is whole: until then it is a temporary one beside
 * it, which is taken away if anything fails. What is no file to replace (a device, a pipe) is written to as it is.
 * @throws UserError naming the file when it cannot be written
 */
export async function writeFileWhole<Result>(
  path: string,
  write: (output: Writable) => Promise<Result>,
): Promise<Result> {
  const target = await targetOf(path);
  const partial = target.replaced ? `${target.path}.${process.pid}.partial` : target.path;
  try {
    const result = await fill(partial, write, { flush: target.replaced });
    if (target.replaced) await rename(partial, target.path);
    return result;
  } catch (error) {
    if (target.replaced) await rm(partial, { force: true });
    throw isFileError(error) ? cannotWrite(path, error) : error;
  }
}

/**
 * Lets `write` fill what a command was told to write to: the file of `--output`, else stdout. What it returns says what
 * was written, for people. A signal stops it, and a reader of stdout who has had enough ends it in silence.
 */
export async function writeOutput(
  path: string | undefined,
  stopping: Stopping,
  write: (output: Writable, signal: AbortSignal) => Promise<string>,
): Promise<void> {
  try {
    if (path === undefined || path === '-') await write(process.stdout, stopping.signal);
    else {
      const what = await writeFileWhole(path, (output) => write(output, stopping.signal));
      say(`${path}: ${what}`);
    }
  } catch (error) {
    if (stopping.signal.aborted) process.exitCode = stopping.exitCode();
    else if (!isReaderGone(error)) throw error;
  }
}

async function fill<Result>(
  path: string,
  write: (output: Writable) => Promise<Result>,
  { flush }: { flush: boolean },
): Promise<Result> {
  const file = await open(path, 'w');
  // a file that is whole by its name must be whole on the disk; a device has none to flush to
  const output = createWriteStream('', { fd: file, flush });
  try {
    const result = await write(output);
    output.end();
    await finished(output);
    return result;
  } finally {
    output.destroy();
  }
}

async function targetOf(path: string): Promise<{ path: string; replaced: boolean }> {
  const existing = await stat(path).catch((error: unknown) => {
    if (isFileError(error) && error.code === 'ENOENT') return null;
    throw isFileError(error) ? cannotWrite(path, error) : error;
  });
  if (existing === null) return { path, replaced: true };
  if (existing.isDirectory()) throw new UserError(`${path} is a folder: name a file in it`, { exitCode: 2 });
  // a link stays a link: what it points to is replaced
  return { path: await realpath(path), replaced: existing.isFile() };
}

/** Errors of a file that is open already carry no path. */
const diskErrors = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS']);

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return ('syscall' in error && 'path' in error) || diskErrors.has(error.code);
}

function cannotWrite(path: string, error: NodeJS.ErrnoException): UserError {
  return new UserError(
    `${path} cannot be written (${diskProblem(error) ?? messageOf(error)}): name another file with --output`,
    { cause: error },
  );
}
