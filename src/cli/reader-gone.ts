/** Whoever read the output wants no more of it (`| head`): nothing failed. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
