import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const maxAge = 10 * 60_000;

/** A name beside `target` for something that is made there first and renamed when it is whole. */
export function temporaryNameFor(target: string): string {
  return `${target}.making-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** Removes what processes that died half-way left beside `target`. */
export async function removeLeftovers(target: string): Promise<void> {
  const prefix = `${basename(target)}.making-`;
  const names = await readdir(dirname(target));
  const leftovers = names.filter((name) => name.startsWith(prefix));
  await Promise.all(
    leftovers.map(async (name) => {
      const path = join(dirname(target), name);
      const pid = Number(name.slice(prefix.length).split('-')[0]);
      if (isAlive(pid) && (await ageOf(path)) <= maxAge) return;
      // An initdb that outlived its parent may still be writing there. What stays is removed next time.
      await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 }).catch(() => undefined);
    }),
  );
}

/** Whether any process has this id, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** How long ago the folder was last written to, in ms; 0 when it is gone. A recycled process id must not keep it. */
async function ageOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found === null ? 0 : Date.now() - found.mtimeMs;
}
