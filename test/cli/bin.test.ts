import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { installedPackage, pretendOld, rootOf } from './package-folder.ts';

interface Running {
  child: ChildProcess;
  lines: () => string[];
  ended: Promise<number>;
  /** The process id of bin.js itself. */
  shimPid: number;
}

/** Ends a process that may have ended by itself. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had.
  }
}

async function follow(child: ChildProcess): Promise<Running> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = () => output.split(/\r?\n/).filter((line) => line !== '');
  const pidLine = await waitFor(() => lines().find((line) => line.startsWith('pid ')), {
    what: 'the program',
  });
  const [programPid, shimPid] = pidLine.slice(4).split(' of ').map(Number);
  if (programPid === undefined || shimPid === undefined) throw new Error(`unexpected line: ${pidLine}`);
  onTestFinished(() => end(programPid));
  return { child, lines, ended, shimPid };
}

/** Runs bin.js as an old Node does, in a process group of its own, until its program says that it listens. */
function start(bin: string, act: string): Promise<Running> {
  return follow(
    spawn(process.execPath, [...pretendOld, bin, act], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    }),
  );
}

test('an old Node hands over to the pinned one, with the arguments, the folder and the exit code', () => {
  const bin = installedPackage({ pinned: true });
  const described = execFileSync(process.execPath, [...pretendOld, bin, 'describe', 'two words', '--json'], {
    cwd: '/',
  });
  expect(JSON.parse(described.toString())).toEqual({
    node: process.versions.node,
    arguments: ['describe', 'two words', '--json'],
    folder: '/',
  });
  expect(spawnSync(process.execPath, [...pretendOld, bin, 'exit', '2']).status).toBe(2);
});

test('a new enough Node runs the program itself', () => {
  const bin = installedPackage({ pinned: false });
  expect(spawnSync(process.execPath, [bin, 'exit', '3']).status).toBe(3);
});

test('it works through a link from elsewhere', () => {
  const bin = installedPackage({ pinned: true });
  const link = join(rootOf(bin), 'dialer');
  symlinkSync(bin, link);
  expect(spawnSync(process.execPath, [...pretendOld, link, 'exit', '4'], { cwd: '/' }).status).toBe(4);
});

test('without the pinned Node an old one says in one line what to run', () => {
  const bin = installedPackage({ pinned: false });
  const { status, stderr } = spawnSync(process.execPath, [...pretendOld, bin, 'describe'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('needs Node 24.12 or newer, this is 20.20.2');
  expect(stderr).toContain(`npm ci\` in ${rootOf(bin)}`);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s sent to bin.js alone reaches the program once',
  async (signal) => {
    const { child, lines } = await start(installedPackage({ pinned: true }), 'listen');
    child.kill(signal);
    await waitFor(() => lines().includes(signal));
    // A second one proves that the first did not come twice: it is the next line.
    child.kill('SIGHUP');
    await waitFor(() => lines().at(-1) === 'SIGHUP' && lines().length === 3);
    expect(lines().slice(1)).toEqual([signal, 'SIGHUP']);
  },
);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s sent to the whole group reaches the program once',
  async (signal) => {
    const { child, lines } = await start(installedPackage({ pinned: true }), 'listen');
    if (child.pid === undefined) throw new Error('bin.js did not start');
    process.kill(-child.pid, signal);
    await waitFor(() => lines().includes(signal));
    child.kill('SIGHUP');
    await waitFor(() => lines().includes('SIGHUP'));
    expect(lines().slice(1)).toEqual([signal, 'SIGHUP']);
  },
);

test('a Ctrl-C at a terminal reaches the program once', async (context) => {
  if (spawnSync('script', ['--version']).status !== 0) context.skip('no `script` to make a terminal with');
  const command = [process.execPath, ...pretendOld, installedPackage({ pinned: true }), 'listen'];
  const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const terminal = spawn('script', ['-qefc', `exec ${quoted}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { lines, shimPid } = await follow(terminal);
  const interrupts = () => lines().filter((line) => line.endsWith('SIGINT')).length;
  terminal.stdin.write('\u0003');
  await waitFor(() => interrupts() === 1);
  terminal.stdin.write('\u0003');
  await waitFor(() => interrupts() === 2);
  // bin.js passes signals on in order, so what is there before this one's word is all there is.
  process.kill(shimPid, 'SIGHUP');
  await waitFor(() => lines().includes('SIGHUP'));
  expect(interrupts()).toBe(2);
});

test('a program that does not listen ends by the signal, and the exit code says which', async () => {
  const { child, ended } = await start(installedPackage({ pinned: true }), 'wait');
  child.kill('SIGINT');
  expect(await ended).toBe(130);
});

test('kill -9 of bin.js ends the program cleanly', async () => {
  const { child, lines, ended } = await start(installedPackage({ pinned: true }), 'end on SIGTERM');
  child.kill('SIGKILL');
  await ended;
  expect(lines()).toContain('cleaned up');
});

test('kill -9 of bin.js ends a program that does not listen to anything', async () => {
  const { child, ended } = await start(installedPackage({ pinned: true }), 'wait');
  child.kill('SIGKILL');
  // Its output closes only when the program is gone too.
  await expect(ended).resolves.toBe(-1);
});

test('the channel to bin.js does not keep a program alive that has nothing left to do', () => {
  const { status } = spawnSync(
    process.execPath,
    [...pretendOld, installedPackage({ pinned: true }), 'nothing'],
    { timeout: 10_000 },
  );
  expect(status).toBe(0);
});

test('the guard before the tests lets a new enough Node pass and ends an old one with a line', () => {
  const guard = join(rootOf(installedPackage({ pinned: false })), 'src', 'cli', 'require-node-24.js');
  expect(spawnSync(process.execPath, [guard]).status).toBe(0);
  const refused = spawnSync(process.execPath, [...pretendOld, guard], { encoding: 'utf8' });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/^This needs Node 24\.12 or newer and runs on 20\.20\.2: run `npm ci`.*\n$/);
});
