import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeLeftovers, temporaryNameFor } from './leftovers.ts';

test("what dead processes left is removed, a living one's work is not, unless it is too old to be its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dialer-leftovers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const target = join(folder, 'postgres');
  const [current, old] = [temporaryNameFor(target), temporaryNameFor(target)];
  for (const path of [target, `${target}.making-2147483647-00000000`, current, old]) {
    mkdirSync(join(path, 'data'), { recursive: true });
  }
  utimesSync(old, new Date(0), new Date(0));
  await removeLeftovers(target);
  expect(readdirSync(folder).toSorted()).toEqual(['postgres', basename(current)]);
});
