import { closeSync, fchownSync, openSync } from 'node:fs';
import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { SystemUser } from './system-user.ts';

const maxBytes = 8 * 1024 * 1024;

export function serverLogOf(home: string): string {
  return join(home, 'server.log');
}

/** Opens the log for a server to write to; the caller closes it once the server has its own copy. */
export function openServerLog(
  home: string,
  user: SystemUser | null,
): { descriptor: number; close: () => void } {
  const descriptor = openSync(serverLogOf(home), 'a', 0o600);
  if (user !== null) fchownSync(descriptor, user.uid, user.gid);
  return { descriptor, close: () => closeSync(descriptor) };
}

/**
 * Keeps the log from growing without end: past the limit it moves to `server.log.1` and begins anew. The server may
 * go on writing meanwhile, because it appends: after the cut its next line is the first.
 */
export async function boundServerLog(home: string, limit = maxBytes): Promise<void> {
  const file = serverLogOf(home);
  if ((await sizeOf(file)) <= limit) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

/** What the log gained since it had `offset` bytes, at most its last 16 kB. */
export async function serverLogSince(home: string, offset: number): Promise<string> {
  const size = await sizeOf(serverLogOf(home));
  const start = Math.max(offset <= size ? offset : 0, size - 16_384);
  const file = await open(serverLogOf(home));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

export async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
