import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What the stand-in for the program does: says what it is told and what it gets, and lives until it is ended. */
const program = `
import { watchParent } from './parent-watch.ts';
watchParent();
const say = (word: string): void => void process.stdout.write(word + '\\n');
const [act, value] = process.argv.slice(2);
if (act === 'exit') process.exit(Number(value));
if (act === 'describe') {
  say(JSON.stringify({ node: process.versions.node, arguments: process.argv.slice(2), folder: process.cwd() }));
}
if (act === 'listen') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => say(signal));
}
if (act === 'end on SIGTERM') process.on('SIGTERM', () => { say('cleaned up'); process.exit(0); });
if (act === 'listen' || act === 'wait' || act === 'end on SIGTERM') {
  setInterval(() => undefined, 1_000);
  say('pid ' + process.pid + ' of ' + process.ppid);
}
`;

/**
 * A package laid out as an installed one, with a small program in place of the real one.
 * @param pinned whether the pinned Node is installed in it
 * @returns the path of its bin.js
 */
export function installedPackage({ pinned }: { pinned: boolean }): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'dialer-bin-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const cli = join(root, 'src', 'cli');
  mkdirSync(cli, { recursive: true });
  mkdirSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  for (const name of ['bin.js', 'node-version.js', 'require-node-24.js', 'parent-watch.ts']) {
    cpSync(join(project, 'src', 'cli', name), join(cli, name));
  }
  writeFileSync(join(cli, 'main.ts'), program);
  const pinnedPackage = join(root, 'node_modules', 'node');
  writeFileSync(join(pinnedPackage, 'package.json'), '{ "name": "node" }');
  if (pinned) symlinkSync(process.execPath, join(pinnedPackage, 'bin', 'node'));
  return join(cli, 'bin.js');
}

/** The package's root, from the path that `installedPackage` gives. */
export function rootOf(bin: string): string {
  return dirname(dirname(dirname(bin)));
}

/** Node arguments that make this Node call itself an old one, so that the old one's way is tested everywhere. */
export const pretendOld = [
  '--import',
  "data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })",
];
