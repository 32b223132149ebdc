const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'it is a file',
  EACCES: 'the permission is missing',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EFBIG: 'it would be larger than a file may be',
  EIO: 'the disk has a fault',
};

/** Why a disk does not take what is written, in words; null where the error is none of a disk. */
export function diskProblem(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return problems[code] ?? null;
}
