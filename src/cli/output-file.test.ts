import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { writeFileWhole } from './output-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dialer-output-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

test('the file appears only when it is whole', async () => {
  const path = join(folder, 'report.csv');
  const result = await writeFileWhole(path, async (output) => {
    output.write('some');
    expect(await readdir(folder)).not.toContain('report.csv');
    output.write(' rows');
    return 2;
  });
  expect([result, await readFile(path, 'utf8'), await readdir(folder)]).toEqual([
    2,
    'some rows',
    ['report.csv'],
  ]);
});

test('a failure leaves the file that was there, and nothing else', async () => {
  const path = join(folder, 'report.csv');
  await writeFile(path, 'of yesterday');
  const writing = writeFileWhole(path, async (output) => {
    output.write('half');
    throw new Error('rows are missing');
  });
  await expect(writing).rejects.toThrow('rows are missing');
  expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['of yesterday', ['report.csv']]);
});

test('what a link points to is replaced, not the link', async () => {
  await writeFile(join(folder, 'real.csv'), 'old');
  await symlink('real.csv', join(folder, 'link.csv'));
  await writeFileWhole(join(folder, 'link.csv'), async (output) => void output.write('new'));
  expect(await readFile(join(folder, 'real.csv'), 'utf8')).toBe('new');
});

test('a device is written to, and stays one', async () => {
  expect(await writeFileWhole('/dev/null', async (output) => output.write('gone'))).toBe(true);
  expect(await readFile('/dev/null', 'utf8')).toBe('');
});

test('a place where no file can be is told with the name that was asked for', async () => {
  const path = join(folder, 'nowhere', 'report.csv');
  await expect(writeFileWhole(path, async () => undefined)).rejects.toThrow(
    `${path} cannot be written (there is no such folder): name another file with --output`,
  );
  await expect(writeFileWhole(folder, async () => undefined)).rejects.toThrow(`${folder} is a folder`);
});
