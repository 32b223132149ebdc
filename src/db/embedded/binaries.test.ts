import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { UserError } from '../../errors.ts';
import { findBinaries, programIn } from './binaries.ts';

test('the installed binaries are found with their version', () => {
  const { folder, version } = findBinaries();
  expect(existsSync(programIn(folder, 'initdb'))).toBe(true);
  expect(existsSync(programIn(folder, 'postgres'))).toBe(true);
  expect(version).toMatch(/^18\./);
});

test('a platform without binaries, and binaries that were not installed, lead to DATABASE_URL', () => {
  expect(() => findBinaries('aix', 'ppc64')).toThrow(UserError);
  expect(() => findBinaries('aix', 'ppc64')).toThrow(
    /no embedded PostgreSQL for aix ppc64: set DATABASE_URL/,
  );
  const other = process.platform === 'darwin' ? 'linux' : 'darwin';
  expect(() => findBinaries(other, 'arm64')).toThrow(/is not installed: run `npm ci`.*set DATABASE_URL/);
});
