import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findPostmaster } from './postmaster.ts';

function clusterWithPidFile(text: string): { home: string; file: string } {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'dialer-postmaster-')));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, 'data'));
  const file = join(home, 'data', 'postmaster.pid');
  writeFileSync(file, text);
  return { home, file };
}

test('a pid file of a living process that is not a server of the cluster is put away, with no rest', async () => {
  const { home, file } = clusterWithPidFile(`${process.pid}\n/elsewhere\n1700000000\n5432\n\n127.0.0.1\n`);
  expect(await findPostmaster(home)).toBeNull();
  expect(readdirSync(join(home, 'data'))).toEqual([]);
  expect(existsSync(file)).toBe(false);
});

test('a pid file of a dead process is left to PostgreSQL, which looks at the shared memory it names', async () => {
  const { home, file } = clusterWithPidFile('2147483647\n/elsewhere\n1700000000\n5432\n\n127.0.0.1\n');
  expect(await findPostmaster(home)).toBeNull();
  expect(existsSync(file)).toBe(true);
});

test('an empty pid file stays while its server may be writing it, and goes once it is old', async () => {
  const { home, file } = clusterWithPidFile('');
  await findPostmaster(home);
  expect(existsSync(file)).toBe(true);
  utimesSync(file, new Date(0), new Date(0));
  await findPostmaster(home);
  expect(existsSync(file)).toBe(false);
});
