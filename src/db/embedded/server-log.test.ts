import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { boundServerLog, openServerLog, serverLogOf, serverLogSince } from './server-log.ts';

function emptyHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'dialer-server-log-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  return home;
}

test('a log over the limit is cut under the server that writes it, and the cut part is kept once', async () => {
  const home = emptyHome();
  const log = openServerLog(home, null);
  onTestFinished(log.close);
  writeSync(log.descriptor, 'old line\n'.repeat(20));
  await boundServerLog(home, 100);
  writeSync(log.descriptor, 'new line\n');
  expect(readFileSync(serverLogOf(home), 'utf8')).toBe('new line\n');
  expect(statSync(`${serverLogOf(home)}.1`).size).toBe(180);
});

test('a log under the limit is left alone, and one that is not there is no error', async () => {
  const home = emptyHome();
  await boundServerLog(home, 100);
  appendFileSync(serverLogOf(home), 'a line\n');
  await boundServerLog(home, 100);
  expect(readFileSync(serverLogOf(home), 'utf8')).toBe('a line\n');
});

test('what the log gained since a start is read, or all of it after a cut', async () => {
  const home = emptyHome();
  appendFileSync(serverLogOf(home), 'before\nsince\n');
  expect(await serverLogSince(home, 7)).toBe('since\n');
  expect(await serverLogSince(home, 1_000)).toBe('before\nsince\n');
});
